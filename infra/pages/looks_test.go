package pages

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
)

// fitsThumbs tells of what is to be touched in the shop and is smaller than a thumb. Links within a text are not among it.
func (w *window) fitsThumbs(t *testing.T, page string) {
	t.Helper()
	const targets = `.top a, .top button, .chips a, .sort a, .options a, main button, main select, main summary, main input:not([type=radio]), main label:has([type=radio])`
	var small []string
	w.do(t, chromedp.Evaluate(fmt.Sprintf(`[...document.querySelectorAll(%q)].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))`, targets), &small))
	for _, of := range small {
		t.Errorf("%s on a phone: too small for a thumb: %s", page, of)
	}
}

// Whoever reads an English page in a German browser reads English amounts, dates and countries, at the times of where they are.
func TestPagesWriteAsTheirLanguageDoes(t *testing.T) { // nothing beside it: a browser draws only the window in front
	order, email, password := bought(t.Context(), t)
	w := open(t, screens[0], shop.URL)
	german := chromedp.Tasks{emulation.SetLocaleOverride().WithLocale("de-DE"), emulation.SetUserAgentOverride("Mozilla/5.0").WithAcceptLanguage("de-DE,de")}
	var itself, languages string
	w.do(t, german, goes(storefront(), ".grid li"), chromedp.Evaluate(`new Intl.NumberFormat().format(1.5)`, &itself), chromedp.Evaluate(`navigator.languages.join()`, &languages))
	if itself != "1,5" || !strings.HasPrefix(languages, "de") {
		t.Fatalf("the browser is none of a German reader: it writes %s, and speaks %s", itself, languages)
	}
	w.do(t, says(".grid", "€19.99"))
	filled(t, w, 2000)
	w.do(t, goes(storefront()+"/checkout", ".checkout"), says("[name='shippingAddress.country']", "United Kingdom"), says(".short", "£20.00"))
	w.logIn(t, "/office/orders/"+order.Number, shop.Owner.Email, shop.Owner.Password)
	w.do(t, says("address", "Portugal"), says(".sums", "€39.98"))
	w.do(t, chromedp.Evaluate(`sessionStorage.clear()`, nil), chromedp.Navigate(shop.URL+"/flow/"+order.Number), chromedp.WaitVisible("#enter", chromedp.ByQuery),
		chromedp.SendKeys("#email", email, chromedp.ByQuery), chromedp.SendKeys("#password", password+kb.Enter, chromedp.ByQuery), chromedp.WaitVisible("#steps button", chromedp.ByQuery))
	var day, monthOf string
	w.do(t, chromedp.Text(".story .day", &day, chromedp.ByQuery), chromedp.Evaluate(`new Date().toLocaleDateString('en', { month: 'long' })`, &monthOf))
	if !strings.Contains(day, monthOf) || strings.Contains(day, ".") {
		t.Errorf("the day is written %q", day)
	}
}

// What waits leads whoever may to where the office does it, and nobody else; a request for programs is not what a person reads.
func TestWhatWaitsLeadsToTheOffice(t *testing.T) { // nothing beside it, likewise
	order, email, password := bought(t.Context(), t)
	for name, who := range map[string]struct {
		email, password string
		there           bool
	}{"the owner": {shop.Owner.Email, shop.Owner.Password, true}, "support, who reads orders": {email, password, false}} {
		t.Run(name, func(t *testing.T) { // one after the other, likewise
			w := open(t, screens[0], shop.URL)
			var said string
			var leads bool
			w.do(t, chromedp.Navigate(shop.URL+"/flow/"+order.Number), chromedp.WaitVisible("#enter", chromedp.ByQuery), chromedp.SendKeys("#email", who.email, chromedp.ByQuery),
				chromedp.SendKeys("#password", who.password+kb.Enter, chromedp.ByQuery), chromedp.PollFunction(`() => document.querySelector('#waits')?.textContent.includes('waits to be sent')`, nil),
				chromedp.Text("#waits", &said, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector('#waits a[href="/office/orders/%s"]') !== null`, order.ID), &leads))
			if leads != who.there || strings.Contains(said, "POST") {
				t.Errorf("it leads there: %v, and it says %q", leads, said)
			}
			if !leads {
				return
			}
			w.do(t, chromedp.Click("#waits a", chromedp.ByQuery), chromedp.WaitVisible("#enter", chromedp.ByQuery)) // the office has log-ins of its own
		})
	}
}

// Staff see the picture that customers see; of a product without one they are told so.
func TestOfficeShowsAProductsPicture(t *testing.T) { // nothing beside it, likewise
	order, _, _ := bought(t.Context(), t)
	found, err := client.Get[client.Page[client.Product]](t.Context(), client.New(shop.URL), "/products?q=apron&limit=1")
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%+v: %v", found, err)
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/products/"+found.Items[0].ID, shop.Owner.Email, shop.Owner.Password)
	w.await(t, `document.querySelector('img.picture')?.naturalWidth > 0`)
	w.inspect(t, "office product with a picture desk")
	w.do(t, chromedp.Navigate(shop.URL+"/office/products/"+order.Lines[0].ProductID))
	w.await(t, `document.querySelector('.picture.none')?.textContent === 'No picture yet'`)
}
