package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An address below the shop or the office that is none of theirs shows a reader their page, and tells a program the problem; both are 404.
func TestNowhere(t *testing.T) {
	t.Parallel()
	at := start(t, "http://unused.example", nil)
	type answered struct {
		Status              int
		Kind, Policy, Cache string
		Page                bool
	}
	const browser, problem = "text/html,application/xhtml+xml,*/*;q=0.8", "application/problem+json"
	const page = "text/html; charset=utf-8"
	shopPolicy := do(t, http.MethodGet, at+"/shop", "").Header.Get("Content-Security-Policy")
	for _, c := range []struct {
		method, path, accept string
		want                 answered
	}{
		{http.MethodGet, "/shop/nothing", browser, answered{404, page, shopPolicy, "no-store", true}},
		{http.MethodGet, "/shop/orders/x/y", browser, answered{404, page, shopPolicy, "no-store", true}},
		{http.MethodGet, "/office/nothing", browser, answered{404, page, roomPolicy, "no-store", true}},
		{http.MethodHead, "/office/nothing", browser, answered{404, page, roomPolicy, "no-store", false}},
		{http.MethodGet, "/shop/nothing", "*/*", answered{404, problem, strictest, "no-store", false}},
		{http.MethodGet, "/office/orders/x/y", "application/json", answered{404, problem, strictest, "no-store", false}},
		{http.MethodPost, "/office/nothing", browser, answered{404, problem, strictest, "no-store", false}},
		{http.MethodGet, "/nothing", browser, answered{404, problem, strictest, "no-store", false}},
	} {
		a := do(t, c.method, at+c.path, "", "Accept", c.accept)
		got := answered{a.StatusCode, a.Header.Get("Content-Type"), a.Header.Get("Content-Security-Policy"), a.Header.Get("Cache-Control"), strings.Contains(a.text, "<script type=\"module\"")}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s %s: %s", c.method, c.path, d)
		}
		if c.want.Kind == problem && !strings.Contains(a.text, "no_such_route") {
			t.Errorf("%s %s: %s", c.method, c.path, a.text)
		}
	}
}
