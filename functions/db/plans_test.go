package db

import (
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
)

// Of many products, one by one of what is asked for is found through its index, and the plans say so.
func TestPlans_FindProductsThroughTheirIndexes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := b.asOwner()
	const many = `
		insert into product (id, created_at, updated_at, sku, name, description, amount, currency, status, brand_id)
		select gen_random_uuid(), now() + n * interval '1 second', now(), 'S-' || n, 'Word' || n || ' lamp', 'Said' || n || ' of it', n, 'EUR', 'published', brand.id
		from generate_series(1, 5000) n join brand on brand.slug = 'b' || n % 50`
	for _, sql := range []string{
		`insert into brand (id, created_at, updated_at, name, slug) select gen_random_uuid(), now(), now(), 'B', 'b' || n from generate_series(0, 49) n`, many, `analyze product`,
	} {
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var brand string
	if err := owner.QueryRow(t.Context(), `select id::text from brand limit 1`).Scan(&brand); err != nil {
		t.Fatal(err)
	}
	const newest, called, words = "newest first", "by what it is called", "by words"
	for _, c := range []struct {
		q       events.ProductFilter
		indexes []string // of each statement that reads products
	}{
		{events.ProductFilter{}, []string{newest}},
		{events.ProductFilter{BrandID: brand}, []string{"by brand"}},
		{events.ProductFilter{Paging: events.Paging{Sort: "price"}}, []string{"by price"}},
		{events.ProductFilter{BrandID: brand, Paging: events.Paging{Sort: "price"}}, []string{"by brand and price"}},
		{events.ProductFilter{Text: "lamp"}, []string{newest, called, newest}}, // it is common; nothing is called so; a few are enough to fill a page
		{events.ProductFilter{Text: "s-77"}, []string{newest, called, called, words}},
		{events.ProductFilter{Text: "said77"}, []string{newest, called, called, words}},
	} {
		plans, err := Plans(t.Context(), b.database.App, c.q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range plans {
			if _, index, found := strings.Cut(p.Steps, `"product: `); found {
				name, _, _ := strings.Cut(index, `"`)
				got = append(got, name)
			}
		}
		if strings.Join(got, ", ") != strings.Join(c.indexes, ", ") {
			t.Errorf("%+v: %v, want %v", c.q, got, c.indexes)
			for _, p := range plans {
				t.Log(p.Steps)
			}
		}
	}
}
