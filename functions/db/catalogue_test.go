package db

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func categoryNamed(name, parent string) events.CategoryFields {
	return events.CategoryFields{Name: name, Slug: name, ParentID: parent}
}

func TestCategory_TreeWithoutCycles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root, child, leaf := events.NewID(), events.NewID(), events.NewID()
	for _, m := range []events.Outgoing{
		events.CreateCategory.New(root, categoryNamed("root", "")), events.CreateCategory.New(child, categoryNamed("child", root)),
		events.CreateCategory.New(leaf, categoryNamed("leaf", child)),
	} {
		if got := code(b.do(m)); got != "" {
			t.Fatal(got)
		}
	}
	move := events.Change[events.CategoryFields]{ExpectedVersion: 1, Fields: categoryNamed("root", leaf)}
	got := []string{
		code(b.do(events.UpdateCategory.New(root, move))),
		code(b.do(events.CreateCategory.New(events.NewID(), categoryNamed("leaf", "")))),
		code(b.do(events.CreateCategory.New(events.NewID(), categoryNamed("lost", events.NewID())))),
		code(b.do(events.DeleteCategory.New(child, events.Deletion{ExpectedVersion: 1}))),
		code(b.do(events.DeleteCategory.New(leaf, events.Deletion{ExpectedVersion: 7}))),
	}
	if diff := cmp.Diff([]string{"category_cycle", "slug_taken", "invalid", "category_not_empty", "stale_version"}, got); diff != "" {
		t.Error(diff)
	}
	state, err := getCategory(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: leaf}})
	if err != nil {
		t.Fatal(err)
	}
	path := []events.Breadcrumb{{ID: root, Name: "root", Slug: "root"}, {ID: child, Name: "child", Slug: "child"}, {ID: leaf, Name: "leaf", Slug: "leaf"}}
	if diff := cmp.Diff(path, state.Path); diff != "" {
		t.Error(diff)
	}
	if got := code(b.do(events.DeleteCategory.New(leaf, events.Deletion{ExpectedVersion: 1}))); got != "" {
		t.Error(got)
	}
}

func productNamed(sku, name string, price int64) events.ProductFields {
	return events.ProductFields{SKU: sku, Name: name, Price: events.Money{Amount: price, Currency: "USD"}, Status: events.ProductPublished}
}

func TestProduct_IsFoundByWhatItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	brand, category, below := events.NewID(), events.NewID(), events.NewID()
	b.do(events.CreateBrand.New(brand, brandNamed("acme")))
	b.do(events.CreateCategory.New(category, categoryNamed("food", "")))
	b.do(events.CreateCategory.New(below, categoryNamed("fruit", category)))
	apple := productNamed("A-1", "Green apple", 100)
	apple.BrandID, apple.CategoryID = brand, below
	appleID := events.NewID()
	if got := b.do(events.CreateProduct.New(appleID, apple)); code(got) != "" {
		t.Fatal(got.Problem)
	}
	b.do(events.CreateProduct.New(events.NewID(), productNamed("P-1", "Pear", 300)))
	lost := productNamed("L-1", "Lost", 1)
	lost.BrandID = events.NewID()
	if got := []string{code(b.do(events.CreateProduct.New(events.NewID(), lost))), code(b.do(events.CreateProduct.New(events.NewID(), apple)))}; !cmp.Equal(got, []string{"invalid", "sku_taken"}) {
		t.Error(got)
	}
	if _, err := b.asOwner().Exec(t.Context(), `update stock set on_hand = 5, reserved = 2 where product_id = $1`, appleID); err != nil {
		t.Fatal(err)
	}
	low, high := int64(50), int64(200)
	for name, f := range map[string]events.ProductFilter{
		"brand": {BrandID: brand}, "category and below": {CategoryID: category}, "words": {Text: "apple"}, "price": {MinPrice: &low, MaxPrice: &high},
		"stock": {InStock: true}, "all": {Text: "green", Status: events.ProductPublished, InStock: true, CategoryID: below},
	} {
		page, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: f})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(page.Items) != 1 || page.Items[0].ID != appleID || page.Items[0].Available != 3 {
			t.Errorf("%s: %+v", name, page)
		}
	}
	apple.Price.Amount = 120
	if got := b.do(events.UpdateProduct.New(appleID, events.Change[events.ProductFields]{ExpectedVersion: 1, Fields: apple})); code(got) != "" {
		t.Error(got.Problem)
	}
	if got := b.do(events.DeleteProduct.New(appleID, events.Deletion{ExpectedVersion: 2})); code(got) != "" {
		t.Error(got.Problem)
	}
	_, err := getProduct(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: appleID}})
	if !errors.Is(err, events.NotFound("product", appleID)) {
		t.Errorf("got %v", err)
	}
}

// A function of the release before knows neither weight nor tax class, and a change of its leaves them as they are.
func TestProduct_WhatIsNotSaidStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plain, books := events.NewID(), events.NewID()
	fields := productNamed("A-1", "Atlas", 100)
	b.do(events.CreateProduct.New(plain, fields))
	whole := productNamed("B-1", "Book", 100)
	whole.TaxClass, whole.WeightGrams = "books", new(int64(750))
	b.do(events.CreateProduct.New(books, whole))
	change := func(id string, version int64, f events.ProductFields) {
		t.Helper()
		if got := b.do(events.UpdateProduct.New(id, events.Change[events.ProductFields]{ExpectedVersion: version, Fields: f})); got.Problem != nil {
			t.Error(got.Problem)
		}
	}
	is := func(id, class string, grams int64) {
		t.Helper()
		got, err := getProduct(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}})
		if err != nil || got.TaxClass != class || *got.WeightGrams != grams {
			t.Errorf("%v %q %v, want %q %d", err, got.TaxClass, got.WeightGrams, class, grams)
		}
	}
	is(plain, "standard", 0)
	is(books, "books", 750)
	whole.TaxClass, whole.WeightGrams = "", nil
	change(books, 1, whole)
	is(books, "books", 750)
	whole.WeightGrams = new(int64)
	change(books, 2, whole)
	is(books, "books", 0)
}

func TestList_PagesAreStableUnderInserts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var want []string
	for i := range 7 {
		want = append(want, fmt.Sprintf("brand-%d", i))
		b.do(events.CreateBrand.New(events.NewID(), brandNamed(want[i])))
	}
	for _, sort := range []string{"name", "createdAt"} {
		var got []string
		filter := events.BrandFilter{Paging: events.Paging{Limit: 3, Sort: sort}}
		for {
			page, err := listBrands(t.Context(), b.store, events.Received[events.BrandFilter]{Data: filter})
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				got = append(got, item.Name)
			}
			if filter.Cursor = page.NextCursor; filter.Cursor == "" {
				break
			}
			if sort == "name" {
				b.do(events.CreateBrand.New(events.NewID(), brandNamed("a-"+events.NewID()))) // before the cursor
			}
		}
		if sort == "createdAt" {
			got = got[:len(want)]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", sort, diff)
		}
	}
	for _, p := range []events.Paging{{Sort: "secret"}, {Cursor: "rubbish"}} {
		_, err := listBrands(t.Context(), b.store, events.Received[events.BrandFilter]{Data: events.BrandFilter{Paging: p}})
		if !errors.Is(err, events.Invalid()) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// The longest name, of characters that take most bytes in a cursor, must fit the cursor that the API takes.
func TestList_PagesBehindTheLongestNames(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for sku, name := range map[string]string{"LONG": strings.Repeat("<", 200), "LAST": "a"} {
		if got := b.do(events.CreateProduct.New(events.NewID(), productNamed(sku, name, 1))); code(got) != "" {
			t.Fatal(got.Problem)
		}
	}
	page, err := listProducts(t.Context(), b.store, events.Received[events.ProductFilter]{Data: events.ProductFilter{Paging: events.Paging{Limit: 1, Sort: "name"}}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(page.NextCursor); n == 0 || n > events.MaxCursor {
		t.Errorf("a cursor of %d characters, %d are taken", n, events.MaxCursor)
	}
}

func TestGet_WaitsForTheVersionAskedFor(t *testing.T) {
	t.Parallel()
	b, id := setup(t), events.NewID()
	b.do(events.CreateBrand.New(id, brandNamed("acme")))
	_, err := getBrand(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id, MinVersion: 2}})
	if !errors.Is(err, &events.Problem{Code: "not_yet"}) {
		t.Errorf("got %v", err)
	}
	var update sync.WaitGroup
	update.Go(func() {
		b.do(events.UpdateBrand.New(id, events.Change[events.BrandFields]{ExpectedVersion: 1, Fields: brandNamed("acme")}))
	})
	defer update.Wait() // it is published after it can be read
	state, err := getBrand(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id, MinVersion: 2}})
	if err != nil || state.Version != 2 {
		t.Errorf("%+v %v", state, err)
	}
}
