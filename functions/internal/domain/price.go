package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// PriceWindow is how far back prices are looked at when a product becomes cheaper. Source: Directive 98/6/EC, article 6a.
const PriceWindow = 30 * 24 * time.Hour

// The rows of prices.
var (
	// Prices is, by product, its history from the price on that held when the window began, the oldest first.
	Prices   = Table[[]events.ProductPrice]{"prices"}
	PriceLog = Log[events.ProductPrice]{"product_price"}
)

// derivePrice writes down a price that is new, or offered no more or again, and tells whether the product has become cheaper by it.
func derivePrice(c Case, before, after events.ProductState) events.ProductState {
	after.Reduction = before.Reduction
	is := priceOf(after)
	if before.Version == 0 {
		c.notePrices(after.ID, nil, is)
		return after
	}
	was := priceOf(before)
	if samePrice(was, is) {
		return after
	}
	history, _ := Prices.Get(c.Rows, after.ID)
	if n := len(history); n == 0 || !samePrice(history[n-1], was) { // a release that wrote no history has changed it
		c.notePrices(after.ID, history, was)
		history = append(history, was)
	}
	c.notePrices(after.ID, history, is)
	after.Reduction = reduced(history, before.Reduction, is)
	return after
}

func (c Case) notePrices(product string, history []events.ProductPrice, next events.ProductPrice) {
	PriceLog.Add(c.Rows, next)
	Prices.Put(c.Rows, product, append(history[:len(history):len(history)], next))
}

func priceOf(p events.ProductState) events.ProductPrice {
	return events.ProductPrice{ProductID: p.ID, Version: p.Version, Price: p.Price, Offered: p.Status == events.ProductPublished, Since: p.UpdatedAt}
}

func samePrice(a, b events.ProductPrice) bool { return a.Price == b.Price && a.Offered == b.Offered }

// reduced is how a price compares with those at which the product was offered in the window before it. Nothing is cheaper than what was
// offered at no time in it, or in another currency. What is offered again at its last price is as much cheaper as it was then; what is not
// offered stays as it is.
func reduced(history []events.ProductPrice, before events.Reduction, is events.ProductPrice) events.Reduction {
	if !is.Offered {
		return before
	}
	var last, lowest *events.Money
	for i, h := range history {
		ended := is.Since
		if i+1 < len(history) {
			ended = history[i+1].Since
		}
		if !h.Offered || ended.Before(is.Since.Add(-PriceWindow)) {
			continue
		}
		if last = &h.Price; last.Currency == is.Price.Currency && (lowest == nil || last.Amount < lowest.Amount) {
			lowest = last
		}
	}
	switch {
	case last == nil || last.Currency != is.Price.Currency:
		return events.Reduction{}
	case last.Amount == is.Price.Amount:
		return before
	case last.Amount < is.Price.Amount:
		return events.Reduction{}
	}
	return events.Reduction{Was: last, LowestPrior: lowest}
}
