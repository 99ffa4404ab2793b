package db

import (
	"math/rand/v2"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// Orders of many lines over the same few products, through four replicas at once, wait for each other and never in a circle: Postgres
// counts no deadlock. What is sold is what was there.
func TestNoReplicaDeadlocksAnother(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	replicas := []*inbox.Store{m.store}
	for range 3 {
		replicas = append(replicas, m.replica(func(o *inbox.Options) { o.Limits = m.store.Limits }))
	}
	const products, buyers, orders = 40, 16, 8
	var shelf []string
	for range products {
		shelf = append(shelf, m.product(60))
	}
	buyer := m.buyer()
	codes := atOnce(buyers, func(i int) map[string]int {
		told, random := map[string]int{}, rand.New(rand.NewPCG(9, uint64(i)))
		for range orders {
			var lines []events.OrderItem
			for _, p := range random.Perm(products)[:1+random.IntN(20)] {
				lines = append(lines, events.OrderItem{ProductID: shelf[p], Quantity: 1 + random.Int64N(3)})
			}
			order := events.NewID()
			place := m.command(events.PlaceOrder.New(order, cartOf(lines...)).AskedBy(buyer))
			cancel := m.command(events.CancelOrder.New(order, events.OrderReason{}).AskedBy(buyer))
			for j, e := range []events.Envelope{place, cancel}[:1+random.IntN(2)] {
				s := replicas[(i+j)%len(replicas)]
				if err := s.Apply(t.Context(), e); err != nil {
					told[err.Error()]++
					continue
				}
				told[e.Type+" "+code(m.outcome(s, e))]++
			}
		}
		return told
	})
	for _, told := range codes {
		for outcome := range told {
			switch outcome {
			case events.PlaceOrder.Type() + " ", events.PlaceOrder.Type() + " out_of_stock", events.CancelOrder.Type() + " ", events.CancelOrder.Type() + " not_found":
			default:
				t.Errorf("an outcome is %q", outcome)
			}
		}
	}
	for _, broken := range dbtest.Invariants(t.Context(), m.owner) {
		t.Error(broken)
	}
	for _, s := range replicas { // a connection tells what it has counted when it ends
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	m.eventually("every connection has ended", func() bool {
		return m.owned(`select count(*) from pg_stat_activity where application_name = 'mart-db' and datname = current_database()`) == 0
	})
	if n := m.owned(`select deadlocks from pg_stat_database where datname = current_database()`); n != 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// owned counts as the owner of the tables.
func (m *market) owned(sql string) (n int) {
	m.t.Helper()
	if err := m.owner.QueryRow(m.t.Context(), sql).Scan(&n); err != nil {
		m.t.Fatal(err)
	}
	return n
}
