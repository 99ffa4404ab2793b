package domain_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

func numbered(n int) string { return fmt.Sprintf("0198c6f2-3c1e-7d4a-9b1e-%012d", n) }

// stockroom is two brands, and two categories of which the second is below the first; so many products have the first brand, of which so many
// are locked, and as many the second category.
func stockroom(stored int64, locked int) domain.Case {
	rows := domain.NewRows()
	meta := func(n int) events.Meta { return events.Meta{ID: numbered(n), Version: 1} }
	for n := range 2 {
		domain.BrandRows.Load(rows, numbered(n), domain.Row[events.BrandState]{State: events.BrandState{Meta: meta(n)}})
	}
	for n, parent := range []string{"", numbered(0)} {
		c := events.CategoryState{Meta: meta(n), CategoryFields: events.CategoryFields{ParentID: parent}}
		domain.CategoryRows.Load(rows, numbered(n), domain.Row[events.CategoryState]{State: c})
	}
	for _, use := range []domain.Use{domain.BrandUse, domain.CategoryUse} {
		use.Stored.Ask(rows, numbered(0))
		use.Stored.Ask(rows, numbered(1))
	}
	domain.BrandUse.Stored.Load(rows, numbered(0), stored)
	domain.CategoryUse.Stored.Load(rows, numbered(1), stored)
	load := func(n int) {
		p := events.ProductState{Meta: meta(100 + n), ProductFields: events.ProductFields{BrandID: numbered(0), CategoryID: numbered(1)}}
		domain.ProductRows.Load(rows, p.ID, domain.Row[events.ProductState]{State: p})
	}
	_ = rows.Take(func() error { // it cannot fail
		for n := range locked {
			load(n)
		}
		return nil
	})
	load(locked) // only read
	if locked > 0 {
		load(0) // read once more
	}
	for _, ask := range []func(*domain.Rows, string){domain.BrandRows.Ask, domain.CategoryRows.Ask, domain.ProductRows.Ask} {
		ask(rows, numbered(9))
	}
	return domain.Case{Rows: rows, Now: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)}
}

func about[T any](n int, data T) events.Received[T] {
	return events.Received[T]{Envelope: events.Envelope{Subject: numbered(n)}, Data: data}
}

func removal(version int64) events.Deletion { return events.Deletion{ExpectedVersion: version} }

func merger(into int) events.Merger { return events.Merger{ExpectedVersion: 1, IntoID: numbered(into)} }

func TestUse(t *testing.T) {
	t.Parallel()
	brand, category := domain.Brands, domain.Categories
	const advice = ". Delete or change them first, or name in reassign another brand that takes them."
	for name, c := range map[string]struct {
		stored int64
		locked int
		do     func(domain.Case) ([]events.Outgoing, error)
		want   string
	}{
		"one":  {1, 0, func(c domain.Case) ([]events.Outgoing, error) { return brand.Delete(c, about(0, removal(1))) }, "in_use: One product has this brand" + advice},
		"some": {1234, 0, func(c domain.Case) ([]events.Outgoing, error) { return brand.Delete(c, about(0, removal(1))) }, "in_use: 1234 products have this brand" + advice},
		"very many": {
			domain.MostCounted + 1, 0, func(c domain.Case) ([]events.Outgoing, error) { return brand.Delete(c, about(0, removal(1))) },
			"in_use: More than 100000 products have this brand" + advice,
		},
		"another version comes first": {1, 0, func(c domain.Case) ([]events.Outgoing, error) { return brand.Delete(c, about(0, removal(2))) }, "stale_version"},
		"not in use":                  {1, 0, func(c domain.Case) ([]events.Outgoing, error) { return brand.Delete(c, about(1, removal(1))) }, ""},
		"a category": {
			2, 0, func(c domain.Case) ([]events.Outgoing, error) { return category.Delete(c, about(1, removal(1))) },
			"in_use: 2 products have this category. Delete or change them first, or name in reassign another category that takes them.",
		},
		"categories below come first": {2, 0, func(c domain.Case) ([]events.Outgoing, error) { return category.Delete(c, about(0, removal(1))) }, "category_not_empty"},
		"into itself":                 {1, 1, func(c domain.Case) ([]events.Outgoing, error) { return brand.Merge(c, about(0, merger(0))) }, "invalid"},
		"into none":                   {1, 1, func(c domain.Case) ([]events.Outgoing, error) { return brand.Merge(c, about(0, merger(9))) }, "invalid"},
		"into what is below":          {1, 1, func(c domain.Case) ([]events.Outgoing, error) { return category.Merge(c, about(0, merger(1))) }, "category_not_empty"},
		"into its parent":             {1, 1, func(c domain.Case) ([]events.Outgoing, error) { return category.Merge(c, about(1, merger(0))) }, ""},
		"nothing to move":             {1, 1, func(c domain.Case) ([]events.Outgoing, error) { return brand.Merge(c, about(1, merger(0))) }, ""},
		"as many as move":             {domain.MostMoved, domain.MostMoved, func(c domain.Case) ([]events.Outgoing, error) { return brand.Merge(c, about(0, merger(1))) }, ""},
		"more than move": {
			domain.MostMoved + 1, domain.MostMoved + 1, func(c domain.Case) ([]events.Outgoing, error) { return brand.Merge(c, about(0, merger(1))) },
			"too_many_products: 301 products have this brand, and at most 300 are moved at once. Move or delete some of them first.",
		},
		"not all are locked": {3, 2, func(c domain.Case) ([]events.Outgoing, error) { return brand.Merge(c, about(0, merger(1))) }, domain.ErrUnloaded.Error()},
	} {
		_, err := c.do(stockroom(c.stored, c.locked))
		got := ""
		if p, is := errors.AsType[*events.Problem](err); is && p.Code == c.want {
			got = p.Code
		} else if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What was decided before in the same batch counts: products that came, went and moved are with those that were stored.
func TestUse_CountsWhatWasDecidedSince(t *testing.T) {
	t.Parallel()
	c := stockroom(2, 2)
	put := func(n int, brand string, gone bool) {
		p := domain.Row[events.ProductState]{State: events.ProductState{Meta: events.Meta{ID: numbered(n), Version: 1}, ProductFields: events.ProductFields{BrandID: brand}}}
		if gone {
			p.DeletedAt = &c.Now
		}
		domain.ProductRows.Put(c.Rows, numbered(n), p)
		c.Keep()
	}
	var got []string
	tell := func() {
		_, err := domain.Brands.Delete(c, about(0, removal(1)))
		c.Drop()
		problem, _ := errors.AsType[*events.Problem](err)
		if problem == nil {
			got = append(got, "deleted")
			return
		}
		got = append(got, problem.Detail[:len("2 products")])
	}
	tell()
	put(200, numbered(0), false)
	tell()
	put(100, numbered(0), true)
	put(101, numbered(1), false)
	put(201, "", false)
	tell()
	put(200, numbered(1), false)
	tell()
	if diff := cmp.Diff([]string{"2 products", "3 products", "One produc", "deleted"}, got); diff != "" {
		t.Error(diff)
	}
}

// A merger tells the deletion first, and then each product in the order of ids, with its next version, the other brand and nothing else changed.
func TestMerge_MovesEachProduct(t *testing.T) {
	t.Parallel()
	c := stockroom(2, 2)
	domain.Stock.Load(c.Rows, numbered(101), events.StockState{ProductID: numbered(101), Available: 7})
	told, err := domain.Brands.Merge(c, about(0, merger(1)))
	if err != nil {
		t.Fatal(err)
	}
	product := func(n int, available int64) any {
		return &events.ProductState{
			Meta: events.Meta{ID: numbered(n), Version: 2, UpdatedAt: c.Now}, ProductFields: events.ProductFields{BrandID: numbered(1), CategoryID: numbered(1)}, Available: available,
		}
	}
	var got []any
	for _, m := range told {
		got = append(got, m.Payload())
	}
	want := []any{&events.BrandState{Meta: events.Meta{ID: numbered(0), Version: 2, UpdatedAt: c.Now}}, product(100, 0), product(101, 7)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
