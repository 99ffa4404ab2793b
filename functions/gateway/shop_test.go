package gateway_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each file of the shop is served as what it is, and what is within the page itself is neither a script nor a style, which its policy would
// forbid; so would it forbid one that is asked for elsewhere.
func TestShop_IsServedUnderItsPolicy(t *testing.T) {
	t.Parallel()
	at := start(t, startBehind(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }).URL, nil)
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	for _, route := range []string{
		"/shop", "/shop/products/x", "/shop/cart", "/shop/checkout", "/shop/orders", "/shop/orders/x", "/shop/account",
		"/shop/log-in", "/shop/register", "/shop/forgotten", "/shop/reset-password", "/shop/verify-email",
	} {
		got := do(t, http.MethodGet, at+route, "")
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Security-Policy") != policy || !strings.Contains(got.text, `<script type="module" src="/shop/shop.js"></script>`) {
			t.Errorf("%s: %s under %q: %.200s", route, got.Status, got.Header.Get("Content-Security-Policy"), got.text)
		}
		if again := do(t, http.MethodGet, at+route, "", "If-None-Match", got.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %s", route, again.Status)
		}
		if sent := do(t, http.MethodPost, at+route, "{}"); sent.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %s", route, sent.Status)
		}
	}
	kinds := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	found := map[string]int{}
	err := filepath.WalkDir("pages/shop", func(name string, entry os.DirEntry, err error) error {
		kind := kinds[filepath.Ext(name)]
		if err != nil || entry.IsDir() || kind == "" {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found[kind]++
		got := do(t, http.MethodGet, at+strings.TrimPrefix(filepath.ToSlash(name), "pages"), "")
		if got.StatusCode != http.StatusOK || got.text != string(content) || got.Header.Get("Content-Type") != kind ||
			got.Header.Get("Content-Security-Policy") != "default-src 'none'; frame-ancestors 'none'" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %s %v", name, got.Status, got.Header)
		}
		if kind == kinds[".js"] && regexp.MustCompile(`innerHTML|insertAdjacentHTML|document\.write|\beval\(`).MatchString(got.text) {
			t.Errorf("%s makes a page of text", name)
		}
		return nil
	})
	if err != nil || len(found) != len(kinds) {
		t.Errorf("looked at %v: %v", found, err)
	}
	for path, status := range map[string]int{"/shop/": http.StatusPermanentRedirect, "/shop/nothing": http.StatusNotFound, "/shop/pictures/nothing.svg": http.StatusNotFound, "/shop/index.html": http.StatusNotFound} {
		if got := do(t, http.MethodGet, at+path, ""); got.StatusCode != status {
			t.Errorf("%s: %s", path, got.Status)
		}
	}
}

// No page of ours has a script or a style within itself.
func TestPagesHaveNothingInline(t *testing.T) {
	t.Parallel()
	inline := regexp.MustCompile(`(?i)<style|<script(?:\s+type="module")?\s*>|\son[a-z]+\s*=|\sstyle\s*=|javascript:`)
	for _, pattern := range []string{"pages/*.html", "pages/*/*.html", "pages/shop/pictures/*.svg"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d, %v", pattern, len(names), err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if found := inline.Find(content); found != nil {
				t.Errorf("%s has %q", name, found)
			}
		}
	}
}
