package gateway_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARequestReachesItsFunctionAsItCame(t *testing.T) {
	t.Parallel()
	b := startBehind(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/brands/7")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":"7"}`)
	})
	at := start(t, b.URL, nil)
	got := do(t, "POST", at+"/brands?x=1;y=%zz", `{"name":"Acme"}`, "Authorization", "Bearer t", "Idempotency-Key", "k", "Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if got.StatusCode != 201 || got.text != `{"id":"7"}` || got.Header.Get("Location") != "/brands/7" {
		t.Errorf("the answer is %s %s %v", got.Status, got.text, got.Header)
	}
	asked := <-b.asked
	want := []string{"POST", "/brands?x=1;y=%zz", strings.TrimPrefix(b.URL, "http://"), "Bearer t", "k", `{"name":"Acme"}`}
	if diff := cmp.Diff(want, []string{asked.Method, asked.RequestURI, asked.Host, asked.Header.Get("Authorization"), asked.Header.Get("Idempotency-Key"), <-b.body}); diff != "" {
		t.Errorf("the function was asked (-want +got):\n%s", diff)
	}
	if trace := asked.Header.Get("Traceparent"); !strings.HasPrefix(trace, "00-4bf92f3577b34da6a3ce929d0e0e4736-") {
		t.Errorf("the trace is %q", trace)
	}
}

func TestNobodyOutsideSpeaksForUs(t *testing.T) {
	t.Parallel()
	b := startBehind(t, ok)
	at := start(t, b.URL, nil)
	do(t, "GET", at+"/brands", "", "Ce-Id", "1", "Ce-Type", "x", "K-Proxy-Request", "activator", "X-Forwarded-For", "9.9.9.9", "Forwarded", "for=9.9.9.9", "X-Real-Ip", "9.9.9.9")
	asked := <-b.asked
	got := map[string]string{}
	for _, name := range []string{"Ce-Id", "Ce-Type", "K-Proxy-Request", "Forwarded", "X-Real-Ip", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"} {
		got[name] = asked.Header.Get(name)
	}
	want := map[string]string{
		"Ce-Id": "", "Ce-Type": "", "K-Proxy-Request": "", "Forwarded": "", "X-Real-Ip": "",
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": strings.TrimPrefix(at, "http://"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestWhatIsInsideStaysInside(t *testing.T) {
	t.Parallel()
	b := startBehind(t, ok)
	at := start(t, b.URL, nil)
	for _, r := range [][]string{
		{"POST", "/", "Ce-Specversion", "1.0", "Ce-Type", "com.onlinemart.brand.get.v1", "Ce-Id", "1", "Ce-Source", "/mart/brand"},
		{"POST", "/", "Content-Type", "application/cloudevents+json"},
		{"GET", "/metrics", "X-Forwarded-For", "9.9.9.9"},
		{"GET", "/metrics"}, // where no proxy stands before us
		{"GET", "/db"},
		{"GET", "/operations/db-1"},
		{"GET", "/nothing"},
	} {
		got := do(t, r[0], at+r[1], "{}", r[2:]...)
		if got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%v is answered %s %s", r, got.Status, got.text)
		}
	}
	select {
	case asked := <-b.asked:
		t.Errorf("a function was reached by %s %s", asked.Method, asked.RequestURI)
	default:
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	t.Run("down", func(t *testing.T) {
		t.Parallel()
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_ = closed.Close()
		got := do(t, "POST", start(t, "http://"+closed.Addr().String(), nil)+"/brands", "{}")
		if got.StatusCode != 503 || got.code(t) != "unavailable" || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s %v %s", got.Status, got.Header, got.text)
		}
	})
	t.Run("too slow", func(t *testing.T) {
		t.Parallel()
		b := startBehind(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		got := do(t, "GET", start(t, b.URL, map[string]string{"GATEWAY_TIMEOUT": "30ms"})+"/brands", "")
		if got.StatusCode != 504 || got.code(t) != "upstream_timeout" {
			t.Errorf("%s %s", got.Status, got.text)
		}
	})
	t.Run("not a problem", func(t *testing.T) {
		t.Parallel()
		b := startBehind(t, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "starting at 10.1.2.3", http.StatusBadGateway)
		})
		got := do(t, "GET", start(t, b.URL, nil)+"/brands", "")
		if got.StatusCode != 503 || got.code(t) != "unavailable" || strings.Contains(got.text, "10.1.2.3") {
			t.Errorf("%s %s", got.Status, got.text)
		}
	})
	t.Run("a problem is passed on", func(t *testing.T) {
		t.Parallel()
		b := startBehind(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(500)
			_, _ = io.WriteString(w, `{"code":"internal"}`)
		})
		got := do(t, "GET", start(t, b.URL, nil)+"/brands", "")
		if got.StatusCode != 500 || got.code(t) != "internal" {
			t.Errorf("%s %s", got.Status, got.text)
		}
	})
}

// A path that another server might read as a different one is nowhere: a redirect would lead to what was not asked for.
func TestAnUncleanPathIsNowhere(t *testing.T) {
	t.Parallel()
	b := startBehind(t, ok)
	at := start(t, b.URL, nil)
	for _, path := range []string{"//brands", "/brands//1", "/brands/./1", "/brands/../metrics", "/brands/%2e%2e/metrics", "/./health/liveness"} {
		got := do(t, "POST", at+path, "{}")
		if got.StatusCode != 404 || got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %v %s", path, got.Status, got.Header, got.text)
		}
	}
	if len(b.asked) > 0 {
		t.Errorf("a function was asked for %s", (<-b.asked).URL)
	}
}

// An operation that no function can have made is one that there is not, like any other unknown id.
func TestAnOperationOfNobody(t *testing.T) {
	t.Parallel()
	b := startBehind(t, ok)
	at := start(t, b.URL, nil)
	want := map[string]string{
		"/operations/0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d": "not_found", "/operations/x": "not_found", "/operations/db-1": "not_found",
		"/operations": "no_such_route", "/operations/": "no_such_route", "/operations/x/y": "no_such_route", "/operations/../x": "no_such_route", "/nothing": "no_such_route",
	}
	got := map[string]string{}
	for path := range want {
		answer := do(t, "GET", at+path, "")
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s %s", path, answer.Status, answer.text)
		}
		got[path] = answer.code(t)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
