package db

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// paidFor is an order of some mugs that is paid, and whose stock is not committed yet.
func (m *market) paidFor(by events.Principal, product string, quantity int64) (order, payment string) {
	m.t.Helper()
	order = m.order(by, cartOf(events.OrderItem{ProductID: product, Quantity: quantity}))
	payment = m.pay(by, order)
	m.must(answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 1000*quantity))
	m.must(answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 1000*quantity))
	return order, payment
}

// answered is what the provider said about a payment of an amount.
func answered(payment string, step events.PaymentStep, s events.PaymentStatus, amount int64) events.Outgoing {
	return events.RecordPayment.New(payment, events.PaymentAnswer{Step: step, Status: s, ProviderRef: "pi_" + payment, Amount: usd(amount)})
}

func (m *market) sends(order, product string, quantity int64) events.Outgoing {
	return events.FulfilOrder.New(order, events.Shipment{
		Lines: []events.OrderItem{{ProductID: product, Quantity: quantity}}, Carrier: "DHL", TrackingNumber: events.NewPersonal("track-me"),
	}).AskedBy(m.clerk)
}

// orderOf is an order as it is read.
func (m *market) orderOf(id string) events.OrderState {
	m.t.Helper()
	o, err := getOrder(m.t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: id}})
	if err != nil {
		m.t.Fatal(err)
	}
	return o
}

// An order goes out in parts: its goods leave the shelf once, whether its own commit comes before, between or after, and it becomes fulfilled
// and delivered when all of it has.
func TestGoodsLeaveTheShelfOncePartByPart(t *testing.T) {
	t.Parallel()
	for at := range 3 {
		t.Run(fmt.Sprint("committed at ", at), func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			product, buyer := m.product(5), m.buyer()
			order, _ := m.paidFor(buyer, product, 3)
			commit := func(now int) {
				if now == at {
					m.must(events.CommitStock.New(order, events.OrderStock{OrderID: order}))
				}
			}
			commit(0)
			m.must(m.sends(order, product, 1))
			m.is(order, product, map[bool]string{true: "paid captured 2/0", false: "paid captured 4/2"}[at == 0])
			commit(1)
			m.must(events.DeliverOrder.New(order, events.Delivery{FulfilmentID: m.orderOf(order).Fulfilments[0].ID}).AskedBy(m.clerk))
			m.refused("not_left_to_send", m.sends(order, product, 3))
			m.must(m.sends(order, product, 2))
			m.is(order, product, "fulfilled captured 2/0")
			commit(2)
			m.must(events.CommitStock.New(order, events.OrderStock{OrderID: order}))
			m.must(events.DeliverOrder.New(order, events.Delivery{}).AskedBy(m.clerk))
			m.is(order, product, "delivered captured 2/0")
			m.refused("order_not_fulfillable", m.sends(order, product, 1))
			m.refused("nothing_under_way", events.DeliverOrder.New(order, events.Delivery{}).AskedBy(m.clerk))
			m.refused("order_not_cancellable", events.CancelOrder.New(order, events.OrderReason{}).AskedBy(m.clerk))
			if n, d := m.told(events.OrderFulfilled, order), m.told(events.OrderDelivered, order); n != 2 || d != 2 {
				t.Errorf("told %d times that it was sent, %d that it has arrived; want 2 and 2", n, d)
			}
			var steps []string
			for _, s := range m.orderOf(order).History[3:] {
				steps = append(steps, fmt.Sprint(s.Status, " ", s.Action, " ", s.PartID != "", " ", s.By == m.clerk))
			}
			want := []string{"paid sent true true", "paid delivered true true", "fulfilled sent true true", "delivered delivered true true"}
			if diff := cmp.Diff(want, steps); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// All that is under way arrives at once; whoever notes it is told of the order as it is then.
func TestAllThatIsUnderWayArrives(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(3), m.buyer()
	order, _ := m.paidFor(buyer, product, 2)
	m.must(m.sends(order, product, 1))
	m.must(m.sends(order, product, 1))
	answer := m.must(events.DeliverOrder.New(order, events.Delivery{}).AskedBy(m.clerk))
	told, err := events.OrderDelivered.Decode(m.allKeys(), answer.Data)
	if err != nil || told.Status != events.OrderDeliveredStatus || told.Version != 7 || len(told.Fulfilments) != 2 || told.Fulfilments[0].TrackingNumber.Plaintext() != "track-me" {
		t.Errorf("%v: %+v", err, told)
	}
}

// What is on its way is not sent twice by two who send it at once, nor is an order both cancelled and sent.
func TestOnePieceIsSentOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(9), m.buyer()
	order, _ := m.bought(buyer, product)
	codes := tally(atOnce(6, func(int) string { return code(m.do(m.sends(order, product, 1))) }))
	if codes[""] != 1 || codes["order_not_fulfillable"] != 5 {
		t.Errorf("six send one mug: %v", codes)
	}
	other, _ := m.bought(buyer, product)
	codes = tally(atOnce(2, func(i int) string {
		if i == 0 {
			return code(m.do(m.sends(other, product, 1)))
		}
		return code(m.do(events.CancelOrder.New(other, events.OrderReason{}).AskedBy(m.clerk)))
	}))
	if codes[""] != 1 {
		t.Errorf("sent and cancelled at once: %v", codes)
	}
}

// Who may not, or what is not there, sends nothing; nor does an order leave whose money has gone back.
func TestWhoSendsWhat(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	m.refused("not_found", m.sends(events.NewID(), product, 1))
	unpaid := m.order(buyer, one(product))
	m.refused("order_not_fulfillable", m.sends(unpaid, product, 1))
	order, payment := m.bought(buyer, product)
	m.refused("forbidden", m.sends(order, product, 1).AskedBy(buyer))
	m.refused("forbidden", events.DeliverOrder.New(order, events.Delivery{}).AskedBy(buyer))
	m.refused("invalid", m.sends(order, m.product(1), 1))
	m.refused("invalid", m.sends(order, product, 0))
	m.must(events.RefundPayment.New(payment, events.RefundRequest{Reason: events.Said("r")}).AskedBy(m.clerk))
	m.refused("order_not_fulfillable", m.sends(order, product, 1))
	m.is(order, product, "paid captured 4/1")
}

// What Postgres holds of parts, it holds against raw SQL; and the invariants notice when it does not.
func TestPostgresCountsGoods(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	order, _ := m.paidFor(buyer, product, 2)
	m.must(m.sends(order, product, 1))
	for _, sql := range []string{
		`update order_goods set sent = 3`, `update order_goods set delivered = 2`, `update order_goods set delivered = -1`,
		`insert into stock_ledger (product_id, version, on_hand_delta, reserved_delta, reason, order_id, part_id, by_type, by_id, at)
			select product_id, 99, -1, -1, 'committed', order_id, part_id, '', '', now() from stock_ledger where reason = 'committed'`,
	} {
		if _, err := m.owner.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is let through", sql)
		}
	}
	var stored string
	if err := m.owner.QueryRow(t.Context(), `select parts::text || (select string_agg(results::text, '') from journal) from orders where id = $1`, order).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stored, "track-me") {
		t.Error("the carrier's number is stored in clear: it leads to an address")
	}
}
