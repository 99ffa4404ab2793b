package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
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

// elsewhere places an order for an address from another network than all others do.
func (m *market) elsewhere(network, email string, cart events.Cart) events.Outgoing {
	order, guest := events.NewID(), guestCalled(m.keys, email)
	guest.Network = network
	return events.PlaceAsGuest.New(order, events.GuestCart{ChosenCart: events.ChosenCart{Cart: cart}, Guest: guest}).AskedBy(events.Guest(order))
}

// What somebody leaves unpaid in another's name keeps nobody from ordering who is elsewhere, and what stands behind a + helps nobody. A function of the release
// before, which says neither mailbox nor network, is counted by the address.
func TestUnpaid_AVictimOrdersFromWhereTheyAre(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.Unproven, o.Limits.Unpaid, o.Limits.Held = 3, 2, 4 })
	product := m.product(50)
	m.cancels("gil@example.com", product)
	first, by := m.guest("gil+a@example.com", one(product))
	m.refused("too_many_held", asGuest(m.keys, events.NewID(), "gil@example.com", cartOf(events.OrderItem{ProductID: product, Quantity: 4})))
	m.guest("gil+b@example.com", one(product))
	m.refused("too_many_open_orders", asGuest(m.keys, events.NewID(), "gil+c@example.com", one(product)))
	m.must(events.CancelOrder.New(first, events.OrderReason{}).AskedBy(by))
	m.refused("too_many_unpaid_orders", asGuest(m.keys, events.NewID(), "gil+d@example.com", one(product)))
	m.must(m.elsewhere("there", "gil@example.com", cartOf(events.OrderItem{ProductID: product, Quantity: 4})))
	former := func(email string) events.Outgoing {
		order, guest := events.NewID(), guestCalled(m.keys, email)
		guest.Mailbox, guest.Network = "", ""
		return events.PlaceAsGuest.New(order, events.GuestCart{ChosenCart: events.ChosenCart{Cart: one(product)}, Guest: guest}).AskedBy(events.Guest(order))
	}
	m.must(former("gil@example.com"))
	m.must(former("GIL@example.com"))
	m.refused("too_many_open_orders", former("gil@example.com"))
	posed := guestCalled(m.keys, "gil@example.com")
	posed.Mailbox = domain.MailboxKey(m.keys, "eve@example.com")
	order := events.NewID()
	m.refused("invalid", events.PlaceAsGuest.New(order, events.GuestCart{ChosenCart: events.ChosenCart{Cart: one(product)}, Guest: posed}).AskedBy(events.Guest(order)))
}

// Whoever has shown no address holds so many pieces of all products together, and all guests at one network so many, on however many replicas: one who has nothing to
// lose does not empty a shop. Elsewhere, and with an account that is confirmed, people order on.
func TestUnpaid_NobodyEmptiesTheShop(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.HeldInAll, o.Limits.HeldAtNetwork = 5, 12 })
	stores, products := []*inbox.Store{m.store, m.replica(func(o *inbox.Options) { o.Limits = m.store.Limits })}, make([]string, 16)
	for i := range products {
		products[i] = m.product(100)
	}
	all := cartOf(events.OrderItem{ProductID: products[0], Quantity: 3}, events.OrderItem{ProductID: products[1], Quantity: 3})
	by := m.buyer()
	m.refused("too_many_held", asGuest(m.keys, events.NewID(), "gil@example.com", all))
	m.refused("too_many_held", events.PlaceOrder.New(events.NewID(), all).AskedBy(by))
	m.exec(`update customer set email_verified = true where id = $1`, by.ID)
	m.order(by, all)
	got := map[string]int{}
	for _, outcome := range atOnce(len(products), func(i int) string {
		e := m.command(asGuest(m.keys, events.NewID(), events.NewID()+"@example.com", cartOf(events.OrderItem{ProductID: products[i], Quantity: 2})))
		if err := stores[i%2].Apply(t.Context(), e); err != nil {
			return err.Error()
		}
		return code(m.outcome(stores[i%2], e))
	}) {
		got[outcome]++
	}
	if d := cmp.Diff(map[string]int{"": 6, "too_many_held": 10}, got); d != "" {
		t.Errorf("of 16 at one network (-want +got):\n%s", d)
	}
	m.must(m.elsewhere("there", "gil@example.com", one(products[0])))
	m.order(m.buyer(), one(products[0]))
	fresh, here := m.buyer(), one(products[0])
	here.Network = "here"
	m.refused("too_many_held", events.PlaceOrder.New(events.NewID(), here).AskedBy(fresh))
	m.refused("too_many_held", events.PlaceChosen.New(events.NewID(), events.ChosenCart{Cart: here}).AskedBy(fresh))
	m.order(by, here)
	var order string
	if err := m.owner.QueryRow(t.Context(), `select order_id::text from guest_order where network = 'here' limit 1`).Scan(&order); err != nil {
		t.Fatal(err)
	}
	m.refused("too_many_held", asGuest(m.keys, events.NewID(), "gil@example.com", one(products[0])))
	m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(events.Guest(order)))
	m.guest("gil@example.com", one(products[0]))
	if n := m.count(`select count(*) from guest_order where forget_at < now() + interval '1 hour' or forget_at > now() + interval '3 hours'`); n != 0 {
		t.Errorf("%d are forgotten too soon, or too late", n)
	}
	m.exec(`update guest_order set forget_at = now() - interval '1 second'`)
	m.exec(strings.ReplaceAll(forgetGuestOrders, "$1", "100"))
	if n := m.count(`select count(*) from guest_order`); n != 0 {
		t.Errorf("%d are kept for ever", n)
	}
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
	m.must(events.CancelOrder.New(ended, events.OrderReason{}).AskedBy(staff))
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
