package pages

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
)

// bought is an order that somebody has paid for, and the way in of a member of staff who may read what happened to it.
func bought(ctx context.Context, t *testing.T) (order client.Order, email, password string) {
	t.Helper()
	owner, err := shop.OwnerClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	email, password = strings.ToLower(t.Name())+"-"+client.NewKey().Value[:8]+"@example.com", "nine quiet boats on tuesday"
	email = strings.ReplaceAll(email, "/", "-")
	staff := map[string]any{"email": email, "name": "Sue Support", "roles": []string{"support"}, "password": password}
	if _, err := client.Post[client.Meta](ctx, owner, "/users", staff, client.NewKey()); err != nil {
		t.Fatal(err)
	}
	product, err := owner.Stocked(ctx, "SEEN-"+client.NewKey().Value[:8], "Tea of the month", client.Money{Amount: 1999, Currency: "EUR"}, 5)
	if err != nil {
		t.Fatal(err)
	}
	guest, order, err := client.New(shop.URL).OrderAsGuest(ctx, client.Guest{Email: "gil@example.com", Name: "Gil Guest"}, client.Line{ProductID: product.ID, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	return order, email, password
}

// idsAreShort holds what is said in words against how people read: no id in full, which a click copies, and no time on two lines.
func (w *window) idsAreShort(t *testing.T) {
	t.Helper()
	var said, copies string
	var lines int
	w.do(t, chromedp.Evaluate(`document.querySelector('#waits').textContent + document.querySelector('#story').textContent`, &said),
		chromedp.Evaluate(`Math.max(...[...document.querySelectorAll('#story time')].map(t => { const r = document.createRange(); r.selectNodeContents(t); return r.getClientRects().length; }))`, &lines),
		chromedp.Evaluate(`document.querySelector('#story .id').title`, &copies), chromedp.Click("#story .id", chromedp.ByQuery),
		chromedp.Poll(`(b => b.textContent === 'copied' || b.title.endsWith(b.textContent))(document.querySelector('#story .id'))`, nil))
	if strings.Contains(said, "UTC") || !strings.Contains(said, "The guest asked to place an order.") {
		t.Errorf("a time is not the reader's, or somebody is called by an id: %s", said)
	}
	if whole := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-`); whole.MatchString(said) || !whole.MatchString(copies) || lines != 1 {
		t.Errorf("a time takes %d lines, an id copies %q, and in words it says %s", lines, copies, said)
	}
}

// Staff log in on the page, read what happened, open a hop with the keyboard, and see what happens next without asking.
func TestFlowPage(t *testing.T) {
	order, email, password := bought(t.Context(), t)
	for _, s := range screens {
		t.Run("on a "+s.name, func(t *testing.T) { // one after the other: a browser draws only the window in front
			w := open(t, s, shop.URL)
			w.do(t, chromedp.Navigate(shop.URL+"/flow/"+order.Number), chromedp.WaitVisible("#enter", chromedp.ByQuery), chromedp.Poll(settled, nil))
			w.inspect(t, "flow log-in "+s.name)
			w.do(t, chromedp.SendKeys("#email", email, chromedp.ByQuery), chromedp.SendKeys("#password", password+kb.Enter, chromedp.ByQuery),
				chromedp.WaitVisible("#steps button.mail", chromedp.ByQuery), chromedp.Poll(settled, nil))
			w.inspect(t, "flow "+s.name)
			w.idsAreShort(t)
			var title, name string
			w.do(t, chromedp.Title(&title),
				chromedp.Focus("#steps button", chromedp.ByQuery), chromedp.KeyEvent(kb.ArrowDown+kb.ArrowDown+kb.ArrowDown), chromedp.KeyEvent(kb.Enter),
				chromedp.WaitVisible(".payload pre", chromedp.ByQuery), chromedp.AttributeValue(".payload pre", "aria-label", &name, nil, chromedp.ByQuery))
			if title != "Order "+order.Number+" is paid · Mart" || name != "What order.placed said" {
				t.Errorf("%q, and opened %q", title, name)
			}
			w.inspect(t, "flow opened "+s.name)
			w.do(t, chromedp.KeyEvent(kb.Enter), chromedp.ScrollIntoView("#steps > li:last-child", chromedp.ByQuery))
			w.inspect(t, "flow end "+s.name)
		})
	}
	t.Run("live", func(t *testing.T) {
		w := open(t, screens[0], shop.URL)
		w.do(t, chromedp.Navigate(shop.URL+"/flow/"+order.Number), chromedp.WaitVisible("#enter", chromedp.ByQuery),
			chromedp.SendKeys("#email", email, chromedp.ByQuery), chromedp.SendKeys("#password", password+kb.Enter, chromedp.ByQuery), chromedp.WaitVisible("#steps button.mail", chromedp.ByQuery))
		owner, err := shop.OwnerClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := owner.Fulfil(t.Context(), order.ID, "Post", "JJD1", client.Line{ProductID: order.Lines[0].ProductID, Quantity: 2}); err != nil {
			t.Fatal(err)
		}
		w.do(t, chromedp.Poll(`document.title.includes('is fulfilled')`, nil))
		var elsewhere string
		var kept int
		w.do(t, chromedp.Evaluate(`JSON.stringify(Object.entries(localStorage).filter(([name]) => !name.startsWith('shop.'))) + document.cookie`, &elsewhere), chromedp.Click("#leave", chromedp.ByQuery),
			chromedp.WaitVisible("#enter", chromedp.ByQuery), chromedp.Evaluate(`sessionStorage.length`, &kept))
		if strings.Contains(elsewhere, "eyJ") || kept != 0 {
			t.Errorf("the token outlives the tab in %s, or the log-out: %d are kept", elsewhere, kept)
		}
	})
}
