package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/client"
)

// From the door back to the shelf: two of three come back in two returns, one of which is refused at first. What can be sold again is on sale, its
// price is with the customer by the provider's word, and each step is told of by one mail.
func TestFromTheDoorBackToTheShelf(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 5)
	b, stranger := m.buyer(ctx, t), m.buyer(ctx, t)
	order := b.order(ctx, t, p.ID, 2)
	payment, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order.ID, "paid")
	line := func(n int64) client.Line { return client.Line{ProductID: p.ID, Quantity: n} }
	_, err = b.Return(ctx, order.ID, "too blue", line(1))
	refused(t, client.Answer{}, err, http.StatusConflict, "not_left_to_return")
	if _, err := m.owner.Fulfil(ctx, order.ID, "Post", "J1", line(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.owner.Deliver(ctx, order.ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err = stranger.Return(ctx, order.ID, "mine now", line(1))
	refused(t, client.Answer{}, err, http.StatusNotFound, "")
	asked, err := b.Return(ctx, order.ID, "too blue", line(1))
	if err != nil || len(asked.Returns) != 1 || asked.Returns[0].Status != "requested" || asked.Returns[0].Reason != "too blue" {
		t.Fatalf("%v: %+v", err, asked.Returns)
	}
	back := asked.Returns[0].ID
	_, err = b.Answer(ctx, order.ID, back, "approval", "")
	refused(t, client.Answer{}, err, http.StatusForbidden, "")
	if _, err = m.owner.Answer(ctx, order.ID, back, "refusal", "it was blue in the picture"); err != nil {
		t.Fatal(err)
	}
	if asked, err = b.Return(ctx, order.ID, "it leaks", line(2)); err != nil {
		t.Fatal(err)
	}
	back = asked.Returns[1].ID
	if _, err = m.owner.Answer(ctx, order.ID, back, "approval", "send it to the warehouse"); err != nil {
		t.Fatal(err)
	}
	came, err := m.owner.Receive(ctx, order.ID, back, client.Received{ProductID: p.ID, Quantity: 1, Restock: true}, client.Received{ProductID: p.ID, Quantity: 1})
	if err != nil || came.Status != "returned" || came.Returns[1].Refund == nil || came.Returns[1].Refund.Amount != order.Total {
		t.Fatalf("%v: %+v", err, came)
	}
	m.stock(ctx, t, p.ID, 4, 0)
	if _, err := client.Until(ctx, b.Client, "/payments/"+payment.ID, func(p client.Payment) bool { return p.Status == "refunded" }); err != nil {
		t.Fatal(err)
	}
	m.charged(ctx, t, payment.ID, 0)
	seen := b.status(ctx, t, order.ID, "returned")
	if l := seen.Lines[0]; l.Delivered != 2 || l.Returned != 2 || seen.Returns[0].Note != "it was blue in the picture" {
		t.Errorf("%+v %+v", l, seen.Returns)
	}
	backOf(ctx, t, b.Client, order, 2, order.Total)
	subjects, known := map[string]int{}, map[string]bool{}
	count := func(mail client.Mail) bool { // there may be two copies of one
		if strings.Contains(mail.Subject, order.Number) && !known[mail.MessageID] {
			known[mail.MessageID] = true
			subjects[strings.ReplaceAll(mail.Subject, order.Number, "M")]++
		}
		return len(known) == 9
	}
	if _, err := m.mail.AwaitMail(ctx, b.email, count); err != nil {
		t.Error(err)
	}
	want := map[string]int{
		"Your order M": 1, "Your order M is on its way": 1, "Your order M has arrived": 1, "What you send back of order M": 2, "Your return of order M is refused": 1,
		"You may send back goods of order M": 1, "Your return of order M has come": 1, "Your refund for order M": 1,
	}
	if d := cmp.Diff(want, subjects); d != "" {
		t.Errorf("distinct mails (-want +got):\n%s", d)
	}
}

// What cannot be sent is cancelled of an order that is paid: it is on sale again, its price goes back, and the rest is sent.
func TestAPartOfAnOrderIsCancelled(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p := m.product(ctx, t, 5)
	b := m.buyer(ctx, t)
	order := b.order(ctx, t, p.ID, 3)
	payment, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order.ID, "paid")
	line := client.Line{ProductID: p.ID, Quantity: 1}
	_, err = b.Cancel(ctx, order.ID, "", line)
	refused(t, client.Answer{}, err, http.StatusConflict, "order_not_cancellable")
	left, err := m.owner.Cancel(ctx, order.ID, "broken", line)
	if err != nil || left.Status != "paid" || left.Lines[0].Cancelled != 1 {
		t.Fatalf("%v: %+v", err, left)
	}
	backOf(ctx, t, m.owner, order, 1, *order.Lines[0].UnitPrice)
	if left, err = m.owner.Fulfil(ctx, order.ID, "", "", client.Line{ProductID: p.ID, Quantity: 2}); err != nil || left.Status != "fulfilled" {
		t.Fatalf("%v: %+v", err, left)
	}
	_, err = m.owner.Cancel(ctx, order.ID, "", line)
	refused(t, client.Answer{}, err, http.StatusConflict, "order_not_cancellable")
	m.stock(ctx, t, p.ID, 3, 0)
	if _, err := client.Until(ctx, b.Client, "/payments/"+payment.ID, func(p client.Payment) bool { return p.Status == "partially_refunded" }); err != nil {
		t.Fatal(err)
	}
	m.charged(ctx, t, payment.ID, 3998)
	says(t, m.aMail(ctx, t, b, "A part of your order "+order.Number+" is cancelled"), `<html lang="en">`, "1 × "+p.Name, "€19.99 go back to you", "The rest of your order stays as it is", "/orders/"+order.ID)
}

// backOf reads what is given back of an order's one line, on the line and in its last refund.
func backOf(ctx context.Context, t *testing.T, c client.Client, order client.Order, quantity int64, amount client.Money) {
	t.Helper()
	type back struct {
		Quantity int64        `json:"quantity"`
		Amount   client.Money `json:"amount"`
	}
	type part struct {
		Refund *struct {
			Lines []back `json:"lines"`
		} `json:"refund"`
	}
	got, err := client.Get[struct {
		Lines []struct {
			Refunded back `json:"refunded"`
		} `json:"lines"`
		Returns       []part `json:"returns"`
		Cancellations []part `json:"cancellations"`
	}](ctx, c, "/orders/"+order.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := back{quantity, amount}
	parts := append(got.Returns, got.Cancellations...)
	if last := parts[len(parts)-1].Refund; got.Lines[0].Refunded != want || last == nil || len(last.Lines) != 1 || last.Lines[0] != want {
		t.Errorf("of the line is given back %+v, by %+v, want %+v", got.Lines[0].Refunded, parts, want)
	}
}
