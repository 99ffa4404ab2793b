package bench

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/onlinemart/mart/events"
)

// question is a kind of read: what one is asked for.
type question struct {
	what string
	of   func(g *goods, products int) events.ProductFilter
	deep int // so many pages
}

// questions are what customers of a shop ask.
var questions = []question{
	{"list, newest first, three pages", func(*goods, int) events.ProductFilter { return events.ProductFilter{} }, 3},
	{"list by price, three pages", func(*goods, int) events.ProductFilter { return sorted("price") }, 3},
	{"list by name", func(*goods, int) events.ProductFilter { return sorted("-name") }, 1},
	{"a brand", func(g *goods, _ int) events.ProductFilter {
		return events.ProductFilter{BrandID: g.brands[g.among(makers)].String()}
	}, 1},
	{"a brand by price, in stock", func(g *goods, _ int) events.ProductFilter {
		return events.ProductFilter{BrandID: g.brands[g.among(makers)].String(), InStock: true, Paging: sorted("price").Paging}
	}, 1},
	{"a category and what is below", func(g *goods, _ int) events.ProductFilter {
		return events.ProductFilter{CategoryID: g.categories[(1+shelves)*g.among(departs)].String()}
	}, 1},
	{"a category, prices from and to", func(g *goods, _ int) events.ProductFilter {
		low := int64(g.IntN(20_000))
		return events.ProductFilter{CategoryID: g.categories[g.among(len(g.categories))].String(), MinPrice: &low, MaxPrice: new(low + 1000)}
	}, 1},
	{"search, one word", func(g *goods, _ int) events.ProductFilter { return events.ProductFilter{Text: g.word()} }, 1},
	{"search, one word, three pages", func(g *goods, _ int) events.ProductFilter { return events.ProductFilter{Text: g.word()} }, 3},
	{"search, two words", func(g *goods, _ int) events.ProductFilter { return events.ProductFilter{Text: g.text(2)} }, 1},
	{"search, the beginning of a word", func(g *goods, _ int) events.ProductFilter {
		word := g.word()
		return events.ProductFilter{Text: word[:min(len(word), 2+g.IntN(3))]}
	}, 1},
	{"search, a SKU", func(g *goods, n int) events.ProductFilter { return events.ProductFilter{Text: g.sku(g.IntN(n))} }, 1},
	{"search, part of a SKU", func(g *goods, n int) events.ProductFilter { return events.ProductFilter{Text: fmt.Sprint(g.IntN(n))} }, 1},
	{"search, with a mistake", func(g *goods, _ int) events.ProductFilter { return events.ProductFilter{Text: mistyped(g)} }, 1},
	{"search in a category, in stock", func(g *goods, _ int) events.ProductFilter {
		return events.ProductFilter{Text: g.word(), CategoryID: g.categories[g.among(len(g.categories))].String(), InStock: true}
	}, 1},
}

func sorted(by string) events.ProductFilter {
	return events.ProductFilter{Paging: events.Paging{Sort: by}}
}

// mistyped is a long word with two of its letters in each other's place.
func mistyped(g *goods) string {
	word := []byte(g.words[100+g.among(vocabulary-100)])
	i := 1 + g.IntN(len(word)-2)
	word[i], word[i+1] = word[i+1], word[i]
	return string(word)
}

// queryOf is how a question is asked for by HTTP.
func queryOf(f events.ProductFilter) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"brandId": f.BrandID, "categoryId": f.CategoryID, "q": f.Text, "sort": f.Sort, "cursor": f.Cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, value := range map[string]*int64{"minPrice": f.MinPrice, "maxPrice": f.MaxPrice} {
		if value != nil {
			q.Set(name, strconv.FormatInt(*value, 10))
		}
	}
	if f.InStock {
		q.Set("inStock", "true")
	}
	return q
}
