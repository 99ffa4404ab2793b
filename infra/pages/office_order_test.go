package pages

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
)

// The owner sends an order, notes that it has arrived, takes one of it back and gives a little more, by clicks alone; each time the page has said
// before what would happen, and shows it afterwards.
func TestOfficeFromShelfToDoorAndBack(t *testing.T) { // nothing beside it: a browser draws only the window in front
	ctx := t.Context()
	order, _, _ := bought(ctx, t)
	product := order.Lines[0].ProductID
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/orders?number="+order.Number, shop.Owner.Email, shop.Owner.Password)
	w.await(t, shows(order.Number))
	w.do(t, chromedp.Click(`//a[text()="`+order.Number+`"]`, chromedp.BySearch), chromedp.WaitVisible("#send", chromedp.ByQuery))

	w.press(t, "send")
	w.fill(t, "carrier", "Post")
	w.fill(t, "trackingNumber", "JJD42")
	if said := w.says(t); !strings.HasPrefix(said, "2 of 2 that are left to send.") {
		t.Errorf("before it is sent: %q", said)
	}
	w.inspect(t, "office send desk")
	w.agree(t)
	w.await(t, shows("JJD42"))
	seen, err := client.Get[client.Order](ctx, ownerOf(ctx, t), "/orders/"+order.ID)
	if err != nil || seen.Status != "fulfilled" || len(seen.Fulfilments) != 1 {
		t.Fatalf("after it was sent: %+v %v", seen, err)
	}
	w.press(t, "arrived-"+seen.Fulfilments[0].ID)
	w.agree(t)
	w.press(t, "take-back")
	w.fill(t, "n-"+product, "1")
	w.fill(t, "reason", "too big")
	w.agree(t)
	w.await(t, shows("too big"))
	if seen, err = client.Get[client.Order](ctx, ownerOf(ctx, t), "/orders/"+order.ID); err != nil || seen.Status != "delivered" || len(seen.Returns) != 1 {
		t.Fatalf("after the return: %+v %v", seen, err)
	}
	back := seen.Returns[0].ID
	w.press(t, "approve-"+back)
	w.fill(t, "note", "Send it to us")
	w.agree(t)
	w.press(t, "receive-"+back)
	shelf := chromedp.Click(`#dialog [name="shelf-`+product+`"]`, chromedp.ByQuery) // who hurries writes nothing off
	given := w.says(t)
	w.do(t, shelf)
	if said := w.says(t); !strings.HasSuffix(said, ". Not to be sold again: 1 piece.") {
		t.Errorf("of what is broken %q was said", said)
	}
	w.do(t, shelf)
	w.inspect(t, "office receive desk")
	w.agree(t)
	w.await(t, shows("back on the shelf"))

	paid := paymentOf(ctx, t, order.ID)
	w.press(t, "refund-"+paid.ID)
	w.fill(t, "amount", "1.5")
	w.fill(t, "reason", "a scratch")
	said := w.says(t)
	w.agree(t)
	w.await(t, shows("a scratch")+` && document.querySelectorAll('#room .part table .badge').length === 2 && [...document.querySelectorAll('#room .part table .badge')].every(b => b.textContent === 'refunded')`)
	w.inspect(t, "office order after desk")

	paid = paymentOf(ctx, t, order.ID)
	stock, err := client.Get[client.Stock](ctx, ownerOf(ctx, t), "/stock/"+product)
	if err != nil || stock.OnHand != 4 || len(paid.Refunds) != 2 || paid.Refunds[1].Amount != (client.Money{Amount: 150, Currency: "EUR"}) || !strings.HasPrefix(said, "€1.50 goes back") {
		t.Fatalf("%d on the shelf, refunds %+v, and %q was said: %v", stock.OnHand, paid.Refunds, said, err)
	}
	if !strings.HasPrefix(given, euros(paid.Refunds[0].Amount)+" is given back for 1 piece") || !strings.HasSuffix(given, "Back on the shelf: 1 piece.") {
		t.Errorf("%q was said, and %s was given back", given, paid.Refunds[0].Amount)
	}
}

// Who has ordered is told from whom it goes to, a tax that is in the prices stands below what they come to, and what was sent in part says so.
func TestOfficeSaysWhoOrdered(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	owner, is := ownerOf(ctx, t), client.NewKey().Value[:8]
	rate := map[string]any{"name": "VAT", "country": "PT", "taxClass": "in-" + is, "rate": 20_000, "included": true, "validFrom": "2026-01-01T00:00:00Z"}
	if _, err := client.Post[client.Meta](ctx, owner, "/tax-rates", rate, client.NewKey()); err != nil {
		t.Fatal(err)
	}
	kettle := map[string]any{"sku": "IN-" + strings.ToUpper(is), "name": "Kettle", "price": client.Money{Amount: 3000, Currency: "EUR"}, "status": "published", "taxClass": "in-" + is}
	product, err := client.Post[client.Product](ctx, owner, "/products", kettle, client.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Adjust(ctx, product.ID, 5, "received"); err != nil {
		t.Fatal(err)
	}
	ada, _, err := client.New(shop.URL).Register(ctx, "ada-"+is+"@example.com", "Ada Buyer", "nine quiet boats on tuesday")
	if err != nil {
		t.Fatal(err)
	}
	order, err := ada.Order(ctx, "Bo Receiver", client.Line{ProductID: product.ID, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Fulfil(ctx, order.ID, "Post", "JJD1", client.Line{ProductID: product.ID, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []screen{screens[0], screens[3]} {
		w := open(t, s, shop.URL)
		w.logIn(t, "/office/orders?number="+order.Number, shop.Owner.Email, shop.Owner.Password)
		w.await(t, shows("Ada Buyer")+` && `+shows("to Bo Receiver")+` && `+shows("paid, partly sent"))
		w.inspect(t, "office orders who "+s.name)
		w.do(t, chromedp.Navigate(shop.URL+"/office/orders/"+order.Number), chromedp.Poll(drawn, nil))
		w.await(t, shows("Ada Buyer")+` && `+shows("ada-"+is+"@example.com")+` && `+shows("Bo Receiver")+` && document.getElementById('title').textContent.includes('paid, partly sent')`)
		var sums []string
		w.do(t, chromedp.Evaluate(`[...document.querySelectorAll('.sums dt')].map(d => d.textContent)`, &sums))
		if want := []string{"Goods", "Total", "VAT, included"}; !slices.Equal(sums, want) {
			t.Errorf("the sum is %q, want %q", sums, want)
		}
		w.inspect(t, "office order who "+s.name)
	}
}

// A part of an order is cancelled for what was said, with its tax; nothing is asked of the mart while nothing is chosen.
func TestOfficeCancelsAPartForWhatItSays(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	order := taxed(ctx, t)
	product := order.Lines[0].ProductID
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/orders/"+order.Number, shop.Owner.Email, shop.Owner.Password)
	w.press(t, "cancel-part")
	w.press(t, "dialog-go")
	w.await(t, `document.querySelector('#dialog .problem').textContent === 'Choose at least one.'`)
	w.fill(t, "n-"+product, "2")
	said := w.says(t)
	w.agree(t)
	w.await(t, `document.querySelectorAll('#room .part table .badge').length === 1 && document.querySelector('#room .part table .badge').textContent === 'refunded'`)
	if paid := paymentOf(ctx, t, order.ID); len(paid.Refunds) != 1 || !strings.HasPrefix(said, euros(paid.Refunds[0].Amount)+" goes back for 2 pieces") {
		t.Errorf("%q was said, and what went back is %+v", said, paid.Refunds)
	}
}

// With the keyboard alone somebody opens a dialog, stays in it, leaves it, and opens it again and is done; each time they are back where they were.
func TestOfficeByKeyboard(t *testing.T) { // nothing beside it, likewise
	order, _, _ := bought(t.Context(), t)
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/orders/"+order.Number, shop.Owner.Email, shop.Owner.Password)
	at := func(id string) string { return fmt.Sprintf(`document.activeElement.id === %q`, id) }
	for reached := false; !reached; {
		w.do(t, chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(at("note"), &reached))
	}
	w.do(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#dialog", chromedp.ByQuery))
	w.await(t, `document.activeElement.name === 'text'`)
	for range 5 { // around, and around again
		w.do(t, chromedp.KeyEvent(kb.Tab))
		w.await(t, `document.activeElement === document.body || Boolean(document.activeElement.closest('#dialog'))`)
	}
	w.inspect(t, "office dialog desk")
	w.do(t, chromedp.KeyEvent(kb.Escape))
	w.await(t, `!document.getElementById('dialog') && `+at("note"))
	w.do(t, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#dialog", chromedp.ByQuery), chromedp.KeyEvent("Call before the visit"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	w.await(t, at("dialog-go"))
	w.do(t, chromedp.KeyEvent(kb.Enter))
	w.await(t, shows("Call before the visit")+` && `+at("note"))
}
