package gateway_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// An operator who has a storefront or a back office of their own leaves ours out: nothing is at its paths, and no page leads there.
func TestDoorsThatAreLeftOut(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`(?:href|src)="(/(?:shop|office)[^"]*)"`)
	for _, c := range []struct {
		name         string
		settings     map[string]string
		shop, office bool
	}{
		{"both", nil, true, true},
		{"no shop", map[string]string{"SHOP_PAGES": "false"}, false, true},
		{"no office", map[string]string{"OFFICE_PAGES": "false"}, true, false},
		{"neither", map[string]string{"SHOP_PAGES": "false", "OFFICE_PAGES": "false"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := start(t, "http://unused.example", c.settings)
			for path, there := range map[string]bool{
				"/shop": c.shop, "/shop/": c.shop, "/shop/cart": c.shop, "/shop/shop.js": c.shop, "/shop/pictures/mug-sea.svg": c.shop,
				"/office": c.office, "/office/orders": c.office, "/office/office.js": c.office, "/office/mail": c.office,
			} {
				got := do(t, http.MethodGet, at+path, "")
				if there == (got.StatusCode == http.StatusNotFound) || !there && got.code(t) != "no_such_route" {
					t.Errorf("%s: %s %.200s", path, got.Status, got.text)
				}
			}
			for _, path := range []string{"/", "/docs", "/problems", "/problems/out_of_stock", "/events", "/events/order", "/events/com.onlinemart.order.paid.v1", "/flow"} {
				page := do(t, http.MethodGet, at+path, "", "Accept", "text/html")
				leads := map[string]bool{}
				for _, found := range link.FindAllStringSubmatch(page.text, -1) {
					leads["/"+strings.Split(found[1], "/")[1]] = true
				}
				if page.StatusCode != http.StatusOK || leads["/shop"] != c.shop || leads["/office"] != c.office {
					t.Errorf("%s: %s, leads to the shop %t, to the office %t", path, page.Status, leads["/shop"], leads["/office"])
				}
			}
		})
	}
}
