package bench

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

// The same goods are made up each time, each word and each SKU once.
func TestGoods(t *testing.T) {
	t.Parallel()
	a, b := newGoods(), newGoods()
	seen := map[string]bool{}
	for i, w := range a.words {
		if seen[w] || seen[a.sku(i)] {
			t.Errorf("%s, %s are there twice", w, a.sku(i))
		}
		seen[w], seen[a.sku(i)] = true, true
	}
	if diff := cmp.Diff([][]any{a.row(20), a.row(7)}, [][]any{b.row(20), b.row(7)}); diff != "" {
		t.Errorf("(-one +another):\n%s", diff)
	}
	if status := a.row(20)[8]; status != "draft" {
		t.Errorf("product 20 is %s", status)
	}
}

func TestQueryOf(t *testing.T) {
	t.Parallel()
	f := events.ProductFilter{
		Paging: events.Paging{Cursor: "c", Sort: "-price"}, BrandID: "b", CategoryID: "k", Text: "red lamp", MinPrice: new(int64), MaxPrice: new(int64(9)), InStock: true,
	}
	const want = "brandId=b&categoryId=k&cursor=c&inStock=true&maxPrice=9&minPrice=0&q=red+lamp&sort=-price"
	if got := queryOf(f).Encode() + queryOf(events.ProductFilter{}).Encode(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
