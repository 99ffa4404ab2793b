package pages

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/infra/client"
)

// drawn tells that a room of the office is there, with what it shows, and that nothing moves any more.
const drawn = `document.body.dataset.shown !== undefined && ` + settled

// logIn goes to a room of the office, through its door.
func (w *window) logIn(t *testing.T, room, email, password string) {
	t.Helper()
	w.do(t, chromedp.Navigate(shop.URL+room), chromedp.WaitVisible("#enter", chromedp.ByQuery), chromedp.SendKeys("#email", email, chromedp.ByQuery),
		chromedp.SendKeys("#password", password+kb.Enter, chromedp.ByQuery), chromedp.Poll(drawn, nil))
}

// press clicks what has the id as soon as it is there.
func (w *window) press(t *testing.T, id string) {
	t.Helper()
	w.await(t, fmt.Sprintf(`(() => { const b = document.getElementById(%q); b?.focus(); b?.click(); return Boolean(b); })()`, id))
}

// await waits until something is so, on the page that is there then: one that somebody has left cannot tell, and one that is kept for the way
// back stands still.
func (w *window) await(t *testing.T, so string) {
	t.Helper()
	look := `new Promise(done => {
		const is = () => { try { return ` + so + ` } catch { return false } };
		const look = () => is() ? done(true) : requestAnimationFrame(look);
		look();
	})`
	for {
		ctx, cancel := context.WithTimeout(w.ctx, 2*time.Second)
		err := chromedp.Run(ctx, chromedp.Evaluate(look, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		cancel()
		gone, ok := errors.AsType[*cdproto.Error](err)
		switch {
		case err == nil:
			return
		case w.ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) && (!ok || gone.Code != -32000):
			t.Fatalf("%v: it never is so that %s", err, so)
		}
	}
}

// fill writes into a field of the dialog, instead of what stands there.
func (w *window) fill(t *testing.T, name, text string) {
	t.Helper()
	field := fmt.Sprintf(`#dialog [name=%q]`, name)
	w.do(t, chromedp.WaitVisible(field, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).select?.()`, field), nil), chromedp.SendKeys(field, text, chromedp.ByQuery))
}

// says is what the dialog says will happen.
func (w *window) says(t *testing.T) (sentence string) {
	t.Helper()
	w.do(t, chromedp.Text("#dialog-says", &sentence, chromedp.ByQuery))
	return sentence
}

// agree confirms the dialog, twice as fast fingers do, and waits until it is done.
func (w *window) agree(t *testing.T) {
	t.Helper()
	w.await(t, `(() => { const b = document.getElementById('dialog-go'); b?.focus(); b?.click(); b?.click(); return Boolean(b); })()`)
	w.await(t, `!document.getElementById('dialog')`)
}

func shows(text string) string {
	return fmt.Sprintf(`document.getElementById('room').innerText.includes(%q)`, text)
}

// hire is a member of staff with a role, and how they log in.
func hire(ctx context.Context, t *testing.T, role string) (email, password string) {
	t.Helper()
	owner, err := shop.OwnerClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	email, password = role+"-"+client.NewKey().Value[:8]+"@example.com", "nine quiet boats on tuesday"
	if _, err := client.Post[client.Meta](ctx, owner, "/users", map[string]any{"email": email, "name": "Sam " + role, "roles": []string{role}, "password": password}, client.NewKey()); err != nil {
		t.Fatal(err)
	}
	return email, password
}

type refund struct {
	Amount client.Money `json:"amount"`
	Status string       `json:"status"`
	Reason string       `json:"reason"`
}

// euros is an amount as the browser of these tests writes it.
func euros(m client.Money) string { return fmt.Sprintf("€%d.%02d", m.Amount/100, m.Amount%100) }

// taxed is a paid order of three pieces to which a tax was added that no piece carries a third of.
func taxed(ctx context.Context, t *testing.T) client.Order {
	t.Helper()
	owner := ownerOf(ctx, t)
	class := "seen-" + client.NewKey().Value[:8]
	rate := map[string]any{"name": "Sales tax", "country": "PT", "taxClass": class, "rate": 8_375, "included": false, "validFrom": "2026-01-01T00:00:00Z"}
	if _, err := client.Post[client.Meta](ctx, owner, "/tax-rates", rate, client.NewKey()); err != nil {
		t.Fatal(err)
	}
	lamp := map[string]any{"sku": strings.ToUpper(class), "name": "Lamp", "price": client.Money{Amount: 1999, Currency: "EUR"}, "status": "published", "taxClass": class}
	product, err := client.Post[client.Product](ctx, owner, "/products", lamp, client.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Adjust(ctx, product.ID, 5, "received"); err != nil {
		t.Fatal(err)
	}
	guest, order, err := client.New(shop.URL).OrderAsGuest(ctx, client.Guest{Email: "gil@example.com", Name: "Gil Guest"}, client.Line{ProductID: product.ID, Quantity: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	if len(order.Taxes) != 1 || order.Total.Amount != 3*1999+502 {
		t.Fatalf("the order is taxed by %+v and costs %s", order.Taxes, order.Total)
	}
	return order
}

func ownerOf(ctx context.Context, t *testing.T) client.Client {
	t.Helper()
	owner, err := shop.OwnerClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return owner
}

type payment struct {
	client.Payment
	Refunds []refund `json:"refunds"`
}

func paymentOf(ctx context.Context, t *testing.T, order string) payment {
	t.Helper()
	page, err := client.Get[client.Page[payment]](ctx, ownerOf(ctx, t), "/payments?orderId="+order)
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v %v", page, err)
	}
	return page.Items[0]
}

// reload loads the page again, after a script has run in it.
func (w *window) reload(t *testing.T, script string) {
	t.Helper()
	w.do(t, chromedp.Evaluate(script+`; document.body.id = 'before'; location.reload()`, nil))
	w.await(t, `document.body?.id === ''`)
}

// faultless forgets what the browser has logged until now, where it logs that a request was refused and that is what was to be seen.
func (w *window) faultless() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
}
