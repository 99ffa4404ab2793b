package db

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// kept is a noun that products refer to, and what is said about it.
type kept struct {
	noun   string
	create func(id, name string) events.Outgoing
	remove func(id string) events.Outgoing
	merge  func(id, into string) events.Outgoing
	set    func(p *events.ProductFields, id string)
}

func keptNouns() []kept {
	return []kept{
		{
			"brand",
			func(id, name string) events.Outgoing { return events.CreateBrand.New(id, brandNamed(name)) },
			func(id string) events.Outgoing {
				return events.DeleteBrand.New(id, events.Deletion{ExpectedVersion: 1})
			},
			func(id, into string) events.Outgoing {
				return events.MergeBrand.New(id, events.Merger{ExpectedVersion: 1, IntoID: into})
			},
			func(p *events.ProductFields, id string) { p.BrandID = id },
		},
		{
			"category",
			func(id, name string) events.Outgoing { return events.CreateCategory.New(id, categoryNamed(name, "")) },
			func(id string) events.Outgoing {
				return events.DeleteCategory.New(id, events.Deletion{ExpectedVersion: 1})
			},
			func(id, into string) events.Outgoing {
				return events.MergeCategory.New(id, events.Merger{ExpectedVersion: 1, IntoID: into})
			},
			func(p *events.ProductFields, id string) { p.CategoryID = id },
		},
		{
			"family",
			func(id, name string) events.Outgoing { return events.CreateFamily.New(id, familyNamed(name)) },
			func(id string) events.Outgoing {
				return events.DeleteFamily.New(id, events.Deletion{ExpectedVersion: 1})
			},
			func(id, into string) events.Outgoing {
				return events.MergeFamily.New(id, events.Merger{ExpectedVersion: 1, IntoID: into})
			},
			func(p *events.ProductFields, id string) { p.Family = placeIn(id) },
		},
	}
}

// pair makes two of a noun.
func (m *market) pair(k kept) (from, into string) {
	m.t.Helper()
	from, into = events.NewID(), events.NewID()
	m.must(k.create(from, "from-"+from))
	m.must(k.create(into, "into-"+into))
	return from, into
}

// productIn is the command that makes a product of a brand or in a category.
func (k kept) productIn(of string) (id string, create events.Outgoing) {
	id = events.NewID()
	f := productNamed("K-"+id[24:], "Mug", 1000)
	k.set(&f, of)
	return id, events.CreateProduct.New(id, f)
}

// shelve makes n products that refer to something, past all commands.
func (m *market) shelve(noun, of string, n int) {
	m.t.Helper()
	options := `'{}'`
	if noun == "family" {
		options = nthPlace(`n - 1 + (select count(*) from product)`)
	}
	m.exec(`with made as (
			insert into product (id, created_at, updated_at, sku, name, amount, currency, status, options, `+noun+`_id)
			select gen_random_uuid(), now(), now(), 'S-' || gen_random_uuid(), 'Mug', 1000, 'USD', 'published', `+options+`, $1 from generate_series(1, $2) n returning id
		) insert into stock (product_id, updated_at) select id, now() from made`, of, n)
}

func (m *market) live(noun, of string) int {
	return m.count(`select count(*) from product where deleted_at is null and `+noun+`_id = $1`, of)
}

// What products refer to stays, and whoever wants to delete it is told how many there are, whatever else shares the batch.
func TestWhatProductsReferToIsNotDeleted(t *testing.T) {
	t.Parallel()
	for _, k := range keptNouns() {
		t.Run(k.noun, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			from, _ := m.pair(k)
			m.shelve(k.noun, from, 2)
			id, create := k.productIn(from)
			m.must(create)
			last, another := k.productIn(from)
			together := []events.Envelope{
				m.command(k.remove(from)), m.command(another), m.command(k.remove(from)),
				m.command(events.DeleteProduct.New(id, events.Deletion{ExpectedVersion: 1})),
				m.command(events.DeleteProduct.New(last, events.Deletion{ExpectedVersion: 1})), m.command(k.remove(from)),
			}
			var got []string
			for i, err := range m.togetherWith(together...) {
				if err != nil {
					t.Fatal(err)
				}
				if o := m.outcome(m.store, together[i]); o.Problem != nil {
					detail, _, _ := strings.Cut(o.Problem.Detail, ".")
					got = append(got, o.Problem.Code+": "+detail)
				}
			}
			want := []string{
				"in_use: 3 products have this " + k.noun, "in_use: 4 products have this " + k.noun, "in_use: 2 products have this " + k.noun,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			m.exec(`update product set deleted_at = now() where ` + k.noun + `_id is not null`)
			m.must(k.remove(from))
		})
	}
}

// A merger moves every product in its own transaction: each has a new version and an event, and the journal finds the command by it.
func TestAMergerMovesTheProducts(t *testing.T) {
	t.Parallel()
	for _, k := range keptNouns() {
		t.Run(k.noun, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			from, into := m.pair(k)
			var ids []string
			for range 3 {
				id, create := k.productIn(from)
				m.must(create)
				ids = append(ids, id)
			}
			m.must(events.AdjustStock.New(ids[1], events.StockAdjustment{Delta: 7, Reason: events.StockReceived}))
			elsewhere, create := k.productIn(into)
			m.must(create)
			for _, bad := range []string{from, events.NewID()} {
				m.refused("invalid", k.merge(from, bad))
			}
			slices.Sort(ids)
			if got := m.must(k.merge(from, into)); !strings.Contains(got.Type, k.noun+".deleted") {
				t.Errorf("it is told as %s", got.Type)
			}
			if n := m.live(k.noun, into); n != 4 || m.live(k.noun, from) != 0 {
				t.Errorf("%d products have the other one, %d the deleted one", n, m.live(k.noun, from))
			}
			entry := m.entries()[len(m.entries())-1]
			var told []string
			for _, r := range entry.Results[1:] {
				state, err := events.ProductUpdated.Decode(m.allKeys(), r.Data)
				if err != nil || r.Type != events.ProductUpdated.Type() {
					t.Fatal(r.Type, err)
				}
				told = append(told, fmt.Sprint(state.ID, " ", state.Version, " ", state.Available, " ", state.BrandID+state.CategoryID+state.Family.ID))
				stored, err := getProduct(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: state.ID}})
				if diff := cmp.Diff(state, stored); diff != "" || err != nil {
					t.Errorf("%v stored (-told +stored):\n%s", err, diff)
				}
			}
			var want []string
			for _, id := range ids {
				available := map[bool]int{true: 7}[m.count(`select on_hand::int from stock where product_id = $1`, id) == 7]
				want = append(want, fmt.Sprint(id, " 2 ", available, " ", into))
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if n := m.count(`select version::int from product where id = $1`, elsewhere); n != 1 {
				t.Errorf("a product that was there already has version %d", n)
			}
			if n := m.count(`select count(*) from journal where about @> array[$1::uuid] and subject = $2`, ids[2], from); n != 1 {
				t.Errorf("the journal has %d mergers about a product", n)
			}
		})
	}
}

// So many move at once and no more. Two that move as many share no transaction, and both are carried out.
func TestAMergerIsBounded(t *testing.T) {
	t.Parallel()
	for _, k := range keptNouns() {
		t.Run(k.noun, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			first, into := m.pair(k)
			second, third := m.pair(k)
			m.shelve(k.noun, first, domain.MostMoved)
			m.shelve(k.noun, second, domain.MostMoved)
			m.shelve(k.noun, third, domain.MostMoved+1)
			all := []events.Envelope{m.command(k.merge(first, into)), m.command(k.merge(third, into)), m.command(k.merge(second, into))}
			var got []string
			for i, err := range m.togetherWith(slices.Clone(all)...) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, code(m.outcome(m.store, all[i])))
			}
			if diff := cmp.Diff([]string{"", "too_many_products", ""}, got); diff != "" {
				t.Error(diff)
			}
			if n := m.live(k.noun, into); n != 2*domain.MostMoved || m.live(k.noun, third) != domain.MostMoved+1 {
				t.Errorf("%d products have moved, %d have stayed", n, m.live(k.noun, third))
			}
		})
	}
}

// The entry of a merger of the longest products, in the letters that take most bytes, fits an answer of db: the journal can be read.
func TestAMergersEntryFitsAnAnswer(t *testing.T) {
	t.Parallel()
	id := events.NewID()
	longest := events.ProductState{Meta: events.Meta{ID: id}, ProductFields: events.ProductFields{
		SKU: strings.Repeat("S", 64), Name: strings.Repeat("<", 200), Description: strings.Repeat("<", 5000), ImageURL: "https://x.example/" + strings.Repeat("&", 1982),
		BrandID: id, CategoryID: id, Price: events.Money{Currency: "USD"}, Status: events.ProductPublished,
	}}
	if _, err := domain.Product(longest.ProductFields); err != nil {
		t.Fatal(err)
	}
	raw, err := testKeys().Encode(&events.JournalResult{ID: id, Type: events.ProductUpdated.Type(), Subject: id, Data: must(testKeys().Encode(&longest))})
	const answer = 16 << 20
	if size := domain.MostMoved * len(raw); err != nil || size > answer*9/10 {
		t.Errorf("%d bytes, an answer has %d: %v", size, answer, err)
	}
}

// A product that comes while what it refers to is going away, and the other way round: whoever holds the lock first is first, and the other
// one decides on what has become of it.
func TestAProductMeetsADeletion(t *testing.T) {
	t.Parallel()
	for _, k := range keptNouns() {
		for name, removes := range map[string]func(from, into string) events.Outgoing{
			"deleted": func(from, _ string) events.Outgoing { return k.remove(from) }, "merged": k.merge,
		} {
			t.Run(k.noun+" "+name, func(t *testing.T) {
				t.Parallel()
				for _, productFirst := range []bool{true, false} {
					m := newMarket(t)
					from, into := m.pair(k)
					product, create := k.productIn(from)
					ahead, behind := create, removes(from, into)
					if !productFirst {
						ahead, behind = behind, ahead
					}
					got := m.meet(ahead, behind)
					want := map[bool][]string{true: {"", map[string]string{"deleted": "in_use", "merged": ""}[name]}, false: {"", "invalid"}}[productFirst]
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("the product first: %t (-want +got):\n%s", productFirst, diff)
					}
					if n := m.count(`select count(*) from product p join ` + k.noun + ` x on x.id = p.` + k.noun + `_id where x.deleted_at is not null`); n != 0 {
						t.Errorf("%d products have what is deleted, %s among them", n, product)
					}
				}
			})
		}
	}
}

// meet carries one command out while another one waits for its locks: the first stops before it commits until the second is seen to wait.
func (m *market) meet(ahead, behind events.Outgoing) []string {
	m.t.Helper()
	reached, goOn := make(chan struct{}), make(chan struct{})
	slow := m.replica(func(o *inbox.Options) {
		o.Limits = m.store.Limits
		var once sync.Once
		o.FailAt = func(place string) error {
			if place == inbox.BeforeCommit {
				once.Do(func() { close(reached) })
				<-goOn
			}
			return nil
		}
	})
	first, second := m.command(ahead), m.command(behind)
	failed := make(chan error, 2)
	go func() { failed <- slow.Apply(m.t.Context(), first) }()
	<-reached
	go func() { failed <- m.store.Apply(m.t.Context(), second) }()
	m.eventually("the second waits for the first, or is done", func() bool {
		return len(failed) > 0 || m.owned(`select count(*) from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0 and datname = current_database()`) > 0
	})
	close(goOn)
	for range 2 {
		if err := <-failed; err != nil {
			m.t.Fatal(err)
		}
	}
	return []string{code(m.outcome(m.store, first)), code(m.outcome(m.store, second))}
}
