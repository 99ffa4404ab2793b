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

func TestQuoteRequest(t *testing.T) {
	t.Parallel()
	good := events.QuoteRequest{Lines: []events.OrderItem{{ProductID: anID, Quantity: 1}}, Destination: events.Destination{Country: "GB", Region: "ENG", PostalCode: "n1 9gu"}}
	got, err := domain.QuoteRequest(good)
	if err != nil || got.Destination.PostalCode != "N1 9GU" {
		t.Errorf("%+v %v", got, err)
	}
	for at, q := range map[string]events.QuoteRequest{
		"body.lines":                  {Destination: good.Destination},
		"body.lines[0].quantity":      {Lines: []events.OrderItem{{ProductID: anID}}, Destination: good.Destination},
		"body.destination.country":    {Lines: good.Lines, Destination: events.Destination{Country: "UK"}},
		"body.destination.region":     {Lines: good.Lines, Destination: events.Destination{Country: "GB", Region: "eng"}},
		"body.destination.postalCode": {Lines: good.Lines, Destination: events.Destination{Country: "GB", PostalCode: "1"}},
	} {
		if _, err := domain.QuoteRequest(q); !faulty(err, at) {
			t.Errorf("%s: %v", at, err)
		}
	}
	if _, err := domain.QuoteRequest(events.QuoteRequest{Lines: good.Lines, Destination: events.Destination{Country: "GB"}}); err != nil {
		t.Errorf("without a postal code: %v", err)
	}
}

func TestShippingCharge(t *testing.T) {
	t.Parallel()
	euros := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: "EUR"} }
	portugal := events.Destination{Country: "PT"}
	byTotal := func(f *events.ShippingMethodFields) {
		f.Price = events.ShippingPrice{By: events.ByTotal, Currency: "EUR", Steps: []events.ShippingStep{{UpTo: 1000, Amount: 100}, {Amount: 0}}}
	}
	flat := func(f *events.ShippingMethodFields) {
		f.Price = events.ShippingPrice{By: events.ByNothing, Currency: "EUR", Steps: []events.ShippingStep{{Amount: 700}}}
	}
	for name, c := range map[string]struct {
		change func(*events.ShippingMethodFields)
		to     events.Destination
		goods  events.Money
		grams  int64
		want   int64 // -1: it is not sent
	}{
		"light":                     {nil, portugal, euros(100), 2000, 490},
		"heavier":                   {nil, portugal, euros(100), 2001, 990},
		"weightless":                {nil, portugal, euros(100), 0, 490},
		"too heavy":                 {nil, portugal, euros(100), 30_001, -1},
		"too heavy, though free":    {nil, portugal, euros(5000), 30_001, -1},
		"nearly free":               {nil, portugal, euros(4999), 1, 490},
		"free":                      {nil, portugal, euros(5000), 1, 0},
		"cheap":                     {byTotal, portugal, euros(1000), 1, 100},
		"dear":                      {byTotal, portugal, euros(1001), 1, 0},
		"flat":                      {flat, portugal, euros(1), 1_000_000, 700},
		"another currency":          {nil, portugal, events.Money{Amount: 100, Currency: "USD"}, 1, -1},
		"another country":           {nil, events.Destination{Country: "US"}, euros(100), 1, -1},
		"a part of a country":       {nil, events.Destination{Country: "GB", PostalCode: "N1 9GU"}, euros(100), 1, 490},
		"another part":              {nil, events.Destination{Country: "GB", PostalCode: "E1 6AN"}, euros(100), 1, -1},
		"nobody knows which part":   {nil, events.Destination{Country: "GB"}, euros(100), 1, -1},
		"a code of another country": {nil, events.Destination{Country: "US", PostalCode: "N1 9GU"}, euros(100), 1, -1},
		"retired":                   {func(f *events.ShippingMethodFields) { f.Status = events.ShippingRetired }, portugal, euros(100), 1, -1},
	} {
		m := parcel()
		if c.change != nil {
			c.change(&m)
		}
		got, sends := domain.ShippingCharge(m, c.to, c.goods, c.grams)
		if !sends {
			got = -1
		}
		if got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	euros := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: "EUR"} }
	offers := map[string]domain.Offer{anID: {SKU: "A", Name: "Atlas", Price: euros(1000), Available: 3, TaxClass: "books", Grams: 1500}}
	slow, fast := events.ShippingMethodState{ShippingMethodFields: parcel()}, events.ShippingMethodState{ShippingMethodFields: parcel()}
	slow.ID, fast.ID, fast.Name = "s", "f", "Express"
	fast.Price = events.ShippingPrice{By: events.ByNothing, Currency: "EUR", Steps: []events.ShippingStep{{Amount: 1900}}}
	rates := domain.RatesAt([]events.TaxRateFields{
		{Name: "VAT", Country: "PT", TaxClass: "standard", Rate: 23_000, ValidFrom: noon}, {Name: "VAT", Country: "PT", TaxClass: "books", Rate: 6_000, ValidFrom: noon},
	}, "PT", "", noon)
	q := events.QuoteRequest{Lines: []events.OrderItem{{ProductID: anID, Quantity: 2}}, Destination: events.Destination{Country: "PT"}}
	line := events.OrderLine{ProductID: anID, SKU: "A", Name: "Atlas", UnitPrice: euros(1000), Quantity: 2, Total: euros(2000)}
	books := events.TaxAmount{Name: "VAT", TaxClass: "books", Rate: 6_000, Taxed: euros(2000), Amount: euros(120)}
	sent := func(m events.ShippingMethodState, charge, tax, total int64) events.QuoteChoice {
		return events.QuoteChoice{ShippingMethodID: m.ID, Name: m.Name, Delivery: &m.Delivery, Sum: events.Sum{
			Goods: euros(2000), Charges: []events.Charge{{ShippingMethodID: m.ID, Name: m.Name, TaxClass: "standard", Amount: euros(charge)}},
			Taxes: []events.TaxAmount{books, {Name: "VAT", TaxClass: "standard", Rate: 23_000, Taxed: euros(charge), Amount: euros(tax)}}, Total: euros(total),
		}}
	}
	for name, c := range map[string]struct {
		market domain.Market
		want   []events.QuoteChoice
	}{
		"in each way, the cheapest first": {
			domain.Market{Ships: []string{"USD", "EUR"}, Methods: []events.ShippingMethodState{fast, slow}, Rates: rates},
			[]events.QuoteChoice{sent(slow, 990, 228, 3338), sent(fast, 1900, 437, 4457)},
		},
		"in a mart without methods": {domain.Market{Rates: rates}, []events.QuoteChoice{{
			Sum: events.Sum{Goods: euros(2000), Charges: []events.Charge{}, Taxes: []events.TaxAmount{books}, Total: euros(2120)},
		}}},
		"in a currency without methods": {domain.Market{Ships: []string{"USD"}, Rates: rates}, []events.QuoteChoice{{
			Sum: events.Sum{Goods: euros(2000), Charges: []events.Charge{}, Taxes: []events.TaxAmount{books}, Total: euros(2120)},
		}}},
		"in a mart without anything": {domain.Market{}, []events.QuoteChoice{{
			Sum: events.Sum{Goods: euros(2000), Charges: []events.Charge{}, Taxes: []events.TaxAmount{}, Total: euros(2000)},
		}}},
		"where nothing goes": {domain.Market{Ships: []string{"USD", "EUR"}, Rates: rates}, []events.QuoteChoice{}},
	} {
		got, err := domain.Quote(q, offers, c.market, noon)
		want := events.Quote{Lines: []events.OrderLine{line}, Choices: c.want, ValidUntil: noon.Add(15 * time.Minute)}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	for want, lines := range map[string][]events.OrderItem{
		"out_of_stock": {{ProductID: anID, Quantity: 4}}, "product_not_sold": {{ProductID: "x", Quantity: 1}},
	} {
		_, err := domain.Quote(events.QuoteRequest{Lines: lines}, offers, domain.Market{}, noon)
		if p, ok := errors.AsType[*events.Problem](err); !ok || p.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	dear := domain.Market{Rates: domain.Rates{"standard": {TaxClass: "standard", Rate: 100_000}}}
	offers[anID] = domain.Offer{Price: euros(60_000_000), Available: 1}
	_, err := domain.Quote(events.QuoteRequest{Lines: []events.OrderItem{{ProductID: anID, Quantity: 1}}}, offers, dear, noon)
	if p, ok := errors.AsType[*events.Problem](err); !ok || p.Code != "amount_too_large" {
		t.Errorf("with its tax it costs more than a card can be charged: %v", err)
	}
}

// What costs nothing is sold where sending it costs something, and in no way that leaves nothing to pay.
func TestQuote_GoodsThatCostNothing(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	offers := map[string]domain.Offer{anID: {SKU: "S", Name: "Sample", Price: events.Money{Currency: "EUR"}, Available: 3, TaxClass: "standard", Grams: 1500}}
	paid, free := events.ShippingMethodState{ShippingMethodFields: parcel()}, events.ShippingMethodState{ShippingMethodFields: parcel()}
	paid.ID, free.ID = "paid", "free"
	free.Price = events.ShippingPrice{By: events.ByNothing, Currency: "EUR", Steps: []events.ShippingStep{{Amount: 0}}}
	q := events.QuoteRequest{Lines: []events.OrderItem{{ProductID: anID, Quantity: 1}}, Destination: events.Destination{Country: "PT"}}
	euros := []string{"EUR"}
	for name, c := range map[string]struct {
		market domain.Market
		ways   []string
		code   string
	}{
		"sent for money":            {domain.Market{Ships: euros, Methods: []events.ShippingMethodState{free, paid}}, []string{"paid 490"}, ""},
		"sent for nothing":          {domain.Market{Ships: euros, Methods: []events.ShippingMethodState{free}}, nil, "nothing_to_pay"},
		"in a mart without methods": {domain.Market{}, nil, "nothing_to_pay"},
		"where nothing is sent":     {domain.Market{Ships: euros}, nil, ""},
	} {
		quote, err := domain.Quote(q, offers, c.market, noon)
		var ways []string
		for _, choice := range quote.Choices {
			ways = append(ways, fmt.Sprint(choice.ShippingMethodID, " ", choice.Total.Amount))
		}
		problem, _ := errors.AsType[*events.Problem](err)
		if diff := cmp.Diff(c.ways, ways); diff != "" || (err != nil) != (c.code != "") || c.code != "" && problem.Code != c.code {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
