package db

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// ordersSeen are the ids of the orders that somebody lists.
func (m *market) ordersSeen(by events.Principal, f events.OrderFilter) (ids []string) {
	m.t.Helper()
	page, err := listOrders(m.t.Context(), m.store, events.Received[events.OrderFilter]{Envelope: events.Envelope{By: by}, Data: f})
	if err != nil {
		m.t.Fatal(err)
	}
	for _, o := range page.Items {
		ids = append(ids, o.ID)
	}
	return ids
}

// A guest's order is theirs by its id alone: they pay and cancel it, and nobody else does. What they see is what they have said.
func TestGuest_IsNobodyElse(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product := m.product(9)
	order, gil := m.guest("Gil@Example.com", one(product))
	other, eve := m.guest("eve@example.com", one(product))
	o := m.orderOf(order)
	for _, value := range []*events.Personal{&o.Email, &o.CustomerName, &o.Phone} {
		if err := m.allKeys().Decrypt(value); err != nil {
			t.Fatal(err)
		}
	}
	if o.Email.Plaintext() != "Gil@Example.com" || o.CustomerName.Plaintext() != "Gil Guest" || o.Phone.Plaintext() != "+493012345678" || o.Language != events.German || o.CustomerID != order {
		t.Errorf("it is stored as %+v", o)
	}
	if diff := cmp.Diff([]events.OrderStep{{Status: events.OrderPlacedStatus, At: o.History[0].At, By: gil}}, o.History); diff != "" {
		t.Errorf("who has placed it (-want +got):\n%s", diff)
	}
	for name, by := range map[string]events.Principal{"another guest": eve, "nobody": nobody, "the guest of none": events.Guest(uuid.Nil.String()), "a customer": m.buyer(), "a customer of that id": shopper(order)} {
		for _, command := range []events.Outgoing{
			events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}),
			events.CancelOrder.New(order, events.OrderReason{}), events.RequestReturn.New(order, events.ReturnRequest{Lines: one(product).Lines}),
		} {
			if got := code(m.do(command.AskedBy(by).WithID(events.NewID(), ""))); got != "not_found" && (name != "a customer of that id" || got != "forbidden") {
				t.Errorf("%s by %s: %q", command.Of().Declaration(), name, got)
			}
		}
		if by.ID != order && m.ordersSeenBy(by, order) {
			t.Errorf("%s lists it", name)
		}
	}
	payment := m.pay(gil, order)
	m.must(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	m.refused("order_not_cancellable", events.CancelOrder.New(order, events.OrderReason{}).AskedBy(gil))
	m.must(events.CancelOrder.New(other, events.OrderReason{}).AskedBy(eve))
	m.is(order, product, "paid captured 9/1")
}

// ordersSeenBy tells whether somebody lists an order, or reads it with what the functions take for their own.
func (m *market) ordersSeenBy(by events.Principal, order string) bool {
	m.t.Helper()
	if by.ID == "" {
		return false // no function asks for nobody
	}
	_, err := getOrder(m.t.Context(), m.store, events.Received[events.OwnedLookup]{Envelope: events.Envelope{By: by}, Data: events.OwnedLookup{ID: order, CustomerID: by.ID}})
	if err != nil && !errors.Is(err, events.NotFound("order", order)) {
		m.t.Fatal(err)
	}
	return err == nil || len(m.ordersSeen(by, events.OrderFilter{Paging: events.Paging{Limit: 9}})) > 0 && m.ordersSeen(by, events.OrderFilter{Paging: events.Paging{Limit: 9}})[0] == order
}

// Staff find the orders of an address, whoever has given it and however they have written it, also by a key that was rotated; and of each kind none by a key itself.
func TestGuest_IsFoundByTheirAddress(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product := m.product(9)
	first, _ := m.guest("Gil@Example.com", one(product))
	second, _ := m.guest("gil@example.COM", one(product))
	m.guest("eve@example.com", one(product))
	by := m.buyer()
	m.exec(`update customer set email = 'gil@example.com' where id = $1`, by.ID)
	third := m.order(by, one(product))
	m.must(events.EraseGuest.New(second, events.GuestErasure{}))
	m.published()
	m.sweep()
	for address, want := range map[string][]string{
		"GIL@example.com": {third, first}, "nobody@example.com": nil, domain.GuestKey(m.keys, "gil@example.com"): nil,
	} {
		if diff := cmp.Diff(want, m.ordersSeen(m.clerk, events.OrderFilter{Paging: events.Paging{Limit: 9}, Email: events.NewPersonal(address)})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
}

// One address has so many unpaid orders, and so many payments that are declined, as a customer has; a guest is told no number.
func TestGuest_HasACustomersLimits(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.Unpaid, o.Limits.Declined = 3, 1 })
	product := m.product(20)
	var orders []string
	for _, address := range []string{"gil@example.com", "GIL@example.com", "gil@EXAMPLE.com"} {
		order, _ := m.guest(address, one(product))
		orders = append(orders, order)
	}
	m.guest("eve@example.com", one(product))
	problem := m.do(asGuest(m.keys, events.NewID(), "gil@example.com", one(product))).Problem
	if problem == nil || problem.Code != "too_many_open_orders" || strings.ContainsAny(problem.Detail, "0123456789") {
		t.Errorf("the fourth: %v", problem)
	}
	for _, order := range orders {
		m.must(said(m.pay(events.Guest(order), order), events.AuthorizeStep, events.PaymentDeclinedStatus))
		m.refused("too_many_declined_payments", events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(events.Guest(order)))
		m.must(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(events.Guest(order)))
	}
	fourth, gil := m.guest("gil@example.com", one(product))
	m.refused("too_many_declined_payments", events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: fourth, PaymentMethod: "pm_card_visa"}).AskedBy(gil))
	other, eve := m.guest("eve@example.com", one(product))
	m.pay(eve, other)
}

// Whoever knows an address and has payments of orders in its name declined does not keep its owner from paying from elsewhere, neither for a new order nor for one
// from before.
func TestGuest_IsNotDeclinedForOthers(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.Declined = 1 })
	product := m.product(20)
	start := func(order, network string) events.Outgoing {
		return events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa", Network: network}).AskedBy(events.Guest(order))
	}
	before, _ := m.guest("gil@example.com", one(product))
	for range 3 {
		order, _ := m.guest("gil@example.com", one(product))
		try := start(order, "a stranger's")
		m.must(try)
		m.must(said(try.Subject, events.AuthorizeStep, events.PaymentDeclinedStatus))
	}
	after, _ := m.guest("gil@example.com", one(product))
	for _, order := range []string{before, after} {
		m.refused("too_many_declined_payments", start(order, "a stranger's"))
		try := start(order, "a home")
		m.must(try)
		m.must(said(try.Subject, events.AuthorizeStep, events.PaymentAuthStatus))
	}
}

// A command whose asker is not the guest, or whose key is another address's, places nothing.
func TestGuest_IsWhoTheySay(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, order := m.product(9), events.NewID()
	posed := guestCalled(m.keys, "gil@example.com")
	posed.Key = domain.GuestKey(m.keys, "eve@example.com")
	m.refused("invalid", events.PlaceAsGuest.New(order, events.GuestCart{ChosenCart: events.ChosenCart{Cart: one(product)}, Guest: posed}).AskedBy(events.Guest(order)))
	for _, by := range []events.Principal{nobody, events.Guest(events.NewID()), m.buyer(), m.clerk} {
		m.refused("forbidden", asGuest(m.keys, order, "gil@example.com", one(product)).AskedBy(by).WithID(events.NewID(), ""))
	}
	m.refused("invalid", asGuest(m.keys, order, "nobody", one(product)).WithID(events.NewID(), ""))
	if n := m.count(`select count(*) from orders`); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// guestCanary is a guest of whom everything is a canary.
func (m *market) guestCanary(which int) *canary {
	return &canary{market: m, which: which, covered: map[string]bool{}}
}

// places is an order of theirs of some mugs, whose guest they are from then on.
func (p *canary) places(product string, quantity int64) (order string) {
	p.t.Helper()
	order = events.NewID()
	p.Principal = events.Guest(order)
	p.says(events.PlaceAsGuest.New(order, events.GuestCart{Guest: p.contact(), ChosenCart: events.ChosenCart{
		Cart: events.Cart{Lines: []events.OrderItem{{ProductID: product, Quantity: quantity}}, ShippingAddress: p.address()},
	}}).AskedBy(p.Principal))
	return order
}

func (p *canary) contact() events.GuestContact {
	email := p.email()
	return events.GuestContact{Email: email, Name: p.word(), Phone: p.phone(), Language: events.German, Key: domain.GuestKey(p.keys, email.Plaintext())}
}

// collects is an order of theirs from a cart.
func (p *canary) collects(product string) (order string) {
	p.t.Helper()
	cart := events.NewID()
	order = orderOfCart(cart)
	p.Principal = events.Guest(order)
	p.must(events.OpenCart.New(cart, keyed("s")).AskedBy(nobody))
	p.must(put(cart, product, 1, "s").AskedBy(nobody))
	p.says(events.OrderAsGuest.New(cart, events.GuestCartOrder{CartKey: keyed("s"), GuestCart: events.GuestCart{
		Guest: p.contact(), ChosenCart: events.ChosenCart{Cart: events.Cart{Lines: one(product).Lines, ShippingAddress: p.address()}},
	}}).AskedBy(p.Principal))
	return order
}

// pays is how they pay for some mugs, and get the mail about it.
func (p *canary) pays(order string, quantity int64) (payment string) {
	p.t.Helper()
	payment = p.pay(events.Guest(order), order)
	p.must(answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 1000*quantity))
	p.must(answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 1000*quantity))
	p.mail(events.NotificationClaim{Kind: events.OrderConfirmation, OrderID: order})
	return payment
}

// sendsBack is all that is said of an order that has arrived.
func (p *canary) sendsBack(order, payment, product string) {
	p.t.Helper()
	mug := one(product).Lines
	p.says(events.AddNote.New(events.NewID(), events.NewNote{OrderID: order, Text: p.words()}).AskedBy(p.clerk))
	p.refunds(payment, p.words())
	p.ships(order, product, 2)
	p.must(events.DeliverOrder.New(order, events.Delivery{}).AskedBy(p.clerk))
	p.says(events.RequestReturn.New(order, events.ReturnRequest{Lines: mug, Reason: p.words()}).AskedBy(events.Guest(order)))
	p.says(events.RefuseReturn.New(order, events.ReturnDecision{ReturnID: p.orderOf(order).Returns[0].ID, Note: p.words()}).AskedBy(p.clerk))
}

// Of a guest who is erased nothing is left in any column of any table once their order has come to its end: of one that has, at once; of one that is on its way,
// what the shop needs to send it. The books are as they were, and others lose nothing, not even another order of that guest.
func TestErasing_ReachesGuests(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	m.closing()
	product := m.product(50)
	p, kept := m.guestCanary(1), m.guestCanary(2)
	ended := p.places(product, 2)
	p.sendsBack(ended, p.pays(ended, 2), product)
	waiting := p.collects(product)
	p.pays(waiting, 1)
	unpaid := p.places(product, 1)
	kept.pays(kept.places(product, 1), 1)
	if before := p.reads(); len(before) < len(p.canaries) {
		t.Fatalf("of %d canaries few are found before: %s", len(p.canaries), before)
	}
	told, sums := kept.reads(), m.sums()
	for _, order := range []string{ended, waiting, unpaid} {
		p.must(events.EraseGuest.New(order, events.GuestErasure{}))
		m.refused("not_found", events.CancelOrder.New(order, events.OrderReason{}).AskedBy(events.Guest(order)).WithID(events.NewID(), ""))
		m.refused("not_found", events.ClaimNotification.New(events.NewID(), events.NotificationClaim{Kind: events.OrderShipment, CustomerID: order, OrderID: order, Token: "t", LeaseSeconds: 60}))
	}
	p.published()
	m.sweep()
	if left := leftOf(p.reads()); !cmp.Equal([]string{"a topic of commands", "a topic of events", "journal_personal.ciphertexts", "orders.customer_name", "orders.email", "orders.phone", "orders.shipping", "what the journal tells"}, left) {
		t.Errorf("while an order is on its way, something is in %q", left)
	}
	p.ships(waiting, product, 1)
	p.must(events.DeliverOrder.New(waiting, events.Delivery{}).AskedBy(m.clerk))
	m.published()
	m.exec(`update erasure set look_at = now() where done_at is null`)
	m.sweep()
	p.refused("erased", events.AddNote.New(events.NewID(), events.NewNote{OrderID: waiting, Text: p.words()}).AskedBy(m.clerk))
	if left := p.reads(); left != nil {
		t.Errorf("it is left:\n%s", strings.Join(left, "\n"))
	}
	if n := m.count(`select count(*) from orders where customer_id = any($1) and (guest_key <> '' or phone <> '' or language <> '')`, []string{ended, waiting, unpaid}); n != 0 {
		t.Errorf("%d orders are found by the address still", n)
	}
	if diff := cmp.Diff(told, kept.reads()); diff != "" {
		t.Errorf("somebody else has lost something:\n%s", diff)
	}
	if sums == m.sums() {
		t.Error("the books do not tell what was cancelled and delivered")
	}
	for _, broken := range dbtest.Invariants(t.Context(), m.owner) {
		t.Error(broken)
	}
}

// What a guest was answered is told nobody any more once they are erased, though it is kept still.
func TestErasing_HidesWhatAGuestWasAnswered(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	order := events.NewID()
	placed := asGuest(m.keys, order, "gil@example.com", one(m.product(1)))
	command := m.command(placed)
	m.must(placed.WithID(command.ID, command.Fingerprint))
	ask := func() events.OperationState {
		t.Helper()
		s, err := awaitOperationAt(t.Context(), m.store, events.Received[events.OperationQuestion]{Data: events.OperationQuestion{Source: events.Order.Source(), ID: command.ID}}, time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := ask(); len(s.Data) == 0 || s.By != events.Guest(order) {
		t.Errorf("before: %+v", s)
	}
	m.must(events.EraseGuest.New(order, events.GuestErasure{}))
	if s := ask(); len(s.Data) != 0 || s.Problem == nil || s.Problem.Code != "erased" {
		t.Errorf("afterwards: %+v", s)
	}
}
