package db

import (
	"math/rand/v2"
	"slices"
	"strings"
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
	m.noDeadlock(replicas)
}

// noDeadlock closes replicas: all is as it must be, and Postgres has counted no deadlock.
func (m *market) noDeadlock(replicas []*inbox.Store) {
	t := m.t
	t.Helper()
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

// Brands and categories that change, go and take each other's products, in all directions, through four replicas at once, while products come
// and change, wait for each other and never in a circle. No product is left with what is gone.
func TestMergersDeadlockNobody(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	replicas := []*inbox.Store{m.store}
	for range 3 {
		replicas = append(replicas, m.replica(func(o *inbox.Options) { o.Limits = m.store.Limits }))
	}
	const workers, turns, things = 16, 10, 24
	var brands, categories []string
	for i := range things {
		brands, categories = append(brands, events.NewID()), append(categories, events.NewID())
		m.must(events.CreateBrand.New(brands[i], brandNamed("b"+brands[i])))
		m.must(events.CreateCategory.New(categories[i], categoryNamed("c"+categories[i], "")))
	}
	told := atOnce(workers, func(i int) map[string]bool {
		outcomes, random := map[string]bool{}, rand.New(rand.NewPCG(7, uint64(i)))
		for range turns {
			brand, other := brands[random.IntN(things)], brands[random.IntN(things)]
			category, aside := categories[random.IntN(things)], categories[random.IntN(things)]
			product := events.NewID()
			fields := productNamed("D-"+product, "Mug", 1000)
			fields.BrandID, fields.CategoryID = brand, category
			moved := fields
			moved.BrandID, moved.CategoryID = other, aside
			for j, o := range []events.Outgoing{
				events.CreateProduct.New(product, fields),
				events.UpdateProduct.New(product, events.Change[events.ProductFields]{ExpectedVersion: 1, Fields: moved}),
				events.UpdateBrand.New(other, events.Change[events.BrandFields]{ExpectedVersion: 1, Fields: brandNamed("r" + other)}),
				events.MergeBrand.New(brand, events.Merger{ExpectedVersion: 1, IntoID: other}),
				events.MergeCategory.New(category, events.Merger{ExpectedVersion: 1, IntoID: aside}),
			} {
				e, s := m.command(o), replicas[(i+j)%len(replicas)]
				if err := s.Apply(t.Context(), e); err != nil {
					outcomes[err.Error()] = true
					continue
				}
				outcomes[e.Type+" "+code(m.outcome(s, e))] = true
			}
		}
		return outcomes
	})
	met := map[string]bool{}
	for _, outcomes := range told {
		for outcome := range outcomes {
			met[outcome] = true
			if _, refusal, decided := strings.Cut(outcome, ".v1 "); !decided || !slices.Contains([]string{"", "invalid", "not_found", "stale_version"}, refusal) {
				t.Errorf("an outcome is %q", outcome)
			}
		}
	}
	for _, command := range []events.Declared{events.CreateProduct, events.UpdateProduct, events.UpdateBrand, events.MergeBrand, events.MergeCategory} {
		if !met[command.Type()+" "] {
			t.Errorf("no %s was carried out", command.Declaration())
		}
	}
	if n := m.owned(`select count(*) from product p left join brand b on b.id = p.brand_id left join category c on c.id = p.category_id
		where p.deleted_at is null and (b.deleted_at is not null or c.deleted_at is not null)`); n != 0 {
		t.Errorf("%d products have a brand or a category that is gone", n)
	}
	m.noDeadlock(replicas)
}

// owned counts as the owner of the tables.
func (m *market) owned(sql string) (n int) {
	m.t.Helper()
	if err := m.owner.QueryRow(m.t.Context(), sql).Scan(&n); err != nil {
		m.t.Fatal(err)
	}
	return n
}
