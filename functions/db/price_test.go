package db

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
)

func TestProduct_PriceHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := events.NewID()
	if got := code(b.do(events.CreateProduct.New(id, productNamed("A-1", "Apple", 1000)))); got != "" {
		t.Fatal(got)
	}
	b.age(id, 40)
	for i, price := range []int64{1200, 1200, 900} {
		change := events.Change[events.ProductFields]{ExpectedVersion: int64(i + 1), Fields: productNamed("A-1", "Apple", price)}
		if got := code(b.do(events.UpdateProduct.New(id, change))); got != "" {
			t.Fatal(got)
		}
	}
	p, err := getProduct(t.Context(), b.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(events.Reduction{Was: new(usd(1200)), LowestPrior: new(usd(1000))}, p.Reduction); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	page, err := listPrices(t.Context(), b.store, events.Received[events.PriceFilter]{Data: events.PriceFilter{ProductID: id}})
	if err != nil {
		t.Fatal(err)
	}
	want := []events.ProductPrice{
		{ProductID: id, Version: 4, Price: usd(900), Offered: true},
		{ProductID: id, Version: 2, Price: usd(1200), Offered: true},
		{ProductID: id, Version: 1, Price: usd(1000), Offered: true},
	}
	if d := cmp.Diff(want, page.Items, cmpopts.IgnoreFields(events.ProductPrice{}, "Since")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	_, err = listPrices(t.Context(), b.store, events.Received[events.PriceFilter]{Data: events.PriceFilter{ProductID: events.NewID()}})
	if !errors.Is(err, &events.Problem{Code: "not_found"}) {
		t.Errorf("of no product: %v", err)
	}
}

// age makes the history of a product so many days older.
func (b *bench) age(product string, days int) {
	b.t.Helper()
	owner := b.asOwner()
	for _, sql := range []string{
		`alter table product_price disable trigger append_only`,
		`update product_price set since = since - make_interval(days => $2) where product_id = $1`,
		`alter table product_price enable trigger append_only`,
	} {
		args := []any{product, days}
		if sql[:5] == "alter" {
			args = nil
		}
		if _, err := owner.Exec(b.t.Context(), sql, args...); err != nil {
			b.t.Fatal(err)
		}
	}
}
