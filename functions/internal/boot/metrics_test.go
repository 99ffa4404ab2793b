package boot

import (
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
