package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/poll"
)

// Whoever has no account is reminded of an order that they have not paid for, once, and pays it by the link in that mail. A cart that they could not order is
// told of once when it was left alone, and says nothing of whom it was to be for; one that became an order is not.
func TestStormGuestsAreReminded(t *testing.T) {
	s := newStorm(t, 9, func(c *laptop.Config) {
		c.Env["ORDER_REMIND_AFTER"], c.Env["CART_ABANDONED_AFTER"] = "1s", "1s"
	})
	gil, mug := guestCalled("Gil Guest"), s.products[0]
	s.guests = append(s.guests, gil.Email)
	_, order, err := s.api.OrderAsGuest(s.ctx, gil, client.Line{ProductID: mug.ID, Quantity: 2})
	if err != nil {
		t.Fatal(err)
	}
	bought := s.cartOf(t, mug.ID, 1)
	_, ordered, err := s.api.OrderCartAsGuest(s.ctx, bought, guestCalled("Pat"))
	if err != nil {
		t.Fatal(err)
	}
	left := s.cartOf(t, mug.ID, 1000)
	_, _, err = s.api.OrderCartAsGuest(s.ctx, left, gil)
	refused(t, client.Answer{}, err, http.StatusConflict, "out_of_stock")

	subject := "Your order " + order.Number + " waits to be paid"
	reminder := s.aMail(s.ctx, t, buyer{email: gil.Email}, subject)
	says(t, reminder, `<html lang="en">`, "We have your order", "2 × "+mug.Name)
	saysNot(t, reminder, gil.Name)
	linked := buyer{s.api.Opening(s.linkIn(s.ctx, t, gil.Email, subject, "orders/"+order.ID, map[string]bool{})), gil.Email, ""}
	if _, err := linked.Pay(s.ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	linked.status(s.ctx, t, order.ID, "paid")
	s.aMail(s.ctx, t, linked, "Your order "+order.Number)
	if n := s.distinctMails(t, gil.Email, subject); n != 1 {
		t.Errorf("%d reminders", n)
	}

	told := s.abandonments(t, left.ID)
	for _, r := range told {
		if r.cart == left.ID && strings.Contains(r.data, "guest") || strings.Contains(r.data, gil.Email) || strings.Contains(r.data, gil.Name) {
			t.Errorf("it says whom it was to be for: %s", r.data)
		}
		if r.cart == bought.ID && r.at.After(ordered.CreatedAt) {
			t.Errorf("a cart that was ordered at %v was told to be left alone at %v", ordered.CreatedAt, r.at)
		}
	}
	s.mustHold(t)
}

// cartOf is somebody's with so many of a product in it.
func (s *storm) cartOf(t *testing.T, product string, quantity int64) client.Cart {
	t.Helper()
	k, err := s.api.OpenCart(s.ctx)
	if err == nil {
		_, err = s.api.Put(s.ctx, k, product, quantity)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// distinctMails counts those to an address with a subject; of one there may be two copies.
func (s *storm) distinctMails(t *testing.T, to, subject string) int {
	t.Helper()
	all, err := s.mail.Mails(s.ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, m := range all {
		if m.Subject == subject {
			ids[m.MessageID] = true
		}
	}
	return len(ids)
}

// abandoned is that a cart was told to be left alone.
type abandoned struct {
	cart, data string
	at         time.Time
}

// abandonments waits until a cart is told to be left alone, and is all that is told of any.
func (s *storm) abandonments(t *testing.T, cart string) (told []abandoned) {
	t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	err := poll.Until(ctx, 100*time.Millisecond, func(ctx context.Context) (found bool, err error) {
		records, err := s.recordsOf(ctx, events.CartAbandoned.Topic())
		told = nil
		for _, r := range records {
			one := abandonedIn(t, r)
			told, found = append(told, one), found || one.cart == cart
		}
		return found, err
	})
	if err != nil {
		t.Fatalf("cart %s is not told of: %v", cart, err)
	}
	return told
}

func abandonedIn(t *testing.T, r *kgo.Record) abandoned {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, header(r, "ce_time"))
	if err != nil {
		t.Fatal(err)
	}
	return abandoned{header(r, "ce_subject"), string(r.Value), at}
}
