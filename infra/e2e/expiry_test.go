package e2e

import (
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// An order that nobody pays ends, and its stock is for sale again; so does one whose buyer never came back from 3-D Secure, and
// nothing was taken for it. Whoever has ordered with an account is told; a guest who was not told that the order waits is not: the address may be anybody's.
func TestStormUnpaidOrdersExpire(t *testing.T) {
	s := newStorm(t, 3, func(c *laptop.Config) {
		c.Settings = map[events.Function]map[string]string{events.DB: {"ORDER_TTL": "2s"}}
	})
	unpaid, abandoned, b := s.products[0], s.products[1], s.buyers[0]
	first := b.order(s.ctx, t, unpaid.ID, 3)
	second := b.order(s.ctx, t, abandoned.ID, 3)
	payment := b.pay(s.ctx, t, second.ID, "pm_card_authenticationRequired", "requires_action")
	s.stock(s.ctx, t, unpaid.ID, 3, 3)
	gerd := guestCalled("Gerd Gast")
	guest, third, err := s.api.OrderAsGuest(s.ctx, gerd, client.Line{ProductID: s.products[2].ID, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}

	b.status(s.ctx, t, first.ID, "expired")
	s.stock(s.ctx, t, unpaid.ID, 3, 0)
	b.status(s.ctx, t, second.ID, "expired")
	s.stock(s.ctx, t, abandoned.ID, 3, 0)
	s.charged(s.ctx, t, payment.ID, 0)
	g := buyer{guest, gerd.Email, ""}
	g.status(s.ctx, t, third.ID, "expired")
	s.stock(s.ctx, t, s.products[2].ID, 3, 0)
	says(t, s.aMail(s.ctx, t, b, "Your order "+first.Number+" has expired"), `<html lang="en">`, "nothing was charged")
	s.unmailed(s.ctx, t, gerd.Email, third)
	s.mustHold(t)
	s.mustHoldLate(t)
}
