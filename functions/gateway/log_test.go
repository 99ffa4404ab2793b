package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/schemas"
)

const (
	someID    = "0f8fad5b-d9cb-469f-a165-70867728950e"
	someTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
)

// tokenOf is an access token as it would be signed, by a key that nobody has.
func tokenOf(t *testing.T, subject, audience string) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, web.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: subject, Audience: jwt.ClaimStrings{audience}}}).SignedString([]byte("nobody's"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// line is what is logged of a request that is answered so.
func line(t *testing.T, r *http.Request, answer http.HandlerFunc) map[string]any {
	t.Helper()
	var text bytes.Buffer
	r.Header.Set("Traceparent", "00-"+someTrace+"-00f067aa0ba902b7-01")
	logged(slog.New(slog.NewJSONHandler(&text, nil)), newRouteTable(), answer).ServeHTTP(httptest.NewRecorder(), r)
	var says map[string]any
	if err := json.Unmarshal(text.Bytes(), &says); err != nil {
		t.Fatalf("%v: %s", err, text.String())
	}
	for _, name := range []string{"time", "level", "msg", "ms"} {
		if says[name] == nil {
			t.Errorf("no %s in %s", name, text.String())
		}
		delete(says, name)
	}
	if strings.Contains(text.String(), "secret") {
		t.Errorf("it tells what is nobody's business: %s", text.String())
	}
	return says
}

// One line says what was asked and how that went, and nothing that somebody wrote: by its route, its trace, and whom it is by.
func TestALineForEachRequest(t *testing.T) {
	t.Parallel()
	refuse := func(p *events.Problem) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { web.Refuse(w, r, p) }
	}
	for name, c := range map[string]struct {
		method, target string
		header         map[string]string
		answer         http.HandlerFunc
		want           map[string]any
	}{
		"a customer's order": {
			"POST", "/orders",
			map[string]string{"Authorization": "Bearer " + tokenOf(t, someID, web.StorefrontAudience)},
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
			map[string]any{"method": "POST", "route": "/orders", "status": 202.0, "by": "app_user:" + someID},
		},
		"staff read one": {
			"GET", "/orders/" + someID + "?email=secret@example.com",
			map[string]string{"Authorization": "Bearer " + tokenOf(t, someID, web.BackofficeAudience)},
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
			map[string]any{"method": "GET", "route": "/orders/{id}", "status": 200.0, "by": "user:" + someID, "subject": someID},
		},
		"a guest is refused": {
			"POST", "/payments",
			map[string]string{"Order-Token": someID + ".secret"},
			refuse(events.Refuse("order_not_payable", "No.")),
			map[string]any{"method": "POST", "route": "/payments", "status": 409.0, "code": "order_not_payable", "by": "unauthenticated:" + someID},
		},
		"a forged token": {
			"GET", "/customers/me",
			map[string]string{"Authorization": "Bearer " + tokenOf(t, someID, web.StorefrontAudience)},
			refuse(&events.Problem{Status: http.StatusUnauthorized, Code: "unauthenticated"}),
			map[string]any{"method": "GET", "route": "/customers/me", "status": 401.0, "code": "unauthenticated"},
		},
		"a token that names whoever it likes": {
			"GET", "/products",
			map[string]string{"Authorization": "Bearer " + tokenOf(t, "secret word", web.StorefrontAudience)},
			func(http.ResponseWriter, *http.Request) {},
			map[string]any{"method": "GET", "route": "/products", "status": 200.0},
		},
		"no such path": {
			"GET", "/secret/path", nil, refuse(&events.Problem{Status: http.StatusNotFound, Code: "no_such_route"}),
			map[string]any{"method": "GET", "status": 404.0, "code": "no_such_route"},
		},
		"a function's path that the API does not have": {
			"GET", "/orders/secret/of/mine", nil, refuse(&events.Problem{Status: http.StatusNotFound, Code: "no_such_route"}),
			map[string]any{"method": "GET", "route": "/orders/{rest...}", "status": 404.0, "code": "no_such_route"},
		},
		"a method that is none": {
			"SECRET", "/products", nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) },
			map[string]any{"method": "other", "route": "/products", "status": 501.0},
		},
		"a page of ours": {
			"GET", "/docs", nil, func(_ http.ResponseWriter, r *http.Request) { r.Pattern = "GET /docs" },
			map[string]any{"method": "GET", "route": "/docs", "status": 200.0},
		},
		"a problem with much to tell": {
			"POST", "/orders", nil, refuse(&events.Problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Errors: []events.FieldError{{Location: strings.Repeat("secret ", 10_000)}}}),
			map[string]any{"method": "POST", "route": "/orders", "status": 422.0, "code": "invalid"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, c.target, nil)
			for name, value := range c.header {
				r.Header.Set(name, value)
			}
			c.want["traceId"] = someTrace
			if d := cmp.Diff(c.want, line(t, r, c.answer)); d != "" {
				t.Error(d)
			}
		})
	}
}

// A request that broke off in the middle has its line, too.
func TestALineForWhatBreaksOff(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	breaks := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	func() {
		defer func() { _ = recover() }()
		logged(slog.New(slog.NewJSONHandler(&text, nil)), newRouteTable(), breaks).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/products", nil))
	}()
	if !strings.Contains(text.String(), `"route":"/products"`) {
		t.Errorf("got %q", text.String())
	}
}

// Where nobody reads such lines they cost nothing.
func TestNoLineCostsNothing(t *testing.T) { // not parallel: other tests' allocations would count
	off := slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}))
	h := logged(off, newRouteTable(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/orders/"+someID, nil)
	if n := testing.AllocsPerRun(1000, func() { h.ServeHTTP(w, r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Every route of the description is found as itself.
func TestEveryRouteIsFound(t *testing.T) {
	t.Parallel()
	var api struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(schemas.OpenAPIJSON, &api); err != nil {
		t.Fatal(err)
	}
	table, found := newRouteTable(), 0
	for path, operations := range api.Paths {
		for method := range operations {
			r := httptest.NewRequest(strings.ToUpper(method), strings.NewReplacer("{", "", "}", "").Replace(path), nil)
			if knownMethod(r.Method) == "other" {
				continue
			}
			if found++; table.of(r) != path {
				t.Errorf("%s %s is found as %q", method, path, table.of(r))
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d operations", found)
	}
}
