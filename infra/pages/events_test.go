package pages

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The catalogue is read on every screen: all of it, a noun, a message; its list is narrowed by what is typed, and by what a box of the picture stands for.
func TestEventPages(t *testing.T) {
	for _, s := range screens {
		t.Run("on a "+s.name, func(t *testing.T) { // one after the other: a browser draws only the window in front
			w := open(t, s, shop.URL)
			for path, shows := range map[string]string{
				"/events": ".folds", "/events/order": ".folds", "/events/payment": ".folds", "/events/com.onlinemart.order.paid.v1": "#enter", "/events/com.onlinemart.product.list.v1": ".members", "/events/quote": ".messages",
			} {
				w.do(t, chromedp.Navigate(shop.URL+path), chromedp.WaitVisible(shows, chromedp.ByQuery), chromedp.Poll(settled, nil))
				w.inspect(t, pictureOf(path)+" "+s.name)
			}
		})
	}
	t.Run("narrowed", func(t *testing.T) {
		w := open(t, screens[0], shop.URL)
		const shown = `[...document.querySelectorAll('.messages li')].filter(m => m.getClientRects().length).map(m => m.querySelector('a').textContent).join(' ')`
		var typed, followed, said, address, to string
		w.do(t, chromedp.Navigate(shop.URL+"/events"), chromedp.WaitVisible("#q", chromedp.ByQuery),
			chromedp.SendKeys("#q", "kind:event to:payment", chromedp.ByQuery), chromedp.Poll(`document.getElementById('found').textContent.includes(' of ')`, nil),
			chromedp.Evaluate(shown, &typed), chromedp.Evaluate(`location.search`, &address))
		w.inspect(t, "events narrowed desk")
		w.do(t, chromedp.Navigate(shop.URL+"/events"), chromedp.WaitVisible(".graph.wide", chromedp.ByQuery),
			chromedp.Evaluate(`[...document.querySelectorAll('.graph a')].find(a => a.textContent === '3 commands' && a.href.baseVal.includes('inventory')).href.baseVal`, &to))
		w.do(t, chromedp.Navigate(shop.URL+to), chromedp.WaitVisible("#q", chromedp.ByQuery), chromedp.Poll(`document.getElementById('found').textContent.includes(' of ')`, nil),
			chromedp.Evaluate(shown, &followed), chromedp.Text("#found", &said, chromedp.ByQuery))
		if typed != "payment.started payment.authorized payment.due payment.voidRequested payment.refundRequested" || address != "?q=kind%3Aevent%20to%3Apayment" {
			t.Errorf("typed, there are %q at %s", typed, address)
		}
		if followed != "inventory.adjust inventory.commit inventory.restock" || !strings.HasPrefix(said, "3 of ") {
			t.Errorf("followed, there are %q: %s", followed, said)
		}
	})
}

// Who logs in sees the last ten of a command and of an event, without anything personal; who may not is told so.
func TestTheLastTen(t *testing.T) {
	order, email, password := bought(t.Context(), t)
	for _, s := range screens {
		t.Run("on a "+s.name, func(t *testing.T) {
			w := open(t, s, shop.URL)
			w.do(t, chromedp.Navigate(shop.URL+"/events/com.onlinemart.order.paid.v1"), chromedp.WaitVisible("#enter", chromedp.ByQuery),
				chromedp.SendKeys("#email", email, chromedp.ByQuery), chromedp.SendKeys("#password", password+kb.Enter, chromedp.ByQuery),
				chromedp.WaitVisible("#last li", chromedp.ByQuery), chromedp.Click("#last summary", chromedp.ByQuery), chromedp.ScrollIntoView("#seen", chromedp.ByQuery), chromedp.Poll(settled, nil))
			var said string
			w.do(t, chromedp.Evaluate(`[...document.querySelectorAll('#last pre')].map(p => p.textContent).join()`, &said))
			if !strings.Contains(said, `"`+order.Number+`"`) || !strings.Contains(said, "[personal]") || strings.Contains(said, "gil@") {
				t.Errorf("of order.paid was said: %s", said)
			}
			w.inspect(t, "events last ten "+s.name)
			w.do(t, chromedp.Navigate(shop.URL+"/events/com.onlinemart.order.placeAsGuest.v1"), chromedp.WaitVisible("#last li", chromedp.ByQuery), chromedp.Click("#last summary", chromedp.ByQuery),
				chromedp.Evaluate(`document.querySelector('#last').textContent`, &said))
			if !strings.Contains(said, "succeeded") || !strings.Contains(said, "com.onlinemart.order.placed.v1") {
				t.Errorf("of order.placeAsGuest was said: %s", said)
			}
			w.do(t, chromedp.Navigate(shop.URL+"/events/com.onlinemart.taxRate.deleted.v1"), chromedp.WaitVisible("#none", chromedp.ByQuery), chromedp.Text("#none", &said, chromedp.ByQuery))
			if !strings.HasPrefix(said, "There is none among the last ") {
				t.Errorf("of what never was is said %q", said)
			}
			var kept int
			w.do(t, chromedp.Click("#leave", chromedp.ByQuery), chromedp.WaitVisible("#enter", chromedp.ByQuery), chromedp.Evaluate(`sessionStorage.length`, &kept))
			if kept != 0 {
				t.Errorf("%d are kept after the log-out", kept)
			}
		})
	}
}
