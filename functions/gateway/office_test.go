package gateway_test

import (
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/schemas"
)

// rooms are addresses of the office, as people have them in their browsers.
var rooms = []string{
	"/office", "/office/orders", "/office/orders/M-000001", "/office/stock", "/office/stock/x", "/office/products", "/office/products/x",
	"/office/customers", "/office/customers/x", "/office/mails", "/office/returns", "/office/sources",
	"/office/brands", "/office/categories", "/office/families", "/office/shipping-methods", "/office/tax-rates", "/office/staff",
	"/office/account", "/office/forgotten", "/office/reset-password",
}

const (
	strictest  = "default-src 'none'; frame-ancestors 'none'"
	roomPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; frame-src 'self'"
	pictures   = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; frame-src 'self'"
	mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)

// Everything that the office is made of comes from here, with its kind and its policy; no page has a script or a style within itself.
func TestOffice_EverythingHasItsPolicy(t *testing.T) {
	t.Parallel()
	at := start(t, "http://unused.example", nil)
	type served struct{ Kind, Policy, Framed string }
	want := map[string]served{"/office/mail": {"text/html; charset=utf-8", mailPolicy, "SAMEORIGIN"}}
	for _, room := range rooms {
		want[room] = served{"text/html; charset=utf-8", roomPolicy, "DENY"}
	}
	want["/office/products/x"] = served{"text/html; charset=utf-8", pictures, "DENY"} // which has one, from wherever it lies
	made, err := os.ReadDir("pages/office")
	if err != nil || len(made) == 0 {
		t.Fatalf("%d files: %v", len(made), err)
	}
	kinds := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
	for _, f := range made {
		want["/office/"+f.Name()] = served{kinds[path.Ext(f.Name())], strictest, "DENY"}
	}
	got := map[string]served{}
	inline := regexp.MustCompile(`<style|<script(?:[^>]*[^>/])?>[^<]|\son\w+=|\sstyle=|javascript:`)
	for address := range want {
		a := do(t, http.MethodGet, at+address, "")
		got[address] = served{a.Header.Get("Content-Type"), a.Header.Get("Content-Security-Policy"), a.Header.Get("X-Frame-Options")}
		if a.StatusCode != http.StatusOK || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %s %v", address, a.Status, a.Header)
		}
		if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && inline.MatchString(a.text) {
			t.Errorf("%s has within itself %q", address, inline.FindString(a.text))
		}
		if strings.Contains(a.text, "innerHTML") || strings.Contains(a.text, "http://") || strings.Contains(a.text, "https://") {
			t.Errorf("%s reads data as HTML, or refers to another origin", address)
		}
		if again := do(t, http.MethodGet, at+address, "", "If-None-Match", a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %s", address, again.Status)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if a := do(t, http.MethodPost, at+"/office/orders", ""); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /office/orders: %s", a.Status)
	}
	if a := do(t, http.MethodGet, at+"/office/nothing", ""); a.StatusCode != http.StatusNotFound {
		t.Errorf("a room that there is not: %s", a.Status)
	}
}

// What the office offers for choice is what the API takes.
func TestOffice_OffersWhatTheAPITakes(t *testing.T) {
	t.Parallel()
	enum := regexp.MustCompile(`(?s)"enum":\s*\[(.*?)\]`)
	offered := map[string]string{
		"orders.js": `states = \[(.*?)\]`, "productform.js": `states = \[(.*?)\]`, "returns.js": `states = \[(.*?)\]`, "stock.js": `reasons = \[(.*?)\]`, "mails.js": `kinds = \[(.*?)\]`,
		"shipping.js": `states = \[(.*?)\]`, "staff.js": `roles = \[(.*?)\]`,
	}
	words := regexp.MustCompile(`\w+`)
	known := map[string]bool{}
	for _, list := range enum.FindAllSubmatch(schemas.OpenAPIJSON, -1) {
		known[strings.Join(words.FindAllString(string(list[1]), -1), " ")] = true
	}
	for name, list := range offered {
		text, err := os.ReadFile("pages/office/" + name)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile("(?s)" + list).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has no %s", name, list)
		}
		if said := strings.Join(words.FindAllString(string(found[1]), -1), " "); !known[said] {
			t.Errorf("%s offers what is no list of the API: %s", name, said)
		}
	}
}
