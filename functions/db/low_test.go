package db

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// That a product becomes low is told once each time, in the transaction that makes it so: by a sale or a count, and not while it is low, nor of
// what is not on sale.
func TestAProductThatBecomesLowIsToldOfOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.LowStock = 5 })
	buyer, product, draft := m.buyer(), m.product(8), m.product(9)
	m.exec(`update product set status = 'draft' where id = $1`, draft)
	adjust := func(product string, delta int64) func() {
		return func() {
			m.must(events.AdjustStock.New(product, events.StockAdjustment{Delta: delta, Reason: events.StockCounted}))
		}
	}
	var last string
	buy := func(n int64) func() {
		return func() { last = m.order(buyer, cartOf(events.OrderItem{ProductID: product, Quantity: n})) }
	}
	for _, step := range []struct {
		what    string
		do      func()
		product string
		told    int
	}{
		{"8 to 6", buy(2), product, 0},
		{"6 to 5", buy(1), product, 1},
		{"5 to 4", buy(1), product, 1},
		{"4 to 3, by hand", adjust(product, -1), product, 1},
		{"3 to 7", adjust(product, 4), product, 1},
		{"7 to 2, in one", buy(5), product, 2},
		{"2 to 7, cancelled", func() { m.must(events.CancelOrder.New(last, events.OrderReason{}).AskedBy(buyer)) }, product, 2},
		{"7 to 5, by hand", adjust(product, -2), product, 3},
		{"9 to 1, not on sale", adjust(draft, -8), draft, 0},
	} {
		step.do()
		if n := m.told(events.StockLow, step.product); n != step.told {
			t.Errorf("%s: told %d times in all, want %d", step.what, n, step.told)
		}
	}
	low, err := listStock(t.Context(), m.store, events.Received[events.StockFilter]{Data: events.StockFilter{Low: true}})
	if err != nil || len(low.Items) != 2 || low.Items[1].Available != 5 {
		t.Errorf("low: %+v, %v", low.Items, err)
	}
}

// Many buy at one moment, and it is told once.
func TestAProductThatManyBuyIsToldOfOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.LowStock = 5 })
	product := m.product(12)
	buyers := make([]events.Principal, 12)
	for i := range buyers {
		buyers[i] = m.buyer()
	}
	atOnce(len(buyers), func(i int) string { return m.order(buyers[i], one(product)) })
	if n := m.told(events.StockLow, product); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
}

// A mail that a product is low names it, from its claim to its next try; it is for whoever of the staff fills shelves and may log in.
func TestWhoIsToldOfLowStock(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	hire := func(role, status string) string {
		id := events.NewID()
		m.exec(`insert into staff (id, created_at, updated_at, email, email_cipher, name, roles, status) values ($1, now(), now(), $2, 'c', 'n', array[$3], $4)`, id, id+"@example.com", role, status)
		return id
	}
	owner, keeper := hire("owner", "active"), hire("catalog", "active")
	hire("catalog", "disabled")
	hire("viewer", "active")
	found, err := findStaff(t.Context(), m.store, events.Received[events.StaffQuestion]{Data: events.StaffQuestion{May: events.StockWrite}})
	if d := cmp.Diff([]string{owner, keeper}, found.IDs, cmpopts.SortSlices(strings.Compare)); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	product, mail := m.product(1), events.NewID()
	m.must(events.ClaimNotification.New(mail, events.NotificationClaim{Kind: events.LowStockMail, UserID: keeper, ProductID: product, Token: "t", LeaseSeconds: 60}))
	got, err := getNotification(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: mail}})
	if err != nil || got.ProductID != product || got.UserID != keeper || got.Language != "" {
		t.Errorf("%+v, %v", got, err)
	}
}
