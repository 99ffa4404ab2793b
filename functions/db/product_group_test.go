package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// Families in a list are what somebody would make of the list without them who has all of it: each where the first of its products stands, as the
// first of them that is in stock, with what there is of those that are listed.
func TestProductGroups_AreTheListWithEachFamilyOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	families, brand, tree := familyShop(b)
	one := int64(1)
	rapid.Check(t, func(r *rapid.T) {
		q := events.ProductFilter{
			Text:   rapid.SampledFrom([]string{"", "shirt", "red shirt", "linen", "-red shirt", "shrit", "lien shirt", "shirt or hat", "H-3", "nothing"}).Draw(r, "q"),
			Status: rapid.SampledFrom([]events.ProductStatus{"", events.ProductPublished}).Draw(r, "status"), InStock: rapid.Bool().Draw(r, "in stock"),
			BrandID: rapid.SampledFrom([]string{"", brand}).Draw(r, "brand"), CategoryID: rapid.SampledFrom(append(tree, "")).Draw(r, "category"),
			Paging: events.Paging{Sort: rapid.SampledFrom([]string{"", "name", "-name", "price", "-price", "createdAt"}).Draw(r, "sort")},
		}
		if most := rapid.Int64Range(0, 9).Draw(r, "maxPrice"); most > 0 {
			q.MinPrice, q.MaxPrice = &one, &most
		}
		q.Limit = 100
		want := grouped(pages(r, b.store, q, listProducts), families, q.Sort)
		q.Limit = rapid.SampledFrom([]int{1, 2, 3, 7, 100}).Draw(r, "limit")
		if diff := gocmp.Diff(want, pages(r, b.store, q, listProductGroups)); diff != "" {
			r.Fatalf("%+v (-want +got):\n%s", q, diff)
		}
	})
}

// What is asked for of what is found is all that is found and is as it is asked for, in the same order.
func TestProduct_FiltersAndWordsGoTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, _, tree := familyShop(b)
	most := int64(5)
	rapid.Check(t, func(r *rapid.T) {
		q := events.ProductFilter{
			Text:   rapid.SampledFrom([]string{"", "shirt", "red shirt", "linen", "-red shirt", "shirt or hat"}).Draw(r, "q"),
			Paging: events.Paging{Limit: 100, Sort: rapid.SampledFrom([]string{"", "name", "-price"}).Draw(r, "sort")},
		}
		all := pages(r, b.store, q, listProducts)
		q.InStock, q.Limit = rapid.Bool().Draw(r, "in stock"), rapid.SampledFrom([]int{1, 3, 100}).Draw(r, "limit")
		q.CategoryID = rapid.SampledFrom(append(tree, "")).Draw(r, "category")
		if rapid.Bool().Draw(r, "cheap") {
			q.MaxPrice = &most
		}
		want := slices.DeleteFunc(all, func(p events.ProductState) bool {
			within := q.CategoryID == "" || p.CategoryID == q.CategoryID || q.CategoryID == tree[0] && p.CategoryID != "" ||
				q.CategoryID == tree[1] && p.CategoryID == tree[3]
			return !within || q.InStock && p.Available == 0 || q.MaxPrice != nil && p.Price.Amount > most
		})
		if diff := gocmp.Diff(want, pages(r, b.store, q, listProducts), cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("%+v (-want +got):\n%s", q, diff)
		}
	})
}

// familyShop is products in families and alone, by a brand or not, in a category, in one below it or in none, of which some are alike in what they
// are called, cost and are made.
func familyShop(b *bench) (families map[string]events.FamilyState, brand string, tree []string) {
	b.t.Helper()
	chance := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same shop each time
	pick := func(some ...string) string { return some[chance.IntN(len(some))] }
	brand, families = events.NewID(), map[string]events.FamilyState{}
	b.do(events.CreateBrand.New(brand, brandNamed("acme")))
	for i, parent := range []int{-1, 0, 0, 1} {
		tree = append(tree, events.NewID())
		f := events.CategoryFields{Name: fmt.Sprintf("Category %d", i), Slug: fmt.Sprintf("category-%d", i)}
		if parent >= 0 {
			f.ParentID = tree[parent]
		}
		if made := b.do(events.CreateCategory.New(tree[i], f)); made.Problem != nil {
			b.t.Fatal(made.Problem)
		}
	}
	for i := range 6 {
		id := events.NewID()
		b.do(events.CreateFamily.New(id, events.FamilyFields{Name: fmt.Sprintf("Family %d", i), Slug: fmt.Sprintf("family-%d", i), Options: []events.FamilyOption{
			{Name: "size", Values: []string{"M", "S", "L"}}, {Name: "colour", Values: []string{"red", "blue"}},
		}}))
		f, err := getFamily(b.t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}})
		if err != nil {
			b.t.Fatal(err)
		}
		families[id] = f
	}
	ids := slices.Sorted(maps.Keys(families))
	for i := range 60 {
		f := productNamed(fmt.Sprintf("%s-%d", pick("H", "S"), i), pick("Shirt", "Red shirt", "Linen hat", "Hat"), 1+chance.Int64N(9))
		f.Description, f.Price.Currency = pick("", "Of linen", "Red shirt"), pick("USD", "USD", "EUR")
		f.CategoryID = pick(append(tree, "")...)
		f.BrandID, f.Status = pick("", brand), events.ProductStatus(pick("published", "published", "draft"))
		if chance.IntN(3) == 0 {
			f.ImageURL = fmt.Sprintf("https://example.com/%d.png", i)
		}
		if chance.IntN(4) > 0 {
			f.Family = &events.FamilyPlace{ID: ids[chance.IntN(len(ids))], Options: map[string]string{"size": pick("S", "M", "L"), "colour": pick("red", "blue")}}
		}
		id := events.NewID()
		if made := b.do(events.CreateProduct.New(id, f)); made.Problem == nil && chance.IntN(3) > 0 { // in its place is one, perhaps
			b.do(events.AdjustStock.New(id, events.StockAdjustment{Delta: 1, Reason: events.StockReceived}))
		}
	}
	return families, brand, tree
}

type reading[T any] func(context.Context, *inbox.Store, events.Received[events.ProductFilter]) (events.Page[T], error)

// pages is all of a list, page by page, each of them full but the last.
func pages[T any](r *rapid.T, s *inbox.Store, q events.ProductFilter, read reading[T]) (all []T) {
	for {
		page, err := read(r.Context(), s, events.Received[events.ProductFilter]{Data: q})
		if err != nil {
			r.Fatalf("%+v: %v", q, err)
		}
		all = append(all, page.Items...)
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return all
		}
		if len(page.Items) != q.Limit {
			r.Fatalf("%+v: %d on a page that is not the last", q, len(page.Items))
		}
	}
}

// grouped is a list with each family once.
func grouped(list []events.ProductState, families map[string]events.FamilyState, sort string) (all []events.ProductGroup) {
	at := map[string][]events.ProductState{}
	for _, p := range list {
		id := p.Family.ID
		if len(at[id]) == 0 || id == "" {
			all = append(all, events.ProductGroup{ProductState: p})
		}
		at[id] = append(at[id], p)
	}
	for i, p := range all {
		if id := p.Family.ID; id != "" {
			all[i].ProductState = shownOf(at[id], sort)
			all[i].Group = sumOf(families[id], at[id])
		}
	}
	return all
}

// shownOf is the first of products that is in stock, else the one that is listed first.
func shownOf(products []events.ProductState, sort string) events.ProductState {
	name, descending := strings.CutPrefix(cmp.Or(sort, "-createdAt"), "-")
	inStock := slices.DeleteFunc(slices.Clone(products), func(p events.ProductState) bool { return p.Available == 0 })
	if len(inStock) == 0 {
		return products[0]
	}
	first := map[bool]func([]events.ProductState, func(a, b events.ProductState) int) events.ProductState{
		false: slices.MinFunc[[]events.ProductState], true: slices.MaxFunc[[]events.ProductState],
	}[descending]
	return first(inStock, func(a, b events.ProductState) int {
		by := map[string]int{"name": strings.Compare(a.Name, b.Name), "price": cmp.Compare(a.Price.Amount, b.Price.Amount), "createdAt": a.CreatedAt.Compare(b.CreatedAt)}[name]
		return cmp.Or(by, strings.Compare(a.ID, b.ID))
	})
}

func sumOf(family events.FamilyState, products []events.ProductState) *events.FamilyGroup {
	g := &events.FamilyGroup{ID: family.ID, Name: family.Name, Slug: family.Slug, Products: int64(len(products))}
	slices.SortFunc(products, func(a, b events.ProductState) int {
		if later := b.CreatedAt.Compare(a.CreatedAt); later != 0 {
			return later
		}
		return strings.Compare(b.ID, a.ID)
	})
	amounts := map[string][]int64{}
	for _, p := range products {
		g.InStock = g.InStock || p.Available > 0
		amounts[p.Price.Currency] = append(amounts[p.Price.Currency], p.Price.Amount)
		if g.ImageURL == "" {
			g.ImageURL = p.ImageURL
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(amounts)) {
		least, most := slices.Min(amounts[currency]), slices.Max(amounts[currency])
		g.Prices = append(g.Prices, events.PriceRange{Min: events.Money{Amount: least, Currency: currency}, Max: events.Money{Amount: most, Currency: currency}})
	}
	for _, option := range family.Options {
		has := events.FamilyOption{Name: option.Name}
		for _, value := range option.Values {
			if slices.ContainsFunc(products, func(p events.ProductState) bool { return p.Family.Options[option.Name] == value }) {
				has.Values = append(has.Values, value)
			}
		}
		g.Options = append(g.Options, has)
	}
	return g
}

// A cursor says whether families stand in the list once.
func TestProductGroups_AForeignCursorIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	familyShop(b)
	for _, q := range []events.ProductFilter{{}, {Text: "shirt"}} {
		q.Limit, q.Status = 1, events.ProductPublished
		listed, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: q})
		if err != nil || listed.NextCursor == "" {
			t.Fatal(listed, err)
		}
		groups, err := listProductGroups(t.Context(), b.store, events.Received[events.ProductFilter]{Data: q})
		if err != nil || groups.NextCursor == "" {
			t.Fatal(groups, err)
		}
		q.Cursor = groups.NextCursor
		if _, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: q}); !errors.Is(err, events.Invalid()) {
			t.Errorf("%q of a list of groups: %v", q.Text, err)
		}
		for _, foreign := range []string{listed.NextCursor, "family.", "family", "family.rubbish", strings.TrimPrefix(groups.NextCursor, "family.")} {
			q.Cursor = foreign
			if _, err := listProductGroups(t.Context(), b.store, events.Received[events.ProductFilter]{Data: q}); !errors.Is(err, events.Invalid()) {
				t.Errorf("%q %s: %v", q.Text, foreign, err)
			}
		}
	}
}
