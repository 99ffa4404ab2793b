package pages

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// An address of the office or the shop at which there is nothing says so in its own look.
func TestNothingIsHere(t *testing.T) { // nothing beside it, likewise
	for at, shown := range map[string]string{"/office/nothing": "#title", "/shop/nothing/here": "main h1"} {
		for _, s := range []screen{screens[0], screens[2]} {
			w := open(t, s, shop.URL)
			w.expect("404")
			w.do(t, chromedp.Navigate(shop.URL+at))
			w.await(t, `document.querySelector('`+shown+`').textContent === 'There is nothing here'`)
			w.inspect(t, "nothing "+strings.ReplaceAll(at[1:], "/", " ")+" "+s.name)
		}
		if a, err := http.Get(shop.URL + at); err != nil || a.StatusCode != http.StatusNotFound || a.Header.Get("Content-Type") != "application/problem+json" || a.Body.Close() != nil { //nolint:noctx // it is this process's own
			t.Errorf("a program is told %v %v", a, err)
		}
	}
}
