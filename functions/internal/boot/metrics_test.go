package boot

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The gateway's metrics are for whoever shows the token, whatever stands before it; without a token there are none.
func TestMetricsOfTheGatewayWantAToken(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		token  string
		header map[string]string
		want   bool
	}{
		"no token set":            {"", nil, false},
		"no token set, an empty":  {"", map[string]string{"Authorization": "Bearer "}, false},
		"none shown":              {"prometheus", nil, false},
		"another":                 {"prometheus", map[string]string{"Authorization": "Bearer prometheu5"}, false},
		"the token alone":         {"prometheus", map[string]string{"Authorization": "prometheus"}, false},
		"the right one":           {"prometheus", map[string]string{"Authorization": "Bearer prometheus"}, true},
		"the right one, by proxy": {"prometheus", map[string]string{"Authorization": "Bearer prometheus", "X-Forwarded-For": "9.9.9.9"}, true},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			f, env := echo(nil), given()
			env["METRICS_TOKEN"] = c.token
			if err := f.Start(t.Context(), env); err != nil {
				t.Fatal(err)
			}
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
			for name, value := range c.header {
				req.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			f.Server().ServeHTTP(w, req)
			if shown := !strings.HasPrefix(w.Body.String(), "hello"); shown != c.want || w.Code != http.StatusOK { // else the API says hello
				t.Errorf("%d %q, want metrics: %t", w.Code, w.Body, c.want)
			}
			if err := f.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Every function says of its process what it was built from, and what Go and the system say of it.
func TestMetricsOfTheProcess(t *testing.T) {
	t.Parallel()
	f, env := echo(nil), given()
	env["METRICS_TOKEN"] = "prometheus"
	if err := f.Start(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	req.Header.Set("Authorization", "Bearer prometheus")
	w := httptest.NewRecorder()
	f.Server().ServeHTTP(w, req)
	for _, want := range []string{"\nmart_build_info{go=\"go1.", "revision=\"", "\ngo_goroutines ", "\nprocess_start_time_seconds "} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q in what it shows", want)
		}
	}
	if err := f.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// Whoever wants to keep what is logged has what they want of it, whatever LOG_LEVEL shows.
func TestLogTo(t *testing.T) {
	t.Parallel()
	var kept bytes.Buffer
	f, env := echo(nil), given() // which shows errors alone
	f.LogTo(slog.NewJSONHandler(&kept, nil))
	if err := f.Start(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	if err := f.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"msg":"started","function":"gateway"`, `"msg":"stopped","function":"gateway"`} {
		if !strings.Contains(kept.String(), want) {
			t.Errorf("no %s in %s", want, kept.String())
		}
	}
}
