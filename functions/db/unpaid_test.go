package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// unproven is a market in which so many orders of an address may be unpaid that nobody has shown to be theirs.
func unproven(t *testing.T, limit int) *market {
	t.Helper()
	return newMarket(t, func(o *inbox.Options) { o.Limits.Unproven = limit })
}

// cancels places an order for a guest and takes it back.
func (m *market) cancels(email, product string) {
	m.t.Helper()
	order, by := m.guest(email, one(product))
	m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(by))
}

// However orders for an address end, so many of them an hour are not paid and no more, and nobody is told how many there were, nor when. What is paid
// counts against nobody.
func TestUnpaid_AStrangerIsMailedNoMore(t *testing.T) {
	t.Parallel()
	m := unproven(t, 3)
	product := m.product(20)
	m.cancels("gil@example.com", product)
	expired, _ := m.guest("GIL@example.com", one(product))
	m.elapse(expired)
	m.must(expire(expired))
	paid, by := m.guest("gil@example.com", one(product))
	payment := m.pay(by, paid)
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	m.cancels("gil@EXAMPLE.com", product)

	problem := m.do(asGuest(m.keys, events.NewID(), "gil@example.com", one(product))).Problem
	if problem == nil || problem.Code != "too_many_unpaid_orders" || strings.ContainsAny(problem.Detail, "0123456789") || !strings.Contains(problem.Detail, "in an hour") {
		t.Errorf("the fourth that is not paid: %v", problem)
	}
	cart := events.NewID()
	m.must(events.OpenCart.New(cart, keyed("s")).AskedBy(nobody))
	m.must(put(cart, product, 1, "s").AskedBy(nobody))
	m.refused("too_many_unpaid_orders", cartAsGuest(m.keys, cart, "s", "gil@example.com", one(product).Lines...))
	m.cancels("eve@example.com", product)
	m.exec(`update orders set created_at = created_at - interval '1 hour' where id = $1`, expired)
	m.cancels("gil@example.com", product)
	m.refused("too_many_unpaid_orders", asGuest(m.keys, events.NewID(), "gil@example.com", one(product)))
}

// A customer is bounded as a guest is until they have confirmed their address.
func TestUnpaid_WhoeverHasConfirmedTheirAddressMay(t *testing.T) {
	t.Parallel()
	m := unproven(t, 2)
	product, by := m.product(20), m.buyer()
	for range 2 {
		m.must(events.CancelOrder.New(m.order(by, one(product)), events.OrderReason{}).AskedBy(by))
	}
	problem := m.do(events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(by)).Problem
	if problem == nil || problem.Code != "too_many_unpaid_orders" || !strings.Contains(problem.Detail, "confirm your e-mail address") {
		t.Errorf("the third: %v", problem)
	}
	m.exec(`update customer set email_verified = true where id = $1`, by.ID)
	m.order(by, one(product))
}

// Of many orders for an address at one moment, on two replicas and in any batches, no more are placed than of those that come one after another.
func TestUnpaid_ManyAtOnce(t *testing.T) {
	t.Parallel()
	m := unproven(t, 3)
	stores := []*inbox.Store{m.store, m.replica(func(o *inbox.Options) { o.Limits = m.store.Limits })}
	got, products := map[string]int{}, make([]string, 16)
	for i := range products { // each of its own: nobody waits for another's stock
		products[i] = m.product(100)
	}
	for range 4 { // else it is seldom that two look at the same moment
		email := events.NewID() + "@example.com"
		for _, outcome := range atOnce(len(products), func(i int) string {
			e := m.command(asGuest(m.keys, events.NewID(), email, one(products[i])))
			s := stores[i%2]
			if err := s.Apply(t.Context(), e); err != nil {
				return err.Error()
			}
			return code(m.outcome(s, e))
		}) {
			got[outcome]++
		}
	}
	if diff := cmp.Diff(map[string]int{"": 12, "too_many_unpaid_orders": 52}, got); diff != "" {
		t.Errorf("of 16 each for four addresses (-want +got):\n%s", diff)
	}
}

// What was decided long ago is decided once more after a restore, hours in moments: none of it is refused for its haste.
func TestUnpaid_DecidedOnceMore(t *testing.T) {
	t.Parallel()
	m := unproven(t, 1)
	product := m.product(20)
	for _, ago := range []time.Duration{3 * time.Hour, 2 * time.Hour, time.Hour} {
		order := events.NewID()
		e := m.commandAt(asGuest(m.keys, order, "gil@example.com", one(product)), time.Now().Add(-ago))
		if err := m.store.Apply(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if got := code(m.outcome(m.store, e)); got != "" {
			t.Errorf("%s ago: %s", ago, got)
		}
		m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(events.Guest(order)))
	}
	m.refused("too_many_unpaid_orders", asGuest(m.keys, events.NewID(), "gil@example.com", one(product)))
}

// What one buyer holds of a product without having paid for it is bounded, over all their orders: it is free again when one ends, and no matter
// once it is paid. Of a guest it is the address that counts.
func TestUnpaid_NobodyHoldsTheShelf(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.Held = 5 })
	product, by := m.product(100), m.buyer()
	mugs := func(n int64) events.Cart { return cartOf(events.OrderItem{ProductID: product, Quantity: n}) }
	problem := m.do(events.PlaceOrder.New(events.NewID(), mugs(6)).AskedBy(by)).Problem
	want := []events.FieldError{{Location: "body.lines[0].quantity", Message: "at most 5 of a product are held until they are paid for, in all unpaid orders together"}}
	if problem == nil || problem.Code != "too_many_held" {
		t.Fatalf("six at once: %v", problem)
	}
	if diff := cmp.Diff(want, problem.Errors); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		order func(n int64) (id string, by events.Principal)
		more  func(n int64) events.Outgoing
	}{
		"a customer": {
			func(n int64) (string, events.Principal) { return m.order(by, mugs(n)), by },
			func(n int64) events.Outgoing { return events.PlaceOrder.New(events.NewID(), mugs(n)).AskedBy(by) },
		},
		"a guest": {
			func(n int64) (string, events.Principal) { return m.guest("gil@example.com", mugs(n)) },
			func(n int64) events.Outgoing { return asGuest(m.keys, events.NewID(), "GIL@example.com", mugs(n)) },
		},
	} {
		first, by := c.order(3)
		m.order(m.buyer(), mugs(5)) // somebody else's are their own matter
		second, payer := c.order(1)
		m.refused("too_many_held", c.more(2))
		m.must(events.CancelOrder.New(first, events.OrderReason{}).AskedBy(by))
		third, _ := c.order(4)
		m.refused("too_many_held", c.more(1))
		payment := m.pay(payer, second)
		m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
		m.refused("too_many_held", c.more(1))
		m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
		m.must(c.more(1))
		m.elapse(third)
		m.must(expire(third))
		if got := code(m.do(c.more(4))); got != "" {
			t.Errorf("%s, when an order has expired: %s", name, got)
		}
	}
}

// Who is greeted by name: whoever has shown that the address is theirs, or has paid. Nobody else has the shop deliver what they write in a name.
func TestMail_GreetsByNameWhoIsKnown(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, by, staff := m.product(20), m.buyer(), m.clerk
	unpaid, guest := m.guest("gil@example.com", one(product))
	ended, eve := m.guest("eve@example.com", one(product))
	m.must(events.CancelOrder.New(ended, events.OrderReason{}).AskedBy(eve))
	bought, _ := m.bought(by, product)
	waits := m.order(by, one(product))
	paid, payer := m.guest("pat@example.com", one(product))
	payment := m.pay(payer, paid)
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	named := func(n events.NotificationClaim) string {
		t.Helper()
		n.Token, n.LeaseSeconds = events.NewID(), 60
		mail := events.NewID()
		m.must(events.ClaimNotification.New(mail, n))
		got, err := getNotification(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: mail}})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(n.Kind, " by name: ", !got.Name.IsZero())
	}
	about := func(kind events.NotificationKind, who, order string) string {
		t.Helper()
		return named(events.NotificationClaim{Kind: kind, CustomerID: who, OrderID: order})
	}
	got := []string{
		about(events.OrderReminder, guest.ID, unpaid), about(events.OrderCancellation, eve.ID, ended), about(events.OrderConfirmation, payer.ID, paid),
		about(events.OrderReminder, by.ID, waits), about(events.OrderConfirmation, by.ID, bought), about(events.LoginWarning, by.ID, ""),
		named(events.NotificationClaim{Kind: events.LoginWarning, UserID: staff.ID}),
	}
	m.exec(`update customer set email_verified = true where id = $1`, by.ID)
	got = append(got, about(events.OrderReminder, by.ID, waits), about(events.LoginWarning, by.ID, ""))
	m.must(events.RequestEmailChange.New(events.NewID(), events.EmailChange{Email: events.NewPersonal("other@example.com"), TokenHash: "h", ResetHash: "r"}).AskedBy(by))
	var change string
	if err := m.owner.QueryRow(t.Context(), `select id::text from email_verification where customer_id = $1`, by.ID).Scan(&change); err != nil {
		t.Fatal(err)
	}
	got = append(got, named(events.NotificationClaim{Kind: events.VerificationMail, CustomerID: by.ID, VerificationID: change}))
	want := []string{
		"order_reminder by name: false", "order_cancellation by name: false", "order_confirmation by name: true",
		"order_reminder by name: false", "order_confirmation by name: true", "login_warning by name: false",
		"login_warning by name: true",
		"order_reminder by name: true", "login_warning by name: true",
		"email_verification by name: false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("greeted (-want +got):\n%s", diff)
	}
}
