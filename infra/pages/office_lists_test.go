package pages

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
)

// What waits for a decision is counted on the first page; from there one comes to the list, to the order, and decides.
func TestOfficeFindsReturns(t *testing.T) { // nothing beside it: see open
	ctx := t.Context()
	order, _, _ := bought(ctx, t)
	owner, one := ownerOf(ctx, t), client.Line{ProductID: order.Lines[0].ProductID, Quantity: 1}
	if _, err := owner.Fulfil(ctx, order.ID, "Post", "JJD8", one); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Deliver(ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	asked, err := owner.Return(ctx, order.ID, "too small", one)
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office", shop.Owner.Email, shop.Owner.Password)
	w.await(t, `[...document.querySelectorAll('#room a')].some(a => /^\d+ returns? to be decided on$/.test(a.textContent))`)
	w.do(t, chromedp.Click(`//a[contains(., "to be decided on")]`, chromedp.BySearch))
	w.await(t, `location.pathname === '/office/returns' && document.querySelector('[name="status"]').value === 'requested' && `+shows("too small"))
	w.do(t, chromedp.Navigate(shop.URL+"/office/returns?product="+one.ProductID))
	w.await(t, drawn)
	w.do(t, chromedp.Click(`//a[text()="`+order.Number+`"]`, chromedp.BySearch))
	w.press(t, "approve-"+asked.Returns[0].ID)
	w.agree(t)
	w.do(t, chromedp.Navigate(shop.URL+"/office/returns?status=approved&product="+one.ProductID))
	w.await(t, drawn)
	w.await(t, shows(order.Number)+` && document.querySelector('[name="product"]').value === '`+order.Lines[0].Name+`'`)
	w.do(t, chromedp.Navigate(shop.URL+"/office/returns?status=refused&product="+one.ProductID))
	w.await(t, drawn)
	w.await(t, shows("No return is like that."))
}

// Stock is found by what it is of.
func TestOfficeFindsStock(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	sku := "FIND-" + client.NewKey().Value[:8]
	if _, err := ownerOf(ctx, t).Stocked(ctx, sku, "Garden gnome", client.Money{Amount: 1999, Currency: "EUR"}, 4); err != nil {
		t.Fatal(err)
	}
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/stock", shop.Owner.Email, shop.Owner.Password)
	w.do(t, chromedp.SendKeys(`[name="q"]`, sku+kb.Enter, chromedp.ByQuery))
	w.await(t, `document.querySelectorAll('tbody tr').length === 1 && `+shows("Garden gnome")+` && `+shows(sku))
}

// The sources are shown with what they read, and looked at again without being asked; what somebody has unfolded stays unfolded.
func TestOfficeLooksAtSources(t *testing.T) { // nothing beside it, likewise
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/sources", shop.Owner.Email, shop.Owner.Password)
	w.await(t, `document.getElementById('topics-mart.db') && `+shows("mart.db"))
	w.do(t, chromedp.Click(`[id="topics-mart.db"] summary`, chromedp.ByQuery), chromedp.Evaluate(`document.querySelector('#room time').id = 'before'`, nil))
	w.await(t, `!document.getElementById('before') && document.getElementById('topics-mart.db').open && `+shows("mart.order.commands"))
	w.inspect(t, "office sources unfolded desk")
}

// On a phone the rooms are behind one button, which says whether they are shown; Escape and a click beside them put them away.
func TestOfficeHasAMenuOnAPhone(t *testing.T) { // nothing beside it, likewise
	var phone screen
	for _, s := range screens {
		if s.width < 500 && !s.dark {
			phone = s
		}
	}
	w := open(t, phone, shop.URL)
	w.logIn(t, "/office/orders", shop.Owner.Email, shop.Owner.Password)
	folded := `document.getElementById('menu').getAttribute('aria-expanded') === 'false' && document.getElementById('rooms-list').offsetHeight === 0`
	w.await(t, folded+` && document.getElementById('title').getBoundingClientRect().top < 110`)
	w.do(t, chromedp.Focus("#menu", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
	w.await(t, `document.getElementById('menu').getAttribute('aria-expanded') === 'true' && document.getElementById('rooms-list').offsetHeight > 0`)
	w.inspect(t, "office menu phone")
	w.do(t, chromedp.KeyEvent(kb.Escape))
	w.await(t, folded+` && document.activeElement.id === 'menu'`)
	w.press(t, "menu")
	w.do(t, chromedp.MouseClickXY(5, float64(phone.height)-5)) // beside it
	w.await(t, folded)
	w.press(t, "menu")
	w.do(t, chromedp.Click(`//nav[@id="rooms"]//a[text()="Sources"]`, chromedp.BySearch))
	w.await(t, `location.pathname === '/office/sources' && `+folded+` && `+shows("mart.db"))
}
