package e2e

import (
	"net/http"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// Each event travels on a topic of its own, so one may be much later than what came after it. The later comes first here, wherever a
// function reacts to both: that an order was paid is heard of when it has been cancelled and its money given back; that a payment is to be let
// go, when it has been authorised since. Money, stock and mails end as they must.
func TestStormTheLaterEventComesFirst(t *testing.T) {
	h := newPaused(t)
	s := newStorm(t, 3, func(c *laptop.Config) { c.Deliver = h.deliver })
	t.Run("paid after cancelled", func(t *testing.T) { s.paidAfterCancelled(t, h) })
	t.Run("let go before it was authorized", func(t *testing.T) { s.authorizedBeforeLetGo(t, h) })
	s.mustHold(t)
	for payment, sums := range s.own.Payments.Ledger().ByPayment {
		if sums.Captured != sums.Refunded {
			t.Errorf("payment %s: %d was taken and %d given back, of an order that was cancelled", payment, sums.Captured, sums.Refunded)
		}
	}
	s.stock(s.ctx, t, s.products[0].ID, 3, 0)
}

func (s *storm) paidAfterCancelled(t *testing.T, h *paused) {
	t.Helper()
	paid := map[arrival]int{{events.Inventory, events.OrderPaid.Type()}: 1, {events.Notification, events.OrderPaid.Type()}: 1}
	h.only(keysOf(paid)...)
	b := s.buyers[0]
	order := b.order(s.ctx, t, s.products[0].ID, 1)
	b.pay(s.ctx, t, order.ID, "pm_card_visa", "captured")
	order = b.status(s.ctx, t, order.ID, "paid")
	h.mustWait(s.ctx, t, paid)
	s.cancel(t, s.owner, order.ID)
	h.mustPass(s.ctx, t, map[arrival]int{
		{events.Inventory, events.OrderCancelled.Type()}: 1, {events.Notification, events.OrderCancelled.Type()}: 1,
		{events.Notification, events.PaymentRefunded.Type()}: 1,
	})
	h.release()
	h.mustPass(s.ctx, t, paid)
	s.delivered(t)
	s.stock(s.ctx, t, s.products[0].ID, 3, 0)
	all, err := s.mail.Mails(s.ctx, b.email)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, m := range all {
		if before, twice := ids[m.Subject]; twice && before != m.MessageID {
			t.Errorf("two mails say %q", m.Subject)
		}
		ids[m.Subject] = m.MessageID
	}
}

func (s *storm) authorizedBeforeLetGo(t *testing.T, h *paused) {
	t.Helper()
	void, told := arrival{events.Payment, events.PaymentVoidRequested.Type()}, arrival{events.DB, events.RecordPayment.Type()}
	h.only(void)
	b := s.buyers[1]
	order := b.order(s.ctx, t, s.products[0].ID, 1)
	payment := b.pay(s.ctx, t, order.ID, "pm_card_authenticationRequired", "requires_action")
	s.cancel(t, b.Client, order.ID)
	h.mustWait(s.ctx, t, map[arrival]int{void: 1})
	before := h.count(told)
	visit(s.ctx, t, payment, "complete") // of which db hears from the provider
	h.mustPass(s.ctx, t, map[arrival]int{told: before + 1})
	h.release()
	voided := func(p client.Payment) bool { return p.Status == "voided" }
	if _, err := client.Until(s.ctx, b.Client, "/payments/"+payment.ID, voided); err != nil {
		t.Fatal(err)
	}
	h.mustPass(s.ctx, t, map[arrival]int{void: 1})
	s.delivered(t)
	if p, err := client.Get[client.Payment](s.ctx, b.Client, "/payments/"+payment.ID); err != nil || !voided(p) {
		t.Errorf("the payment that was let go is %s: %v", p.Status, err)
	}
}

// cancel ends an order.
func (s *storm) cancel(t *testing.T, by client.Client, order string) {
	t.Helper()
	answered(t, send(s.ctx, t, by, http.MethodPost, "/orders/"+order+"/cancellation", map[string]any{"reason": "out of business"}, client.NewKey()), http.StatusOK)
}

func keysOf(all map[arrival]int) (keys []arrival) {
	for a := range all {
		keys = append(keys, a)
	}
	return keys
}
