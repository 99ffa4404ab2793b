package db

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// said is what staff read of a cancelled order, its refunds and a product's ledger.
func (m *market) said(order, payment, product string) (all []string) {
	m.t.Helper()
	o, err := getOrder(m.t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: order}})
	if err != nil {
		m.t.Fatal(err)
	}
	p, err := getPayment(m.t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: payment}})
	if err != nil {
		m.t.Fatal(err)
	}
	moves, err := listMovements(m.t.Context(), m.store, events.Received[events.MovementFilter]{Data: events.MovementFilter{ProductID: product, Paging: events.Paging{Limit: 9}}})
	if err != nil {
		m.t.Fatal(err)
	}
	words := []events.Words{}
	for _, step := range o.History {
		words = append(words, step.Note)
	}
	for _, refund := range p.Refunds {
		words = append(words, refund.Reason)
	}
	for _, move := range moves.Items {
		words = append(words, move.Note)
	}
	for _, w := range words {
		if err := m.allKeys().Decrypt(&w.Personal); err != nil {
			m.t.Fatal(err)
		}
		if w.Plaintext() != "" {
			all = append(all, w.Plaintext())
		}
	}
	return all
}

// What people write about a purchase is neither in a topic nor in a row in clear, and staff read it, also what an earlier release has
// stored in clear; that is not in clear in what is published from now on.
func TestWhatPeopleWriteIsPersonal(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer := m.product(2), m.buyer()
	order, payment := m.bought(buyer, product)
	m.must(events.RefundPayment.New(payment, events.RefundRequest{Amount: events.Money{Amount: 100, Currency: "USD"}, Reason: events.Said("canary: Bo says it was wet")}).AskedBy(m.clerk))
	m.must(events.AdjustStock.New(product, events.StockAdjustment{Delta: 1, Reason: events.StockReturned, Note: events.Said("canary: from Bo")}))
	m.must(events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("canary: Bo rang")}).AskedBy(m.clerk))
	want := []string{"canary: Bo rang", "canary: Bo says it was wet", "the order was cancelled", "canary: from Bo"}
	if diff := cmp.Diff(want, m.said(order, payment, product)); diff != "" {
		t.Errorf("(-want +read):\n%s", diff)
	}
	for _, sql := range []string{
		`select count(*) from order_history where note like '%canary%'`, `select count(*) from refund where reason like '%canary%'`,
		`select count(*) from stock_ledger where note like '%canary%'`, `select count(*) from journal_personal p where p::text like '%canary%'`,
	} {
		if n := m.count(sql); n != 0 {
			t.Errorf("%d: %s", n, sql)
		}
	}
	var old string
	if err := m.owner.QueryRow(t.Context(), `update refund set reason = 'canary: long ago' where payment_id = $1 and amount = 100 returning id::text`, payment).Scan(&old); err != nil {
		t.Fatal(err)
	}
	back := events.PaymentAnswer{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: old, Amount: events.Money{Amount: 100, Currency: "USD"}}
	m.must(events.RecordPayment.New(payment, back))
	if read := strings.Join(m.said(order, payment, product), "\n"); !strings.Contains(read, "canary: long ago") {
		t.Errorf("what was stored in clear is not read: %s", read)
	}
	m.kafka.mu.Lock()
	defer m.kafka.mu.Unlock()
	for _, e := range m.kafka.records {
		if strings.Contains(string(e.Data), "canary") || strings.Contains(string(e.Data), "cancelled\"") && strings.Contains(string(e.Data), "the order was") {
			t.Errorf("%s says %s", e.Type, e.Data)
		}
	}
}
