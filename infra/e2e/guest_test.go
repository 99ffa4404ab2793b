package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// guestCalled is somebody without an account whom nobody else is.
func guestCalled(name string) client.Guest {
	return client.Guest{Email: unique("guest") + "@example.com", Name: name, Phone: "+493012345678"}
}

// Somebody without an account buys what is in their cart at what was quoted, pays, follows the link in the mail, gets the goods, sends one back and has
// its price again; staff find the order by their address.
func TestAGuestBuysWithoutAnAccount(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	c, gil := m.counter(ctx, t, "CZK", 5), guestCalled("Gil Guest")
	gil.Email = strings.ToUpper(gil.Email[:1]) + gil.Email[1:]
	k, err := m.api.OpenCart(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.api.Put(ctx, k, c.product.ID, 2); err != nil {
		t.Fatal(err)
	}
	quote := c.choice(ctx, t, client.Address(gil.Name), 2)
	body := map[string]any{"shippingAddress": client.Address(gil.Name), "guest": gil, "quote": quote.Quote}
	at, key := "/carts/"+k.ID+"/order", client.NewKey()
	guest, order, err := m.api.PlaceAsGuest(ctx, at, body, key, client.Secret(k.Secret))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&gil, order.Guest); d != "" || order.Total != quote.Total || order.CustomerID != "" {
		t.Errorf("placed %+v for %v (-want +got):\n%s", order, order.Total, d)
	}
	again, repeated, err := m.api.PlaceAsGuest(ctx, at, body, key, client.Secret(k.Secret))
	if err != nil || again.OrderToken != guest.OrderToken || repeated.ID != order.ID {
		t.Errorf("repeated: %v, %s for %s", err, repeated.ID, order.ID)
	}
	payment, err := guest.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	g := buyer{guest, gil.Email, ""}
	g.status(ctx, t, order.ID, "paid")

	page := "orders/" + order.ID
	linked := m.api.Opening(m.linkIn(ctx, t, gil.Email, "Your order "+order.Number, page, map[string]bool{}))
	read, a, err := client.Do[client.Order](ctx, linked, http.MethodGet, "/orders/"+order.Number, nil)
	if err != nil || read.ID != order.ID || strings.Contains(string(a.Body), "oken") || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("by the link: %v %s", err, a.Body)
	}
	g.Client = linked
	m.guestSendsBack(ctx, t, g, c, order, payment.ID)

	found, err := client.Get[client.Page[client.Order]](ctx, m.owner, "/orders?email="+url.QueryEscape(strings.ToUpper(gil.Email)))
	if err != nil || len(found.Items) != 1 || found.Items[0].ID != order.ID || *found.Items[0].Guest != gil {
		t.Errorf("by the address: %v, %+v", err, found.Items)
	}
}

// guestSendsBack is what comes after a guest has paid for two: staff send them, one comes back, and its price with it. Each step is told of once.
func (m mart) guestSendsBack(ctx context.Context, t *testing.T, g buyer, c counter, order client.Order, payment string) {
	t.Helper()
	if _, err := m.owner.Fulfil(ctx, order.ID, "Post", unique("J"), c.line(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.owner.Deliver(ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	asked, err := g.Return(ctx, order.ID, "too blue", c.line(1))
	if err != nil || len(asked.Returns) != 1 {
		t.Fatalf("%v: %+v", err, asked.Returns)
	}
	back := asked.Returns[0].ID
	if _, err := m.owner.Answer(ctx, order.ID, back, "approval", "send it"); err != nil {
		t.Fatal(err)
	}
	came, err := m.owner.Receive(ctx, order.ID, back, client.Received{ProductID: c.product.ID, Quantity: 1, Restock: true})
	if err != nil || came.Returns[0].Refund == nil {
		t.Fatalf("%v: %+v", err, came.Returns)
	}
	if _, err := client.Until(ctx, g.Client, "/payments/"+payment, func(p client.Payment) bool { return p.Status == "partially_refunded" }); err != nil {
		t.Fatal(err)
	}
	listed, err := client.Get[client.Page[client.Payment]](ctx, g.Client, "/payments")
	if err != nil || len(listed.Items) != 1 || listed.Items[0].ID != payment {
		t.Errorf("a guest's payments: %v %+v", err, listed.Items)
	}
	m.charged(ctx, t, payment, order.Total.Amount-came.Returns[0].Refund.Amount.Amount)
	m.stock(ctx, t, c.product.ID, 4, 0)
	subjects, known := map[string]int{}, map[string]bool{}
	if _, err := m.mail.AwaitMail(ctx, g.email, func(mail client.Mail) bool { // there may be two copies of one
		if strings.Contains(mail.Subject, order.Number) && !known[mail.MessageID] {
			known[mail.MessageID] = true
			subjects[strings.ReplaceAll(mail.Subject, order.Number, "M")]++
		}
		return len(known) == 7
	}); err != nil {
		t.Error(err)
	}
	want := map[string]int{
		"Your order M": 1, "Your order M is on its way": 1, "Your order M has arrived": 1, "What you send back of order M": 1,
		"You may send back goods of order M": 1, "Your return of order M has come": 1, "Your refund for order M": 1,
	}
	if d := cmp.Diff(want, subjects); d != "" {
		t.Errorf("distinct mails (-want +got):\n%s", d)
	}
}

// A guest who thinks better of it cancels by the order's token, and nobody is mailed of it: the address may be anybody's. Of what staff cancel they read in their own
// language.
func TestAGuestCancels(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, gerd := m.product(ctx, t, 3), guestCalled("Gerd Gast")
	gerd.Language = "de"
	guest, order, err := m.api.OrderAsGuest(ctx, gerd, client.Line{ProductID: p.ID, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	m.stock(ctx, t, p.ID, 3, 2)
	if gone, err := guest.Cancel(ctx, order.ID, "zu teuer"); err != nil || gone.Status != "cancelled" {
		t.Fatalf("%v %+v", err, gone)
	}
	m.stock(ctx, t, p.ID, 3, 0)
	read := string(send(ctx, t, guest, http.MethodGet, "/orders/"+order.ID, nil).Body)
	for _, theirs := range []string{gerd.Name, "zu teuer", client.Address(gerd.Name)["line1"], gerd.Phone} { // whoever reads it by the link may not have written it
		if strings.Contains(read, theirs) || !strings.Contains(read, gerd.Email) {
			t.Errorf("it shows %q, or not for whom it is: %s", theirs, read)
		}
	}
	_, second, err := m.api.OrderAsGuest(ctx, gerd, client.Line{ProductID: p.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.owner.Cancel(ctx, second.ID, ""); err != nil {
		t.Fatal(err)
	}
	mail, err := m.mail.AwaitMail(ctx, gerd.Email, func(mail client.Mail) bool { return strings.Contains(mail.Subject, second.Number) })
	if err != nil {
		t.Fatal(err)
	}
	says(t, mail, `<html lang="de">`, "Guten Tag", "/orders/"+second.ID+"#token="+second.ID+".")
	saysNot(t, mail, gerd.Name) // which anybody may have written: nobody has paid
	m.unmailed(ctx, t, gerd.Email, order)
}

// unmailed checks that nothing was mailed about an order.
func (m mart) unmailed(ctx context.Context, t *testing.T, to string, order client.Order) {
	t.Helper()
	all, err := m.mail.Mails(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, mail := range all {
		if strings.Contains(mail.Subject, order.Number) {
			t.Errorf("%s was mailed %q", to, mail.Subject)
		}
	}
}

// Whoever orders for somebody else's address and takes it back, again and again, has the shop write to it a few times and no more; another buyer, and
// whoever has paid, is not kept out.
func TestAStrangersMailboxIsNotFlooded(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, gil := m.product(ctx, t, 9), guestCalled("Gil")
	line := client.Line{ProductID: p.ID, Quantity: 1}
	guest, paid, err := m.api.OrderAsGuest(ctx, gil, line)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Pay(ctx, paid.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	buyer{guest, gil.Email, ""}.status(ctx, t, paid.ID, "paid")
	const most = 5 // ORDER_UNPAID_LIMIT
	for range most {
		guest, order, err := m.api.OrderAsGuest(ctx, gil, line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := guest.Cancel(ctx, order.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	gil.Email = strings.Replace(strings.ToUpper(gil.Email), "@", "+x@", 1)
	_, _, err = m.api.OrderAsGuest(ctx, gil, line)
	refused(t, client.Answer{}, err, http.StatusConflict, "too_many_unpaid_orders")
	if problem, is := errors.AsType[*client.Problem](err); is && !strings.Contains(problem.Detail, "try again in an hour") {
		t.Errorf("it says %q", problem.Detail)
	}
	if _, _, err := m.api.OrderAsGuest(ctx, guestCalled("Gil"), line); err != nil {
		t.Errorf("another address: %v", err)
	}
	m.stock(ctx, t, p.ID, 8, 1)
}

// What is asked once more under its key is answered as before, though it is written in other bytes: nothing is ordered twice.
func TestAGuestAsksAgainInOtherBytes(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, gil, key := m.product(ctx, t, 3), guestCalled("Gil"), client.NewKey()
	place := func(form string) (client.Client, client.Order) {
		t.Helper()
		address, err := json.Marshal(client.Address(gil.Name))
		if err != nil {
			t.Fatal(err)
		}
		body := strings.NewReplacer("LINES", fmt.Sprintf(`[{"productId":"%s","quantity":1}]`, p.ID), "ADDRESS", string(address), "GUEST", fmt.Sprintf(`{"email":"%s","name":"Gil"}`, gil.Email)).Replace(form)
		guest, order, err := m.api.PlaceAsGuest(ctx, "/orders", json.RawMessage(body), key)
		if err != nil {
			t.Fatal(err)
		}
		return guest, order
	}
	first, order := place(`{"lines":LINES,"shippingAddress":ADDRESS,"guest":GUEST}`)
	again, same := place("{\n  \"guest\": GUEST,\n  \"shippingAddress\": ADDRESS,\n  \"lin\\u0065s\": LINES\n}")
	if order.ID != same.ID || first.OrderToken != again.OrderToken {
		t.Errorf("%s is ordered, and then %s", order.ID, same.ID)
	}
	m.stock(ctx, t, p.ID, 3, 1)
}

// From one address, with however many invented mailboxes and fresh accounts, no more is held than the defaults say, of a shop's whole stock; whoever has confirmed
// an address orders on.
func TestStormOneAddressDoesNotEmptyAShop(t *testing.T) {
	needsItsOwnMart(t)
	ctx, cancel := context.WithTimeout(t.Context(), stormPatience)
	t.Cleanup(cancel)
	c := config()
	delete(c.Env, "ORDER_HOLD_NETWORK") // as somebody has it who sets nothing
	_, own, err := start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(own); err != nil {
			t.Error(err)
		}
	})
	m, err := seen(ctx, own)
	if err != nil {
		t.Fatal(err)
	}
	lamps, mugs := m.product(ctx, t, 1000), m.product(ctx, t, 1000)
	guest := func(product string, quantity int64) error {
		g := guestCalled("Eve")
		body := map[string]any{"lines": []client.Line{{ProductID: product, Quantity: quantity}}, "shippingAddress": client.Address(g.Name), "guest": g}
		_, _, err := m.api.PlaceAsGuest(ctx, "/orders", body, client.NewKey())
		return err
	}
	for range 2 {
		if err := guest(lamps.ID, 100); err != nil {
			t.Fatal(err)
		}
	}
	fresh, another := m.buyer(ctx, t), m.buyer(ctx, t)
	if _, err := fresh.Order(ctx, "Eve", client.Line{ProductID: mugs.ID, Quantity: 100}); err != nil {
		t.Fatal(err)
	}
	refused(t, client.Answer{}, guest(mugs.ID, 1), http.StatusConflict, "too_many_held")
	_, err = another.Order(ctx, "Eve", client.Line{ProductID: mugs.ID, Quantity: 1})
	refused(t, client.Answer{}, err, http.StatusConflict, "too_many_held")
	link := m.linkIn(ctx, t, another.email, "Welcome to Mart", "verify-email", map[string]bool{})
	if a := send(ctx, t, m.api, http.MethodPost, "/email-verifications/redemption", map[string]string{"token": link}); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if _, err := another.Order(ctx, "Ada", client.Line{ProductID: mugs.ID, Quantity: 1}); err != nil {
		t.Errorf("whose address is confirmed: %v", err)
	}
	m.stock(ctx, t, lamps.ID, 1000, 200)
	m.stock(ctx, t, mugs.ID, 1000, 101)
}

// Whoever is elsewhere orders, whatever others have left unpaid in their name, and however much others hold from where they are; and who has an account, from
// anywhere.
func TestStormGuestsAtTwoNetworks(t *testing.T) {
	m, _, ctx := ownMart(t, patience, func(c *laptop.Config) {
		c.Settings = map[events.Function]map[string]string{
			events.Gateway: {"TRUSTED_PROXIES": "127.0.0.0/8"}, events.DB: {"ORDER_UNPAID_LIMIT": "2", "ORDER_HOLD_TOTAL": "4", "ORDER_HOLD_NETWORK": "7"},
		}
	})
	p, gil := m.product(ctx, t, 50), guestCalled("Gil")
	place := func(at string, g client.Guest, quantity int64) (client.Client, client.Order, error) {
		body := map[string]any{"lines": []client.Line{{ProductID: p.ID, Quantity: quantity}}, "shippingAddress": client.Address(g.Name), "guest": g}
		return m.api.PlaceAsGuest(ctx, "/orders", body, client.NewKey(), client.Header{Name: "X-Forwarded-For", Value: at})
	}
	const here, there = "192.0.2.1", "192.0.2.2"
	for range 2 {
		guest, order, err := place(here, gil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := guest.Cancel(ctx, order.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := place(here, gil, 1)
	refused(t, client.Answer{}, err, http.StatusConflict, "too_many_unpaid_orders")
	if _, _, err := place(there, gil, 1); err != nil {
		t.Errorf("from where they are: %v", err)
	}
	_, _, err = place(here, guestCalled("Eve"), 5)
	refused(t, client.Answer{}, err, http.StatusConflict, "too_many_held")
	if _, _, err := place(here, guestCalled("Eve"), 4); err != nil {
		t.Fatal(err)
	}
	_, _, err = place(here, guestCalled("Eve"), 4)
	refused(t, client.Answer{}, err, http.StatusConflict, "too_many_held")
	if _, _, err := place(there, guestCalled("Pat"), 4); err != nil {
		t.Errorf("at another network: %v", err)
	}
	b := m.buyer(ctx, t)
	if _, err := b.Order(ctx, "Ada", client.Line{ProductID: p.ID, Quantity: 4}); err != nil {
		t.Errorf("with an account: %v", err)
	}
	m.stock(ctx, t, p.ID, 50, 13)
}

// Somebody tries stolen cards from one address, each with a guest, a mailbox or an account of its own, and is stopped; what they write into X-Forwarded-For is nobody's
// address, and whoever pays from elsewhere pays.
func TestStormStolenCardsFromOneNetwork(t *testing.T) {
	m, _, ctx := ownMart(t, patience, func(c *laptop.Config) {
		c.Settings = map[events.Function]map[string]string{
			events.Gateway: {"TRUSTED_PROXIES": "127.0.0.1/32"}, events.DB: {"PAYMENT_DECLINED_NETWORK": "3"},
		}
	})
	p := m.product(ctx, t, 50)
	line := client.Line{ProductID: p.ID, Quantity: 1}
	guest := func() (client.Client, client.Order) {
		g, order, err := m.api.OrderAsGuest(ctx, guestCalled("Eve"), line)
		if err != nil {
			t.Fatal(err)
		}
		return g, order
	}
	forwarded := func(chain string) client.Header { return client.Header{Name: "X-Forwarded-For", Value: chain} }
	const here, there = "192.0.2.1", "192.0.2.2"
	declined := func(by client.Client, order client.Order) {
		if payment, err := by.Pay(ctx, order.ID, "pm_card_chargeDeclined", forwarded(here)); err != nil || payment.Status != "declined" {
			t.Fatalf("%v %v", payment, err)
		}
	}
	for range 2 {
		declined(guest())
	}
	fresh := m.buyer(ctx, t)
	order, err := fresh.Order(ctx, "Eve", line)
	if err != nil {
		t.Fatal(err)
	}
	declined(fresh.Client, order)
	last, itsOrder := guest()
	_, err = last.Pay(ctx, itsOrder.ID, "pm_card_visa", forwarded(here))
	refused(t, client.Answer{}, err, http.StatusConflict, "too_many_declined_payments")
	_, err = last.Pay(ctx, itsOrder.ID, "pm_card_visa", forwarded("198.51.100.7, "+here))
	refused(t, client.Answer{}, err, http.StatusConflict, "too_many_declined_payments")
	if payment, err := last.Pay(ctx, itsOrder.ID, "pm_card_visa", forwarded(there)); err != nil || payment.Status != "captured" {
		t.Errorf("from elsewhere: %v %v", payment, err)
	}
}

// Whoever has not the token of an order is told that there is none, in the same words: with another's, with one that is altered, with their own account.
func TestStrangersAtAGuestsOrder(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, b := m.product(ctx, t, 9), m.buyer(ctx, t)
	line := client.Line{ProductID: p.ID, Quantity: 1}
	guest, order, err := m.api.OrderAsGuest(ctx, guestCalled("Gil"), line)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := m.api.OrderAsGuest(ctx, guestCalled("Eve"), line)
	if err != nil {
		t.Fatal(err)
	}
	payment, err := guest.Pay(ctx, order.ID, "pm_card_authenticationRequired")
	if err != nil {
		t.Fatal(err)
	}
	end := len(guest.OrderToken) - 1
	altered := guest.OrderToken[:end] + map[bool]string{true: "0", false: "1"}[guest.OrderToken[end] != '0']
	mine := client.Line{ProductID: p.ID, Quantity: 1}
	for name, c := range map[string]client.Client{"another's token": other, "an altered token": m.api.Opening(altered), "no token at all": m.api.Opening("x"), "an account": b.Client} {
		for _, ask := range []struct {
			method, path string
			body         any
		}{
			{http.MethodGet, "/orders/%s", nil},
			{http.MethodPost, "/orders/%s/cancellation", map[string]any{}},
			{http.MethodPost, "/orders/%s/returns", map[string]any{"lines": []client.Line{mine}}},
			{http.MethodPost, "/payments", nil}, // of the order
		} {
			told := make([]string, 0, 2)
			for _, id := range []string{order.ID, uuid.NewString()} {
				path, body := strings.ReplaceAll(ask.path, "%s", id), ask.body
				if ask.path == "/payments" {
					body = map[string]string{"orderId": id, "paymentMethod": "pm_card_visa"}
				}
				a := send(ctx, t, c, ask.method, path, body, client.NewKey())
				refused(t, a, nil, http.StatusNotFound, "not_found")
				told = append(told, strings.ReplaceAll(a.Problem("").Detail, id, "ID"))
			}
			if told[0] != told[1] {
				t.Errorf("%s, %s %s: of an order that there is %q, else %q", name, ask.method, ask.path, told[0], told[1])
			}
		}
		numbered := send(ctx, t, c, http.MethodGet, "/orders/"+order.Number, nil)
		refused(t, numbered, nil, http.StatusNotFound, "not_found")
		if detail := numbered.Problem("").Detail; detail != "There is no order "+order.Number+"." {
			t.Errorf("%s, by its number: %s", name, detail)
		}
		refused(t, send(ctx, t, c, http.MethodGet, "/payments/"+payment.ID, nil), nil, http.StatusNotFound, "not_found")
		if listed, err := client.Get[client.Page[client.Payment]](ctx, c, "/payments?orderId="+order.ID); err != nil || len(listed.Items) != 0 {
			t.Errorf("%s lists payments: %v %+v", name, err, listed.Items)
		}
	}
	for _, path := range []string{"/orders", "/orders/" + order.ID + "/notes", "/customers/me"} {
		refused(t, send(ctx, t, guest, http.MethodGet, path, nil), nil, http.StatusUnauthorized, "token_required")
	}
	refused(t, send(ctx, t, guest, http.MethodPost, "/orders/"+order.ID+"/fulfilments", map[string]any{"lines": []client.Line{mine}}, client.NewKey()), nil, http.StatusUnauthorized, "token_required")
	refused(t, send(ctx, t, m.api, http.MethodGet, "/orders/"+order.ID, nil), nil, http.StatusUnauthorized, "token_required")
}

// An order is placed by somebody who is logged in or says who they are, and not by both.
func TestWhoMayOrder(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, b := m.product(ctx, t, 3), m.buyer(ctx, t)
	k, err := m.api.OpenCart(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.api.Put(ctx, k, p.ID, 1); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/orders", "/carts/" + k.ID + "/order"} {
		body := func(guest any) map[string]any {
			all := map[string]any{"shippingAddress": client.Address("Gil"), "guest": guest}
			if path == "/orders" {
				all["lines"] = []client.Line{{ProductID: p.ID, Quantity: 1}}
			}
			return all
		}
		ask := func(c client.Client, guest any) client.Answer {
			return send(ctx, t, c, http.MethodPost, path, body(guest), client.NewKey(), client.Secret(k.Secret))
		}
		refused(t, ask(b.Client, guestCalled("Gil")), nil, http.StatusUnprocessableEntity, "guest_with_token")
		refused(t, ask(m.owner, guestCalled("Gil")), nil, http.StatusForbidden, "forbidden")
		refused(t, ask(m.api, nil), nil, http.StatusUnauthorized, "token_required")
		faulty := ask(m.api, client.Guest{Email: "nobody", Phone: "1"})
		refused(t, faulty, nil, http.StatusUnprocessableEntity, "invalid")
		for _, at := range []string{"body.guest.email", "body.guest.name", "body.guest.phone"} {
			if !strings.Contains(string(faulty.Body), `"`+at+`"`) {
				t.Errorf("%s: nothing is said of %s: %s", path, at, faulty.Body)
			}
		}
	}
	refused(t, send(ctx, t, m.api, http.MethodPost, "/carts/"+k.ID+"/order", map[string]any{"shippingAddress": client.Address("Gil"), "guest": guestCalled("Gil")}, client.NewKey(), client.Secret("x")), nil, http.StatusNotFound, "not_found")
	m.stock(ctx, t, p.ID, 3, 0)
}

// An order whose guest does not wait for it is found at the operation by the token that came with it, and by nobody else.
func TestAGuestWhoDoesNotWait(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 3)
	body := map[string]any{"lines": []client.Line{{ProductID: p.ID, Quantity: 1}}, "shippingAddress": client.Address("Gil"), "guest": guestCalled("Gil")}
	guest, order, err := m.api.PlaceAsGuest(ctx, "/orders", body, client.NewKey(), client.Prefer("respond-async"))
	if err != nil || order.Status != "placed" {
		t.Fatalf("%v %+v", err, order)
	}
	a := send(ctx, t, m.api, http.MethodPost, "/orders", body, client.NewKey(), client.Prefer("respond-async"))
	if a.Status != http.StatusAccepted {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if read, err := client.Get[client.Order](ctx, guest, "/orders/"+order.ID); err != nil || read.ID != order.ID {
		t.Errorf("%v %+v", err, read)
	}
	if _, err := client.Until(ctx, m.owner, "/stock/"+p.ID, func(s client.Stock) bool { return s.Reserved == 2 }); err != nil {
		t.Fatal(err)
	}
	refused(t, send(ctx, t, guest, http.MethodGet, a.Header.Get("Location"), nil), nil, http.StatusNotFound, "not_found")
}

// Staff forget who has bought without an account: nothing opens the order any more, what was not paid is cancelled, and what is on its way goes on.
func TestAGuestIsErased(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, gil := m.product(ctx, t, 5), guestCalled("Gil")
	guest, order, err := m.api.OrderAsGuest(ctx, gil, client.Line{ProductID: p.ID, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	_, unpaid, err := m.api.OrderAsGuest(ctx, gil, client.Line{ProductID: p.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guest.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	buyer{guest, gil.Email, ""}.status(ctx, t, order.ID, "paid")
	b := m.buyer(ctx, t)
	customers := b.order(ctx, t, p.ID, 1)
	refused(t, send(ctx, t, m.owner, http.MethodDelete, "/orders/"+customers.ID+"/guest", nil), nil, http.StatusNotFound, "not_found")
	for _, id := range []string{order.ID, unpaid.ID} {
		at := fmt.Sprintf("/orders/%s/guest", id)
		refused(t, send(ctx, t, guest, http.MethodDelete, at, nil), nil, http.StatusUnauthorized, "token_required")
		refused(t, send(ctx, t, b.Client, http.MethodDelete, at, nil), nil, http.StatusForbidden, "forbidden")
		if a := send(ctx, t, m.owner, http.MethodDelete, at, nil); a.Status != http.StatusNoContent {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		refused(t, send(ctx, t, m.owner, http.MethodDelete, at, nil), nil, http.StatusNotFound, "not_found")
	}
	refused(t, send(ctx, t, guest, http.MethodGet, "/orders/"+order.ID, nil), nil, http.StatusNotFound, "not_found")
	refused(t, send(ctx, t, guest, http.MethodGet, "/orders/"+uuid.NewString(), nil), nil, http.StatusNotFound, "not_found")
	if seen, err := client.Get[client.Order](ctx, m.owner, "/orders/"+unpaid.ID); err != nil || seen.Status != "cancelled" {
		t.Errorf("what was not paid: %v %+v", err, seen)
	}
	if _, err := m.owner.Fulfil(ctx, order.ID, "Post", unique("J"), client.Line{ProductID: p.ID, Quantity: 2}); err != nil {
		t.Fatal(err)
	}
	if arrived, err := m.owner.Deliver(ctx, order.ID, ""); err != nil || arrived.Status != "delivered" {
		t.Fatalf("%v %+v", err, arrived)
	}
	m.stock(ctx, t, p.ID, 3, 1)
}
