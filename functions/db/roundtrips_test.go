package db

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
)

// trips counts the round trips and statements of transactions that begin with a batch: those in which commands are decided.
type trips struct {
	mu     sync.Mutex
	inside map[*pgx.Conn]bool
	counts tripCounts
}

type tripCounts struct{ Transactions, RoundTrips, Statements int }

func (c *trips) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	queries := data.Batch.QueuedQueries
	if queries[0].SQL == "begin" {
		c.inside[conn] = true
		c.counts.Transactions++
	}
	if c.inside[conn] {
		c.counts.RoundTrips++
		c.counts.Statements += len(queries)
	}
	if queries[len(queries)-1].SQL == "commit" {
		delete(c.inside, conn)
	}
	return ctx
}

func (*trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (c *trips) TraceQueryStart(ctx context.Context, conn *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside[conn] {
		c.counts.RoundTrips++
		c.counts.Statements++
	}
	return ctx
}

func (*trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *trips) taken() tripCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := c.counts
	c.counts = tripCounts{}
	return counts
}

// counted makes a store count.
func (c *trips) counted(t testing.TB) func(*Store) {
	return func(s *Store) {
		config := s.writes.Config()
		config.ConnConfig.Tracer = c
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		s.writes.Close()
		s.writes = pool
	}
}

// A batch is two round trips, and 64 commands are as many statements as one.
func TestABatchIsTwoRoundTrips(t *testing.T) {
	t.Parallel()
	counts := &trips{inside: map[*pgx.Conn]bool{}}
	m := newMarket(t, counts.counted(t))
	product, buyer := m.product(1000), m.buyer()
	one, many := m.stepsOf(product, buyer, 1), m.stepsOf(product, buyer, 64)
	for i, name := range stepNames {
		var got []tripCounts
		for _, commands := range [][]events.Outgoing{one[i], many[i]} {
			counts.taken()
			m.succeedTogether(commands)
			got = append(got, counts.taken())
		}
		want := tripCounts{Transactions: 1, RoundTrips: 2, Statements: got[0].Statements}
		if diff := cmp.Diff([]tripCounts{want, want}, got); diff != "" {
			t.Errorf("%s: of 1 and of 64 commands (-want +got):\n%s", name, diff)
		}
		t.Logf("%s: %d statements", name, got[0].Statements)
	}
}

var stepNames = []string{"adjust", "place", "start", "authorize", "capture", "commit", "refund", "refunded", "cancel", "restock", "place another", "expire another"}

// stepsOf is every command about an order, its payment and its stock, for n orders, in the order of stepNames.
func (m *market) stepsOf(product string, buyer events.Principal, n int) [][]events.Outgoing {
	steps := make([][]events.Outgoing, len(stepNames))
	for range n {
		order, payment, another := events.NewID(), events.NewID(), events.NewID()
		refund := events.RefundPayment.New(payment, events.RefundRequest{Amount: events.Money{Amount: 400, Currency: "USD"}, Reason: events.Said("r")}).AskedBy(m.clerk).WithID(events.NewID(), "")
		refundID := events.DeriveID("refund", payment, refund.Of().Declaration().By[0].Source(), refund.ID())
		for i, o := range []events.Outgoing{
			events.AdjustStock.New(product, events.StockAdjustment{Delta: 2, Reason: events.StockReceived}),
			events.PlaceOrder.New(order, one(product)).AskedBy(buyer),
			events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer),
			said(payment, events.AuthorizeStep, events.PaymentAuthStatus),
			said(payment, events.CaptureStep, events.PaymentCapturedStatus),
			events.CommitStock.New(order, events.OrderStock{OrderID: order}),
			refund,
			events.RecordPayment.New(payment, events.PaymentAnswer{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: refundID, Amount: events.Money{Amount: 400, Currency: "USD"}}),
			events.CancelOrder.New(order, events.OrderReason{}).AskedBy(m.clerk),
			events.RestockOrder.New(order, events.OrderStock{OrderID: order}),
			events.PlaceOrder.New(another, one(product)).AskedBy(buyer),
			expire(another),
		} {
			steps[i] = append(steps[i], o)
		}
	}
	return steps
}

// succeedTogether carries commands out as one batch; none of them may be refused.
func (b *bench) succeedTogether(all []events.Outgoing) {
	b.t.Helper()
	commands := make([]events.Envelope, len(all))
	for i, o := range all {
		commands[i] = b.command(o)
	}
	for i, err := range b.togetherWith(slices.Clone(commands)...) {
		if err != nil {
			b.t.Fatalf("%s: %v", commands[i].Type, err)
		}
	}
	for _, e := range commands {
		if got := b.outcome(b.store, e); got.Problem != nil {
			b.t.Fatalf("%s: %v", e.Type, got.Problem)
		}
	}
}
