package db

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
)

// delivered is an order of some mugs that have arrived.
func (m *market) delivered(by events.Principal, product string, quantity int64) (order, payment string) {
	m.t.Helper()
	order, payment = m.paidFor(by, product, quantity)
	m.must(m.sends(order, product, quantity))
	m.must(events.DeliverOrder.New(order, events.Delivery{}).AskedBy(m.clerk))
	return order, payment
}

// returns asks for goods to come back, and gives the return's id.
func (m *market) returns(by events.Principal, order, product string, quantity int64) string {
	m.t.Helper()
	m.must(events.RequestReturn.New(order, events.ReturnRequest{Lines: []events.OrderItem{{ProductID: product, Quantity: quantity}}, Reason: events.Said("canary: it cracked")}).AskedBy(by))
	all := m.orderOf(order).Returns
	return all[len(all)-1].ID
}

func (m *market) receives(order, back, product string, quantity int64, restock bool) events.Outgoing {
	return events.ReceiveReturn.New(order, events.ReturnReception{ReturnID: back, Lines: []events.ReceivedItem{
		{OrderItem: events.OrderItem{ProductID: product, Quantity: quantity}, Restock: restock},
	}}).AskedBy(m.clerk)
}

// What comes back is on the shelf when it can be sold again, and its price is given back by the payment's own refund, which the provider carries
// out. When all has come back, all has been given back.
func TestWhatComesBackIsPaidBack(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	order, payment := m.delivered(buyer, product, 3)
	m.is(order, product, "delivered captured 2/0")
	first := m.returns(buyer, order, product, 2)
	m.refused("return_state", m.receives(order, first, product, 1, true))
	m.must(events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: first, Note: events.Said("box it")}).AskedBy(m.clerk))
	m.refused("more_than_returned", m.receives(order, first, product, 3, true))
	m.must(m.receives(order, first, product, 1, true)) // one of the two
	m.is(order, product, "delivered captured 3/0")
	if n := m.told(events.PaymentRefundRequested, payment); n != 1 {
		t.Errorf("the provider is asked for %d refunds, want 1", n)
	}
	refund := m.orderOf(order).Returns[0].Refund
	if diff := cmp.Diff(&events.PartRefund{
		ID: events.DeriveID("refund", payment, first), Amount: usd(1000), Lines: []events.RefundedItem{{ProductID: product, Quantity: 1, Amount: usd(1000)}},
	}, refund); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.must(events.RecordPayment.New(payment, events.PaymentAnswer{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: refund.ID, Amount: usd(1000)}))
	m.is(order, product, "delivered partially_refunded 3/0")

	m.must(events.RefundPayment.New(payment, events.RefundRequest{Amount: usd(500), Reason: events.Said("a scratch")}).AskedBy(m.clerk))
	second := m.returns(m.clerk, order, product, 2)
	m.must(events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: second}).AskedBy(m.clerk))
	m.must(m.receives(order, second, product, 2, false))
	m.is(order, product, "returned partially_refunded 3/0")
	if left := m.orderOf(order).Returns[1].Refund.Amount; left != usd(1500) { // of 20.00, because 5.00 had been given back
		t.Errorf("given back: %+v", left)
	}
	m.refused("not_left_to_return", events.RequestReturn.New(order, events.ReturnRequest{Lines: []events.OrderItem{{ProductID: product, Quantity: 1}}}).AskedBy(buyer))
}

// One piece comes back once, whoever asks and however many at a time, and is paid back once.
func TestOnePieceComesBackOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	order, payment := m.delivered(buyer, product, 1)
	asked := func(int) string {
		return code(m.do(events.RequestReturn.New(order, events.ReturnRequest{Lines: one(product).Lines}).AskedBy(buyer)))
	}
	if codes := tally(atOnce(5, asked)); codes[""] != 1 || codes["not_left_to_return"] != 4 {
		t.Errorf("five ask to send one mug back: %v", codes)
	}
	back := m.orderOf(order).Returns[0].ID
	m.must(events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: back}).AskedBy(m.clerk))
	if codes := tally(atOnce(5, func(int) string { return code(m.do(m.receives(order, back, product, 1, true))) })); codes[""] != 1 || codes["return_state"] != 4 {
		t.Errorf("five take one mug in: %v", codes)
	}
	m.is(order, product, "returned captured 5/0")
	if n := m.count(`select count(*) from refund where payment_id = $1`, payment); n != 1 {
		t.Errorf("%d refunds", n)
	}
}

// Whoever may not, asks for nothing and decides nothing; a refused return can be asked for anew.
func TestWhoReturnsWhat(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	order, _ := m.delivered(buyer, product, 1)
	m.refused("not_found", events.RequestReturn.New(order, events.ReturnRequest{Lines: one(product).Lines}).AskedBy(m.buyer()))
	m.refused("invalid", events.RequestReturn.New(order, events.ReturnRequest{}).AskedBy(buyer))
	back := m.returns(buyer, order, product, 1)
	m.refused("forbidden", events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: back}).AskedBy(buyer))
	m.refused("forbidden", m.receives(order, back, product, 1, true).AskedBy(buyer))
	m.must(events.RefuseReturn.New(order, events.ReturnDecision{ReturnID: back, Note: events.Said("canary: it is worn")}).AskedBy(m.clerk))
	m.returns(buyer, order, product, 1)
}

// Why goods come back is in clear nowhere, and told to nobody any more once the customer has been erased.
func TestReasonsOfReturnsArePersonal(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	order, _ := m.delivered(buyer, product, 1)
	back := m.returns(buyer, order, product, 1)
	m.must(events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: back, Note: events.Said("canary: box it")}).AskedBy(m.clerk))
	var stored string
	if err := m.owner.QueryRow(t.Context(), `select parts::text || (select string_agg(note, '') from order_history) from orders where id = $1`, order).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	said := m.orderOf(order).Returns[0]
	if strings.Contains(stored, "canary") || said.Reason.IsZero() || said.Note.IsZero() {
		t.Errorf("stored: %s\nread: %+v", stored, said)
	}
	m.must(events.DeleteCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(buyer))
	if left := m.orderOf(order).Returns[0]; !left.Reason.IsZero() || !left.Note.IsZero() {
		t.Errorf("of an erased customer it is told: %+v", left)
	}
	m.must(m.receives(order, back, product, 1, true))
	m.is(order, product, "returned captured 5/0")
}

// What Postgres holds of goods that come back, it holds against raw SQL, and the invariants notice what it cannot.
func TestPostgresCountsReturns(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	order, _ := m.delivered(buyer, product, 2)
	m.returns(buyer, order, product, 1)
	for _, sql := range []string{`update order_goods set returned = 2`, `update order_goods set claimed = 3`, `update order_goods set returned = -1`, `update order_goods set cancelled = 1`} {
		if _, err := m.owner.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is let through", sql)
		}
	}
	for _, c := range []struct{ harm, mend string }{
		{`update order_goods set claimed = 2`, `update order_goods set claimed = 1`},
		{`update order_goods set returned = 1`, `update order_goods set returned = 0`},
		{`update orders set parts = jsonb_set(parts, '{returns,0,lines,0,quantity}', '2')`, `update orders set parts = jsonb_set(parts, '{returns,0,lines,0,quantity}', '1')`},
	} {
		m.exec(c.harm)
		if len(dbtest.Invariants(t.Context(), m.owner)) == 0 {
			t.Errorf("nobody notices %s", c.harm)
		}
		m.exec(c.mend)
	}
}

// What is not sent any more is on sale again, whether or not it had left the shelf, and its price is given back; the order goes on with the rest,
// and ends where nothing is left of it.
func TestAPartIsCancelled(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(9), m.buyer()
	part := func(order string, n int64) events.Outgoing {
		return events.CancelPart.New(order, events.PartCancellation{Lines: []events.OrderItem{{ProductID: product, Quantity: n}}, Reason: events.Said("canary: broken")}).AskedBy(m.clerk)
	}
	order, payment := m.paidFor(buyer, product, 4)
	m.must(part(order, 1)) // still held
	m.is(order, product, "paid captured 9/3")
	m.must(events.CommitStock.New(order, events.OrderStock{OrderID: order}))
	m.is(order, product, "paid captured 6/0")
	m.must(part(order, 1)) // off the shelf
	m.is(order, product, "paid captured 7/0")
	m.refused("not_left_to_send", m.sends(order, product, 3))
	m.must(m.sends(order, product, 1))
	m.refused("not_left_to_cancel", part(order, 2))
	m.must(part(order, 1))
	m.is(order, product, "fulfilled captured 8/0")
	m.refused("order_not_cancellable", part(order, 1))
	var given []int64
	for _, c := range m.orderOf(order).Cancellations {
		given = append(given, c.Refund.Amount.Amount)
	}
	if diff := cmp.Diff([]int64{1000, 1000, 1000}, given); diff != "" || m.told(events.PaymentRefundRequested, payment) != 3 {
		t.Errorf("given back (-want +got):\n%s", diff)
	}

	whole, _ := m.paidFor(buyer, product, 2)
	m.refused("not_found", part(whole, 1).AskedBy(m.buyer()))
	m.refused("order_not_cancellable", part(whole, 1).AskedBy(buyer))
	m.must(part(whole, 1))
	m.must(part(whole, 1))
	m.must(events.RestockOrder.New(whole, events.OrderStock{OrderID: whole}))
	m.is(whole, product, "cancelled captured 8/0")
	if m.told(events.OrderCancelled, whole) != 1 {
		t.Error("an order of which nothing is left is not told to have ended")
	}
	unpaid := m.order(buyer, one(product))
	m.refused("order_not_cancellable", part(unpaid, 1))

	rest, _ := m.paidFor(buyer, product, 2)
	m.must(part(rest, 1))
	m.must(events.CancelOrder.New(rest, events.OrderReason{}).AskedBy(m.clerk))
	m.must(events.RestockOrder.New(rest, events.OrderStock{OrderID: rest}))
	m.is(rest, product, "cancelled captured 8/1") // the unpaid order holds one
}
