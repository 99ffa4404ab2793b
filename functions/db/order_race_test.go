package db

import (
	"context"
	"testing"

	"github.com/onlinemart/mart/events"
)

// An order that another replica places under the same id, while this one waits for the stock's lock, is found to be there, and no fault.
func TestPlaceOrder_AnotherPlacesItMeanwhile(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, buyer, id := m.product(3), m.buyer(), events.NewID()
	done := m.order(buyer, one(product))
	m.must(events.CancelOrder.New(done, events.OrderReason{Reason: events.Said("changed")}).AskedBy(buyer))

	other, err := m.owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback(context.WithoutCancel(t.Context())) }()
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := other.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`select from stock where product_id = $1 for update`, product)
	outcome := make(chan string, 1)
	go func() { outcome <- code(m.do(events.PlaceOrder.New(id, one(product)).AskedBy(buyer))) }()
	m.eventually("the command waits for the stock", func() bool {
		var waits int
		return other.QueryRow(t.Context(), `select count(*) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))`).Scan(&waits) == nil && waits > 0
	})
	for _, table := range []string{"orders", "order_line", "order_history"} {
		key := "order_id"
		if table == "orders" {
			key = "id"
		}
		exec(`insert into `+table+` overriding system value select (jsonb_populate_record(o, jsonb_build_object('`+key+`', $1::text, 'number', nextval('orders_number_seq')))).*
			from `+table+` o where o.`+key+` = $2`, id, done)
	}
	if err := other.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-outcome; got != "already_exists" {
		t.Errorf("the order is refused with %q", got)
	}
}
