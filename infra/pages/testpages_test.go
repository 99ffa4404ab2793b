package pages

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/onlinemart/mart/infra/client"
)

// A buyer whose bank wants to know them reads what they are asked, says yes, and is back in the shop; who comes once more reads that it is done.
func TestThreeDSecurePage(t *testing.T) {
	ctx := t.Context()
	owner, err := shop.OwnerClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	product, err := owner.Stocked(ctx, "ASKED-"+client.NewKey().Value[:8], "Bread board", client.Money{Amount: 3900, Currency: "EUR"}, 5)
	if err != nil {
		t.Fatal(err)
	}
	guest, order, err := client.New(shop.URL).OrderAsGuest(ctx, client.Guest{Email: "gil@example.com", Name: "Gil Guest"}, client.Line{ProductID: product.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	payment, err := guest.Pay(ctx, order.ID, "pm_card_authenticationRequired")
	if err != nil || payment.NextAction == nil {
		t.Fatalf("%+v: %v", payment, err)
	}
	bank := payment.NextAction.RedirectURL
	for _, s := range screens {
		t.Run("on a "+s.name, func(t *testing.T) { // one after the other: a browser draws only the window in front
			w := open(t, s, shop.PaymentGateway)
			var said string
			w.do(t, chromedp.Navigate(bank), chromedp.WaitVisible("button.yes", chromedp.ByQuery), chromedp.Text("dl", &said, chromedp.ByQuery))
			for _, want := range []string{"€39.00", "Mart", "3184"} {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %s: %q", want, said)
				}
			}
			w.inspect(t, "3ds "+s.name)
		})
	}
	var at string
	w := open(t, screens[2], shop.PaymentGateway)
	w.do(t, chromedp.Navigate(bank), chromedp.Click("button.yes", chromedp.ByQuery), chromedp.WaitVisible(`a[href*="log-in?next=/orders/"]`, chromedp.ByQuery), chromedp.Location(&at)) // by this browser: a program bought
	if want := shop.URL + "/shop/orders/" + order.ID; at != want {
		t.Errorf("the buyer is at %s, want %s", at, want)
	}
	var title string
	w = open(t, screens[0], shop.PaymentGateway)
	w.do(t, chromedp.Navigate(bank), chromedp.WaitVisible("a.yes", chromedp.ByQuery), chromedp.Text("h1", &title, chromedp.ByQuery), chromedp.AttributeValue("a.yes", "href", &at, nil, chromedp.ByQuery))
	if title != "The payment is confirmed" || !strings.HasPrefix(at, shop.URL+"/shop/orders/"+order.ID+"?") || !strings.Contains(at, "redirect_status=succeeded") {
		t.Errorf("%q, back to %s", title, at)
	}
	w.inspect(t, "3ds done desk")
}

// What somebody types stays when a mail comes, which comes by itself; a mail that was opened is read; on a phone there is the list, or the mail.
func TestInbox(t *testing.T) {
	_, _, _ = bought(t.Context(), t)
	for _, s := range screens {
		t.Run("on a "+s.name, func(t *testing.T) { // one after the other, likewise
			w := open(t, s, shop.MailURL)
			const unread = `document.querySelectorAll('nav a.unread').length`
			var both, listAgain bool
			w.do(t, chromedp.Navigate(shop.MailURL), chromedp.Poll(unread+` > 0`, nil))
			w.inspect(t, "inbox "+s.name)
			w.do(t, chromedp.SendKeys("#query", "to:gil", chromedp.ByQuery), chromedp.Evaluate(`window.before = document.querySelectorAll('nav a').length`, nil))
			_, _, _ = bought(t.Context(), t)
			var typed, focused string
			w.do(t, chromedp.Poll(`document.querySelectorAll('nav a').length > before`, nil), chromedp.Value("#query", &typed, chromedp.ByQuery), chromedp.Evaluate(`document.activeElement.id`, &focused))
			if typed != "to:gil" || focused != "query" {
				t.Errorf("when a mail came %q was typed, and the place was %q", typed, focused)
			}
			w.do(t, chromedp.Click("nav a.unread", chromedp.ByQuery), chromedp.WaitVisible(".mail h2", chromedp.ByQuery),
				chromedp.Evaluate(`document.querySelector('nav').getClientRects().length > 0`, &both), chromedp.Poll(`!document.querySelector('nav a[aria-current]').matches('.unread')`, nil))
			if phone := s.width < 500; both == phone {
				t.Errorf("the list stands beside the mail: %v", both)
			}
			w.inspect(t, "inbox mail "+s.name)
			if !both {
				w.do(t, chromedp.Click(".back a", chromedp.ByQuery), chromedp.WaitVisible("nav a", chromedp.ByQuery), chromedp.Evaluate(`document.querySelector('.mail').getClientRects().length === 0`, &listAgain))
				if !listAgain {
					t.Error("the list is not alone again")
				}
			}
		})
	}
}

// The mail about an order shows what was ordered, in the inbox and by the pictures of the mart alone.
func TestMailsShowTheGoods(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	owner, err := shop.OwnerClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mug, err := client.Post[client.Product](ctx, owner, "/products", map[string]any{
		"sku": "PICTURED-" + client.NewKey().Value[:8], "name": "Mug with a picture", "price": client.Money{Amount: 1400, Currency: "EUR"}, "status": "published",
		"imageUrl": shop.URL + "/shop/pictures/mug-sea.svg",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Adjust(ctx, mug.ID, 5, "received"); err != nil {
		t.Fatal(err)
	}
	const email = "pictured@example.com"
	guest, order, err := client.New(shop.URL).OrderAsGuest(ctx, client.Guest{Email: email, Name: "Pia Pictured"}, client.Line{ProductID: mug.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	m, err := client.New(shop.MailURL).AwaitMail(ctx, email, func(m client.Mail) bool { return strings.Contains(m.Subject, order.Number) })
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range screens {
		w := open(t, s, shop.MailURL, shop.URL)
		var wide []int
		w.do(t, chromedp.Navigate(shop.MailURL+"/view/"+m.ID+".html"), chromedp.WaitVisible("img", chromedp.ByQuery), chromedp.Poll(`[...document.images].every(i => i.complete)`, nil),
			chromedp.Evaluate(`[...document.images].map(i => i.naturalWidth)`, &wide))
		if slices.Contains(wide, 0) {
			t.Errorf("pictures are broken: %v", wide)
		}
		w.do(t, chromedp.Navigate(shop.MailURL+"/mail/"+m.ID), chromedp.WaitVisible("iframe", chromedp.ByQuery))
		w.inspect(t, "inbox pictures "+s.name)
	}
}
