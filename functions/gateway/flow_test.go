package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// One address has the page for a browser, and for programs what the page shows.
func TestFlow_IsAPageToBrowsersAndJSONToPrograms(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"title":"the function's"}`)
	}).URL, nil)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		accept, path string
		page         bool
	}{
		{browser, "/flow/M-000001", true},
		{browser, "/flow", true},
		{"Text/HTML", "/flow/x", true},
		{"application/json", "/flow/M-000001", false},
		{"*/*", "/flow/M-000001", false},
		{"", "/flow/M-000001", false},
	} {
		got := do(t, http.MethodGet, at+c.path, "", "Accept", c.accept)
		page := strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") && strings.Contains(got.text, `src="/flow.js"`)
		if got.StatusCode != http.StatusOK || page != c.page || page == strings.Contains(got.text, "the function's") || !strings.Contains(strings.Join(got.Header.Values("Vary"), ","), "Accept") {
			t.Errorf("%q at %s: %s %v %.200s", c.accept, c.path, got.Status, got.Header, got.text)
		}
		if policy := got.Header.Get("Content-Security-Policy"); page && (strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self'; style-src 'self'")) {
			t.Errorf("the page's policy is %s", policy)
		}
	}
	if got := do(t, http.MethodGet, at+"/flow", "", "Accept", "application/json"); got.StatusCode != http.StatusNotFound || got.code(t) != "no_such_route" || !strings.Contains(got.text, "GET /flow/{id}, where id is an order's number") {
		t.Errorf("a program that says no id is told %s %s", got.Status, got.text)
	}
	first := do(t, http.MethodGet, at+"/flow", "", "Accept", browser)
	if again := do(t, http.MethodGet, at+"/flow", "", "Accept", browser, "If-None-Match", first.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the page again: %s", again.Status)
	}
}
