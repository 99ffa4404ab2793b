package db

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Every command of a purchase comes eight times at once, half of them under an id of its own.
func TestDuplicatesOfEveryCommand(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(5), m.buyer()
	other := m.replica(func(o *inbox.Options) { o.Limits = m.store.Limits })
	order, payment := events.NewID(), events.NewID()
	many := func(o events.Outgoing) {
		t.Helper()
		same := m.command(o)
		atOnce(8, func(i int) error {
			e := same
			if i%4 == 3 {
				e = m.command(o)
			}
			err := []*inbox.Store{m.store, other}[i%2].Apply(t.Context(), e)
			if err != nil {
				t.Errorf("%s: %v", e.Type, err)
			}
			return err
		})
	}
	many(events.PlaceOrder.New(order, one(product)).AskedBy(buyer))
	m.is(order, product, "placed - 5/1")
	many(events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer))
	many(said(payment, events.AuthorizeStep, events.PaymentAuthStatus))
	m.is(order, product, "authorized authorized:capture 5/1")
	many(said(payment, events.CaptureStep, events.PaymentCapturedStatus))
	many(events.CommitStock.New(order, events.OrderStock{OrderID: order}))
	m.is(order, product, "paid captured 4/0")
	many(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(m.clerk))
	many(events.RestockOrder.New(order, events.OrderStock{OrderID: order}))
	m.is(order, product, "cancelled captured 5/0")
	told := map[string]int{}
	for _, e := range []events.Declared{events.OrderPlaced, events.OrderAuthorized, events.OrderPaid, events.OrderCancelled} {
		told[e.Declaration().Verb] = m.told(e, order)
	}
	if diff := cmp.Diff(map[string]int{"placed": 1, "authorized": 1, "paid": 1, "cancelled": 1}, told); diff != "" {
		t.Errorf("what happened once is told once (-want +got):\n%s", diff)
	}
}

// weather is one run of random commands about a few orders of two products.
type weather struct {
	*market
	random   *rand.Rand
	products []string
	buyers   []events.Principal
	orders   []string
	payments []string
}

// next is any command that could come now, likely or not.
func (w *weather) next() events.Outgoing {
	order, payment := w.orders[w.random.IntN(len(w.orders))], w.payments[w.random.IntN(len(w.payments))]
	by := w.buyers[w.random.IntN(len(w.buyers))]
	steps := []events.PaymentStep{events.AuthorizeStep, events.CaptureStep, events.VoidStep}
	answers := []events.PaymentStatus{
		events.PaymentAuthStatus, events.PaymentAuthStatus, events.PaymentCapturedStatus, events.PaymentDeclinedStatus, events.PaymentActionStatus,
		events.PaymentVoidedStatus, events.PaymentUnknownStatus,
	}
	switch w.random.IntN(12) {
	case 0, 1:
		cart := cartOf(
			events.OrderItem{ProductID: w.products[w.random.IntN(len(w.products))], Quantity: 1 + w.random.Int64N(2)},
			events.OrderItem{ProductID: w.products[w.random.IntN(len(w.products))], Quantity: 1},
		)
		return events.PlaceOrder.New(order, cart).AskedBy(by)
	case 2, 3:
		return events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(by)
	case 4:
		return events.CancelOrder.New(order, events.OrderReason{}).AskedBy([]events.Principal{by, w.clerk}[w.random.IntN(2)])
	case 5:
		return expire(order)
	case 6:
		return events.CommitStock.New(order, events.OrderStock{OrderID: order})
	case 7:
		return events.RestockOrder.New(order, events.OrderStock{OrderID: order})
	case 8:
		return events.RefundPayment.New(payment, events.RefundRequest{Amount: events.Money{Amount: 1 + w.random.Int64N(2500), Currency: "USD"}, Reason: events.Said("r")}).AskedBy(w.clerk)
	case 9:
		return events.AdjustStock.New(w.products[w.random.IntN(len(w.products))], events.StockAdjustment{Delta: w.random.Int64N(9) - 4, Reason: events.StockCounted})
	default:
		return w.answer(payment, steps[w.random.IntN(len(steps))], answers[w.random.IntN(len(answers))])
	}
}

// answer is about what the payment is of, or about a refund of it.
func (w *weather) answer(payment string, step events.PaymentStep, status events.PaymentStatus) events.Outgoing {
	a := events.PaymentAnswer{Step: step, Status: status, ProviderRef: "pi_" + payment, Amount: events.Money{Amount: 1, Currency: "USD"}}
	var refund *string
	_ = w.store.Reads.QueryRow(w.t.Context(), `
		select p.amount, (select r.id::text from refund r where r.payment_id = p.id and r.status = 'requested' limit 1)
		from payment p where p.id = $1`, payment).Scan(&a.Amount.Amount, &refund)
	if refund != nil && w.random.IntN(2) == 0 {
		a.Step, a.RefundID, a.ProviderRef = events.RefundStep, *refund, ""
		a.Status = []events.PaymentStatus{events.PaymentRefundedStatus, events.PaymentDeclinedStatus, events.PaymentUnknownStatus}[w.random.IntN(3)]
		_ = w.store.Reads.QueryRow(w.t.Context(), `select amount from refund where id = $1`, *refund).Scan(&a.Amount.Amount)
	}
	return events.RecordPayment.New(payment, a)
}

// Whatever is asked, by whomever, in whatever order, at the same time and more than once: stock and money stay together.
func TestAnyCommandsInAnyOrder(t *testing.T) {
	t.Parallel()
	soon := func(o *inbox.Options) {
		o.Limits = domain.Limits{PayWithin: 400 * time.Millisecond, PayGrace: 200 * time.Millisecond}
	}
	m := newMarket(t, soon)
	other := m.replica(soon)
	products := []string{m.product(20), m.product(20)}
	buyers := []events.Principal{m.buyer(), m.buyer()}
	var orders, payments []string
	for range 60 {
		orders, payments = append(orders, events.NewID()), append(payments, events.NewID())
	}
	const seed = 7
	var mu sync.Mutex // of what is counted
	outcomes := map[string]int{}
	atOnce(8, func(i int) error {
		w := &weather{market: m, random: rand.New(rand.NewPCG(seed, uint64(i))), products: products, buyers: buyers, orders: orders, payments: payments}
		for range 100 {
			e := m.command(w.next())
			s := []*inbox.Store{m.store, other}[w.random.IntN(2)]
			for range 1 + w.random.IntN(2) { // some twice
				if err := s.Apply(t.Context(), e); err != nil {
					t.Errorf("%s: %v", e.Type, err)
				}
			}
			mu.Lock()
			outcomes[m.outcome(s, e).Type]++
			mu.Unlock()
		}
		return nil
	})
	t.Logf("seed %d: %v", seed, outcomes)
	for _, of := range []string{"order", "inventory", "payment"} {
		if n := outcomes[events.Failed(of).Type()]; of != "payment" && n > 0 {
			t.Errorf("%d commands about %s failed through a fault of ours", n, of)
		}
	}
	for _, broken := range dbtest.Invariants(t.Context(), m.owner) {
		t.Error(broken)
	}
}
