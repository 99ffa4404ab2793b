package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/client"
)

// From the shelf to the door: an order goes out in two parts, of which each is told of once when it is sent and once when it has arrived.
func TestFromTheShelfToTheDoor(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	p, other := m.product(ctx, t, 5), m.product(ctx, t, 2)
	b := m.buyer(ctx, t)
	order, err := b.Order(ctx, "Ada", client.Line{ProductID: p.ID, Quantity: 2}, client.Line{ProductID: other.ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.owner.Fulfil(ctx, order.ID, "Post", "J1", client.Line{ProductID: p.ID, Quantity: 1})
	refused(t, client.Answer{}, err, http.StatusConflict, "order_not_fulfillable")
	if _, err := b.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order.ID, "paid")
	_, err = b.Fulfil(ctx, order.ID, "Post", "J1", client.Line{ProductID: p.ID, Quantity: 1})
	refused(t, client.Answer{}, err, http.StatusForbidden, "")

	sent, err := m.owner.Fulfil(ctx, order.ID, "Post", order.Number+" j", client.Line{ProductID: p.ID, Quantity: 1}, client.Line{ProductID: other.ID, Quantity: 1})
	if err != nil || sent.Status != "paid" || len(sent.Fulfilments) != 1 {
		t.Fatalf("%v: %+v", err, sent)
	}
	found, err := client.Get[client.Page[client.Order]](ctx, m.owner, "/orders?trackingNumber="+strings.ToLower(order.Number)+"J")
	if err != nil || len(found.Items) != 1 || found.Items[0].ID != order.ID {
		t.Errorf("by the number on its parcel: %v, %+v", err, found.Items)
	}
	_, err = m.owner.Fulfil(ctx, order.ID, "Post", "J2", client.Line{ProductID: p.ID, Quantity: 2})
	refused(t, client.Answer{}, err, http.StatusConflict, "not_left_to_send")
	refused(t, send(ctx, t, m.owner, http.MethodPost, "/orders/"+order.ID+"/cancellation", map[string]any{}, client.NewKey()), nil, http.StatusConflict, "order_not_cancellable")
	for path, nothing := range map[string]string{"/cancellation": "lines", "/fulfilments": "lines", "/delivery": "fulfilmentId"} { // is not all there is
		refused(t, send(ctx, t, m.owner, http.MethodPost, "/orders/"+order.ID+path, map[string]any{nothing: nil}, client.NewKey()), nil, http.StatusUnprocessableEntity, "invalid")
	}
	if arrived, err := m.owner.Deliver(ctx, order.ID, sent.Fulfilments[0].ID); err != nil || arrived.Status != "paid" {
		t.Fatalf("%v: %+v", err, arrived)
	}
	if sent, err = m.owner.Fulfil(ctx, order.ID, "", ""); err != nil || sent.Status != "fulfilled" {
		t.Fatalf("%v: %+v", err, sent)
	}
	if arrived, err := m.owner.Deliver(ctx, order.ID, ""); err != nil || arrived.Status != "delivered" {
		t.Fatalf("%v: %+v", err, arrived)
	}
	_, err = m.owner.Deliver(ctx, order.ID, "")
	refused(t, client.Answer{}, err, http.StatusConflict, "nothing_under_way")

	m.stock(ctx, t, p.ID, 3, 0)
	m.stock(ctx, t, other.ID, 1, 0)
	m.isDelivered(ctx, t, b, order)
}

// isDelivered checks what its customer sees of an order that went out in two parts, and gets by mail.
func (m mart) isDelivered(ctx context.Context, t *testing.T, b buyer, order client.Order) {
	t.Helper()
	seen := b.status(ctx, t, order.ID, "delivered")
	var steps []string
	for _, h := range seen.History {
		steps = append(steps, strings.TrimSpace(h.Status+" "+h.Action))
	}
	want := []string{"placed", "authorized", "paid", "paid sent", "paid delivered", "fulfilled sent", "delivered delivered"}
	if d := cmp.Diff(want, steps); d != "" {
		t.Error(d)
	}
	for _, l := range seen.Lines {
		if l.Shipped != l.Quantity || l.Delivered != l.Quantity {
			t.Errorf("a line is shown as %+v", l)
		}
	}
	if len(seen.Fulfilments) != 2 || seen.Fulfilments[0].TrackingNumber != order.Number+" j" || seen.Fulfilments[1].DeliveredAt == nil {
		t.Errorf("fulfilments: %+v", seen.Fulfilments)
	}
	subjects, known := map[string]int{}, map[string]bool{}
	count := func(mail client.Mail) bool { // there may be two copies of one
		if end, ours := strings.CutPrefix(mail.Subject, "Your order "+order.Number); ours && !known[mail.MessageID] {
			known[mail.MessageID] = true
			subjects[end]++
		}
		return len(known) == 5
	}
	if _, err := m.mail.AwaitMail(ctx, b.email, count); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff(map[string]int{"": 1, " is on its way": 2, " has arrived": 2}, subjects); d != "" {
		t.Errorf("distinct mails by what they say (-want +got):\n%s", d)
	}
}
