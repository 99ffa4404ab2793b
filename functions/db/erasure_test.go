package db

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
)

// Whoever is erased is found in no column of any table and in no topic any more, neither in clear nor by any key that is left, once their orders have come to their end; what the books
// need is as it was.
func TestErasing_ReachesEveryTable(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	m.closing()
	product := m.product(50)
	p, other := m.account(1), m.account(2)
	ended, payment := p.lives(product)
	waiting, _ := p.buys(product, 1)
	other.lives(product)
	for _, d := range events.All() {
		says := d.Declaration()
		if says.Kind == events.Command && holdsPersonal(says.Payload) && !p.covered[d.Type()] && ofOthers[d.Type()] == "" {
			t.Errorf("nobody says %s here: let them, so that it is seen to be erased; or say in ofOthers (erasure_setup_test.go) whose its values are, if nobody's who buys", says)
		}
	}
	if before := p.reads(); len(before) < len(p.canaries) {
		t.Fatalf("of %d canaries few are found before: %s", len(p.canaries), before)
	}
	p.erase()
	told, sums := other.reads(), m.sums()
	m.sweep()
	if left := leftOf(p.reads()); !cmp.Equal([]string{"a topic of commands", "a topic of events", "dead_letter.data", "journal_personal.ciphertexts", "orders.customer_name", "orders.email", "orders.shipping", "what the journal tells"}, left) {
		t.Errorf("while an order is on its way, something is in %q", left)
	}
	if o := m.orderOf(waiting); o.ShippingAddress.Line1.IsZero() || o.Email.IsZero() {
		t.Error("nobody knows where an order is to be sent that is on its way")
	}
	p.ships(waiting, product, 1)
	p.must(events.DeliverOrder.New(waiting, events.Delivery{}).AskedBy(m.clerk))
	m.published()
	before := m.sums()
	m.sweep()
	m.forgetsNobodies() // as of a link that was asked for to an address that nobody has any more
	if left := p.reads(); left != nil {
		t.Errorf("it is left:\n%s", strings.Join(left, "\n"))
	}
	p.refused("erased", events.AddNote.New(events.NewID(), events.NewNote{OrderID: ended, Text: p.words()}).AskedBy(p.clerk)) // by a function that knows the key yet
	m.persons.Forget()
	p.afterwards(ended, payment, product)
	m.published()
	m.sweep()
	if left := leftOf(p.reads()); !cmp.Equal([]string{"a topic of commands"}, left) {
		t.Errorf("what was said afterwards is in %q", left)
	}
	m.forgetsNobodies()
	if left := p.reads(); left != nil {
		t.Errorf("of what was said afterwards is left:\n%s", strings.Join(left, "\n"))
	}
	if diff := cmp.Diff(told, other.reads()); diff != "" {
		t.Errorf("somebody else has lost something:\n%s", diff)
	}
	if before == sums {
		t.Error("the books do not tell what was delivered")
	}
	if n := m.owned(`select count(*) from erasure where done_at is not null`); n != 1 {
		t.Errorf("%d erasures are done", n)
	}
	for _, broken := range dbtest.Invariants(t.Context(), m.owner) {
		t.Error(broken)
	}
}

// afterwards is what staff may say still of an order that has lost its customer.
func (p *canary) afterwards(order, payment, product string) {
	p.t.Helper()
	p.refused("erased", events.AddNote.New(events.NewID(), events.NewNote{OrderID: order, Text: p.words()}).AskedBy(p.clerk))
	p.refunds(payment, p.words())
	p.says(events.RequestReturn.New(order, events.ReturnRequest{Lines: one(product).Lines, Reason: p.words()}).AskedBy(p.clerk))
	returns := p.orderOf(order).Returns
	p.says(events.RefuseReturn.New(order, events.ReturnDecision{ReturnID: returns[len(returns)-1].ID, Note: p.words()}).AskedBy(p.clerk))
}

// forgetsNobodies lets so much time pass that keys are forgotten that are of nobody.
func (m *market) forgetsNobodies() {
	m.t.Helper()
	m.exec(`update person_key set created_at = created_at - $1::interval`, 2*m.store.ForgetAfter())
	if err := sweepPersonKeys(m.t.Context(), m.store); err != nil {
		m.t.Fatal(err)
	}
}

// Nothing but what is erased changes: each of the books is as it was.
func TestErasing_LeavesTheBooks(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	m.closing()
	product := m.product(50)
	p := m.account(1)
	p.lives(product)
	p.erase()
	m.forgetsNobodies()
	before := m.sums()
	m.sweep()
	if left := p.reads(); left != nil {
		t.Errorf("it is left:\n%s", strings.Join(left, "\n"))
	}
	if diff := cmp.Diff(before, m.sums()); diff != "" {
		t.Error(diff)
	}
}

// Nobody is looked at before what they had under way has come to its end, nobody twice for nothing, and one who has many orders in many steps.
func TestErasing_GoesStepByStep(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	buyer := m.buyer()
	m.exec(`insert into orders (id, version, created_at, updated_at, customer_id, status, amount, currency, pay_by, expires_at, email, customer_name, shipping)
		select gen_random_uuid(), 1, now(), now(), $1, 'cancelled', 1, 'USD', now(), now(), 'c', 'n', '{"country": "DE"}' from generate_series(1, 2 * $2 + 1)`, buyer.ID, eraseLimit)
	m.exec(`insert into order_history (order_id, version, status, at, by_type, by_id, note) select id, 1, 'cancelled', now(), 'system', '', '' from orders`)
	m.exec(`insert into order_line (order_id, position, product_id, sku, name, amount, quantity) select id, 1, $1, 's', 'n', 1, 1 from orders`, m.product(1))
	m.must(events.EraseCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}))
	m.published()
	sweep := func(e erasing) (named, due, done int) {
		t.Helper()
		if err := e.sweep(t.Context(), m.store); err != nil {
			t.Fatal(err)
		}
		return m.count(`select count(*) from orders where email <> ''`), m.owned(`select count(*) from erasure where look_at <= now()`), m.owned(`select count(*) from erasure where done_at is not null`)
	}
	type seen struct{ Named, Due, Done int }
	look := func(e erasing) seen {
		named, due, done := sweep(e)
		return seen{named, due, done}
	}
	got := []seen{look(erasing{Settled: time.Minute, Again: time.Hour}), look(erasing{Again: time.Hour}), look(erasing{})}
	m.exec(`update erasure set look_at = now()`)
	got = append(got, look(erasing{Again: time.Hour}), look(erasing{}))
	want := []seen{{2*eraseLimit + 1, 1, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 1}, {0, 0, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
