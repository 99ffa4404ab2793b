package db

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// shelf is a mart that sells one thing, sends it to Portugal and taxes it there.
func shelf(t *testing.T) (b *bench, product string) {
	t.Helper()
	b, product = setup(t), events.NewID()
	fields := productNamed("A-1", "Atlas", 1000)
	fields.TaxClass, fields.WeightGrams = "books", new(int64(1500))
	reduced, standard := rateOf("", "books", 2020, 0), rateOf("", "", 2020, 0)
	reduced.Rate = 6_000
	for _, m := range []events.Outgoing{
		events.CreateProduct.New(product, fields), events.AdjustStock.New(product, events.StockAdjustment{Delta: 5, Reason: events.StockReceived}),
		events.CreateShippingMethod.New(events.NewID(), parcelTo("Parcel", events.ShippingActive, events.ShippingZone{Countries: []string{"PT"}})),
		events.CreateShippingMethod.New(events.NewID(), parcelTo("Old", events.ShippingRetired, events.ShippingZone{Countries: []string{"PT"}})),
		events.CreateTaxRate.New(events.NewID(), reduced), events.CreateTaxRate.New(events.NewID(), standard),
	} {
		if got := b.do(m); got.Problem != nil {
			t.Fatal(got.Problem)
		}
	}
	return b, product
}

func (b *bench) quoted(q events.QuoteRequest) (events.Quote, error) {
	return makeQuote(b.t.Context(), b.store, events.Received[events.QuoteRequest]{Data: q})
}

// A quote is what goods cost at this moment: their prices, the methods that are active, the rates that hold.
func TestMakeQuote_IsOfThisMoment(t *testing.T) {
	t.Parallel()
	b, product := shelf(t)
	q := events.QuoteRequest{Lines: []events.OrderItem{{ProductID: product, Quantity: 2}}, Destination: events.Destination{Country: "PT"}}
	got, err := b.quoted(q)
	if err != nil || len(got.Choices) != 1 {
		t.Fatalf("%v %+v", err, got)
	}
	choice := got.Choices[0]
	want := events.Sum{
		Goods: usd(2000), Total: usd(2990),
		Charges: []events.Charge{{ShippingMethodID: choice.ShippingMethodID, Name: "Parcel", TaxClass: "standard", Amount: usd(990)}},
		Taxes: []events.TaxAmount{
			{Name: "VAT", TaxClass: "books", Rate: 6_000, Included: true, Taxed: usd(2000), Amount: usd(113)},
			{Name: "VAT", TaxClass: "standard", Rate: 23_000, Included: true, Taxed: usd(990), Amount: usd(185)},
		},
	}
	if diff := cmp.Diff(want, choice.Sum); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	dearer := productNamed("A-1", "Atlas", 1500)
	b.do(events.UpdateProduct.New(product, events.Change[events.ProductFields]{ExpectedVersion: 1, Fields: dearer}))
	if again, err := b.quoted(q); err != nil || again.Choices[0].Total != usd(3990) {
		t.Errorf("once it is dearer: %v %+v", err, again)
	}
	madeira := rateOf("30", "books", 2020, 0)
	madeira.Rate, madeira.Included = 5_000, false
	b.do(events.CreateTaxRate.New(events.NewID(), madeira))
	q.Destination.Region = "30"
	if there, err := b.quoted(q); err != nil || there.Choices[0].Total != usd(4140) || there.Choices[0].Taxes[0].Amount != usd(150) {
		t.Errorf("in a region where the tax is added: %v %+v", err, there)
	}
	q.Destination = events.Destination{Country: "ES"}
	if nowhere, err := b.quoted(q); err != nil || len(nowhere.Choices) != 0 {
		t.Errorf("where nothing goes: %v %+v", err, nowhere)
	}
	if n := b.count(`select reserved::int from stock`); n != 0 {
		t.Errorf("%d are reserved", n)
	}
}

func TestMakeQuote_Refusals(t *testing.T) {
	t.Parallel()
	b, product := shelf(t)
	draft := productNamed("D-1", "Draft", 1)
	draft.Status = events.ProductDraft
	hidden := events.NewID()
	b.do(events.CreateProduct.New(hidden, draft))
	to := events.Destination{Country: "PT"}
	for name, c := range map[string]struct {
		q    events.QuoteRequest
		want string
	}{
		"of a draft":       {events.QuoteRequest{Lines: []events.OrderItem{{ProductID: hidden, Quantity: 1}}, Destination: to}, "product_not_sold"},
		"of too many":      {events.QuoteRequest{Lines: []events.OrderItem{{ProductID: product, Quantity: 6}}, Destination: to}, "out_of_stock"},
		"to nowhere":       {events.QuoteRequest{Lines: []events.OrderItem{{ProductID: product, Quantity: 1}}}, "invalid"},
		"of what is no id": {events.QuoteRequest{Lines: []events.OrderItem{{ProductID: "x", Quantity: 1}}, Destination: to}, "22P02"},
	} {
		if _, err := b.quoted(c.q); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
