package pages

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// README's pictures are of a mart as it is when it is started for the first time, and of an order that was bought in it: make pictures.
func TestPicturesOfREADME(t *testing.T) { // nothing beside it: a browser draws only the window in front
	ctx := t.Context()
	mart, err := laptop.Start(ctx, laptop.Config{LogLevel: "error"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mart.Stop(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	buyer, _, err := client.New(mart.URL).Register(ctx, "ada@example.com", "Ada Lovelace", "nine quiet boats on tuesday")
	if err != nil {
		t.Fatal(err)
	}
	products, err := client.Get[client.Page[client.Product]](ctx, buyer, "/products?inStock=true&limit=2")
	if err != nil {
		t.Fatal(err)
	}
	address := client.Address("Ada Lovelace")
	lines := []client.Line{{ProductID: products.Items[0].ID, Quantity: 1}, {ProductID: products.Items[1].ID, Quantity: 2}}
	quote, err := buyer.Quote(ctx, address, lines...)
	if err != nil {
		t.Fatal(err)
	}
	order, err := buyer.OrderQuoted(ctx, address, quote.Choices[0].Quote, lines...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := buyer.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	s := screen{"desk", 1280, 860, false}
	front := open(t, s, mart.URL)
	front.do(t, chromedp.Navigate(mart.URL+"/shop"), chromedp.WaitVisible("main img", chromedp.ByQuery),
		chromedp.Poll(`[...document.querySelectorAll('main img')].slice(0, 4).every(i => i.complete && i.naturalWidth > 0)`, nil), chromedp.Poll(settled, nil))
	front.inspect(t, "readme shop")
	behind := open(t, s, mart.URL)
	behind.do(t, chromedp.Navigate(mart.URL+"/flow/"+order.Number), chromedp.WaitVisible("#enter", chromedp.ByQuery),
		chromedp.SendKeys("#email", mart.Owner.Email, chromedp.ByQuery), chromedp.SendKeys("#password", mart.Owner.Password+kb.Enter, chromedp.ByQuery),
		chromedp.WaitVisible("#steps button.mail", chromedp.ByQuery), chromedp.Poll(settled, nil))
	behind.inspect(t, "readme flow")
}
