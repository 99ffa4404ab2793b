package db

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// Of many products, one by one of what is asked for is found through its index, and the plans say so.
func TestPlans_FindProductsThroughTheirIndexes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := b.asOwner()
	const many = `
		insert into product (id, created_at, updated_at, sku, name, description, amount, currency, status, brand_id, category_id)
		select gen_random_uuid(), now() + n * interval '1 second', now(), 'S-' || n, 'Word' || n || ' lamp' || case when n % 20 = 0 then ' twentieth' else '' end,
			'Said' || n || ' of it', n, 'EUR', 'published', brand.id, category.id
		from generate_series(1, 5000) n join brand on brand.slug = 'b' || n % 50 join category on category.slug = 'c' || 1 + n % 6`
	for _, sql := range []string{
		`insert into brand (id, created_at, updated_at, name, slug) select gen_random_uuid(), now(), now(), 'B', 'b' || n from generate_series(0, 49) n`,
		`insert into category (id, created_at, updated_at, name, slug) select gen_random_uuid(), now(), now(), 'C', 'c' || n from generate_series(0, 6) n`,
		`update category set parent_id = top.id from category top where top.slug = 'c0' and category.slug in ('c1', 'c2', 'c3')`, many, `analyze product`,
	} {
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var brand, category string
	if err := owner.QueryRow(t.Context(), `select (select id::text from brand limit 1), (select id::text from category where slug = 'c0')`).Scan(&brand, &category); err != nil {
		t.Fatal(err)
	}
	const newest, words, merged = "newest first", "by words, time and place", "by category"
	for _, c := range []struct {
		q       events.ProductFilter
		indexes []string // of each statement that reads products, after what was typed is looked at
	}{
		{events.ProductFilter{}, []string{newest}},
		{events.ProductFilter{BrandID: brand}, []string{"by brand"}},
		{events.ProductFilter{Paging: events.Paging{Sort: "price"}}, []string{"by price"}},
		{events.ProductFilter{BrandID: brand, Paging: events.Paging{Sort: "price"}}, []string{"by brand and price"}},
		{events.ProductFilter{Text: "lamp"}, []string{newest}},                       // it is common: a few are enough to fill a page
		{events.ProductFilter{Text: "twentieth"}, []string{words}},                   // 15 of 300 have it, 250 in all: they are read at once
		{events.ProductFilter{Text: "lamp", CategoryID: category}, []string{merged}}, // the newest of each category, merged
		{events.ProductFilter{Text: "s-77"}, []string{words}},                        // few have it: all are read
		{events.ProductFilter{Text: "said77"}, []string{words}},
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
		if want := c.q.CategoryID != ""; want != strings.Contains(plans[len(plans)-1].Steps, "Merge Append") {
			t.Errorf("%+v: categories are merged in their order: %v", c.q, !want)
		}
	}
	var want []string
	for n := 5000; n > 0; n -= 20 {
		want = append(want, "S-"+strconv.Itoa(n))
	}
	if diff := cmp.Diff(want, b.found(events.ProductFilter{Text: "twentieth", Paging: events.Paging{Limit: 20}})); diff != "" {
		t.Errorf("page by page (-want +found):\n%s", diff)
	}
}
