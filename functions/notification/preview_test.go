package notification

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Staff who read of mails see each as it is written now, in each language and both forms; nobody else does.
func TestPreview(t *testing.T) {
	t.Parallel()
	o := functiontest.OpenOffice(t, events.Notification, events.ViewerRole, func(api *web.API) { Routes(api, nil, letters(t)) })
	for _, kind := range kinds() {
		for _, language := range languages() {
			path := "/notifications/preview/" + string(kind) + "?language=" + string(language)
			for accept, want := range map[string]string{"": "text/html", "text/plain": "text/plain", "text/html, text/plain;q=0.5": "text/html", "text/plain, text/html;q=0.5": "text/plain", "application/json": "text/html"} {
				a := o.Call(o.Token, http.MethodGet, path, "", "Accept", accept)
				isPage := strings.Contains(a.Body, `<html lang="`+string(language)+`">`)
				if a.Status != http.StatusOK || a.Header.Get("Content-Type") != want+"; charset=utf-8" || isPage != (want == "text/html") {
					t.Errorf("%s as %q: %d %s", path, accept, a.Status, a.Header.Get("Content-Type"))
				}
				if a.Header.Get("Vary") != "Accept" || a.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%v", a.Header)
				}
			}
		}
	}
	shown := o.Call(o.Token, http.MethodGet, "/notifications/preview/order_confirmation?language=de", "", "Accept", "text/plain").Body
	const want = `Ihre Bestellung M-001234 ist bezahlt

Bestellt am 3. März 2026

Vielen Dank, Ada Lovelace!

Wir schreiben Ihnen wieder, wenn sie unterwegs ist.

1 × Desk lamp, brass, with a shade of green glass: 129,00 €
2 × Mug: 24,90 €

Waren: 153,90 €
DHL: 4,90 €
Gesamtsumme: 158,80 €
Darin enthalten: VAT (19 %): 25,35 €

Bestellung ansehen:
https://shop.example/orders/00000000-0000-7000-8000-000000000001

-- 
Mart
Sie erhalten diese E-Mail wegen Ihres Kontos oder einer Bestellung bei Mart.
`
	if got := strings.ReplaceAll(shown, "\u00a0", " "); got != want {
		t.Errorf("it says\n%s", got)
	}
	for path, status := range map[string]int{"/notifications/preview/nonsense": 422, "/notifications/preview/welcome?language=fr": 422, "/notifications/preview/welcome?page=2": 422} {
		if a := o.Call(o.Token, http.MethodGet, path, ""); a.Status != status {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	for who, status := range map[string]int{"": 401, o.Staff(events.CatalogRole): 403} {
		if a := o.Call(who, http.MethodGet, "/notifications/preview/welcome", ""); a.Status != status {
			t.Errorf("%q: %d, want %d", who, a.Status, status)
		}
	}
}

// A shop with a logo shows it, in the place of its name, and a line without a picture leaves room beside those that have one.
func TestPreview_Pictures(t *testing.T) {
	t.Parallel()
	c := letters(t)
	for logo, want := range map[string][3]int{"": {0, 0, 0}, "https://shop.example/logo.png": {2, 1, 1}} {
		c.shop.Logo = logo
		n, of := c.example(events.OrderConfirmation)
		m, err := c.compose(n, of)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]int{strings.Count(m.page, "<img "), strings.Count(m.page, `class="gap"`), strings.Count(m.page, `alt="Mart"`)}; got != want {
			t.Errorf("with %q: %v pictures, gaps and names, want %v:\n%s", logo, got, want, m.page)
		}
	}
}
