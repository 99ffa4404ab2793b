package domain

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

// store is a mart in memory that sells a book at 10.00 and a lamp at 20.00, sends them to Portugal, and taxes them there.
type store struct {
	*Rows
	keys *events.Keys
}

func newStore(t *testing.T) store {
	t.Helper()
	keys, err := events.NewKeys(events.GenerateRing("s"), events.GenerateRing("p"))
	if err != nil {
		t.Fatal(err)
	}
	s := store{NewMart(), keys}
	for id, f := range map[string]events.ProductFields{
		"book": {SKU: "B", Name: "Book", Price: euros(1000), Status: events.ProductPublished, TaxClass: "books", WeightGrams: new(int64(500))},
		"lamp": {SKU: "L", Name: "Lamp", Price: euros(2000), Status: events.ProductPublished},
	} {
		ProductRows.Put(s.Rows, id, Row[events.ProductState]{State: events.ProductState{Meta: events.Meta{ID: id, Version: 1}, ProductFields: f}})
		Stock.Put(s.Rows, id, events.StockState{ProductID: id, OnHand: 100, Available: 100})
	}
	CustomerRows.Put(s.Rows, "c", StoredCustomer{CustomerState: events.CustomerState{Meta: events.Meta{ID: "c"}, Status: events.AccountActive}})
	s.Keep()
	return s
}

// sends adds a shipping method, made at a moment, which goes to a country for an amount.
func (s store) sends(id, country string, amount int64, made time.Time) {
	ShippingMethodRows.Put(s.Rows, id, Row[events.ShippingMethodState]{State: events.ShippingMethodState{
		Meta: events.Meta{ID: id, CreatedAt: made}, ShippingMethodFields: events.ShippingMethodFields{
			Name: "Parcel " + id, Zones: []events.ShippingZone{{Countries: []string{country}}}, TaxClass: "standard", Status: events.ShippingActive,
			Price: events.ShippingPrice{By: events.ByNothing, Currency: "EUR", Steps: []events.ShippingStep{{Amount: amount}}},
		},
	}})
	s.Keep()
}

func (s store) taxes(id, country, region, class string, rate int64, included bool) {
	f := rateOf(class, rate, included)
	f.Country, f.Region, f.ValidFrom = country, region, noon.AddDate(-1, 0, 0)
	TaxRateRows.Put(s.Rows, id, Row[events.TaxRateState]{State: events.TaxRateState{TaxRateFields: f}})
	s.Keep()
}

func (s store) at(now time.Time) Case {
	return Case{Rows: s.Rows, Now: now, Keys: s.keys, Limits: Limits{PayWithin: time.Hour}}
}

// ordered is what becomes of an order that was asked for at a moment, and is decided somewhat later. Nothing of it is kept.
func (s store) ordered(cart events.ChosenCart, asked time.Time) (Order, error) {
	id := events.NewID()
	defer s.Drop()
	_, err := PlaceChosen(s.at(asked.Add(time.Second)), events.Received[events.ChosenCart]{
		Envelope: events.Envelope{Subject: id, By: customer, Time: asked}, Data: cart,
	})
	o, _ := Orders.Get(s.Rows, id)
	return o.Order, err
}

func (s store) quoted(t *testing.T, cart events.ChosenCart) events.Quote {
	t.Helper()
	to := destinationOf(cart.ShippingAddress)
	c := s.at(noon)
	q, err := Quote(events.QuoteRequest{Lines: cart.Lines, Destination: to}, c.offers(cart.Lines), c.market(to, noon, false), noon)
	if err != nil {
		t.Fatal(err)
	}
	return ProveQuote(s.keys, to, q)
}

func cartTo(country, region string, lines ...events.OrderItem) events.ChosenCart {
	return events.ChosenCart{Cart: events.Cart{Lines: lines, ShippingAddress: events.PostalAddress{Country: country, Region: region, PostalCode: events.NewPersonal("1100-148")}}}
}

// An order costs its goods, their sending and the taxes of the place, and keeps what each line and charge carries of them.
func TestAnOrderKeepsWhatItCosts(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.sends("m", "PT", 490, noon.Add(-time.Hour))
	s.taxes("r1", "PT", "", "standard", 23_000, true)
	s.taxes("r2", "PT", "", "books", 6_000, true)
	s.taxes("r3", "PT", "30", "books", 5_000, false)
	cart := cartTo("PT", "", of("book", 2), of("lamp", 1))
	cart.ShippingMethodID = "m"
	standard := events.TaxAmount{Name: "VAT 23000", TaxClass: "standard", Rate: 23_000, Included: true, Taxed: euros(2490), Amount: euros(466)}
	want := Order{
		Lines: []events.OrderLine{
			{ProductID: "book", SKU: "B", Name: "Book", UnitPrice: euros(1000), Quantity: 2, Total: euros(2000), Tax: euros(113), TaxedAs: "books"},
			{ProductID: "lamp", SKU: "L", Name: "Lamp", UnitPrice: euros(2000), Quantity: 1, Total: euros(2000), Tax: euros(374), TaxedAs: "standard"},
		},
		GoodsTotal: euros(4000), Total: euros(4490),
		Charges: []events.OrderCharge{{Charge: events.Charge{ShippingMethodID: "m", Name: "Parcel m", TaxClass: "standard", Amount: euros(490)}, Tax: euros(92), TaxedAs: "standard"}},
		Taxes:   []events.TaxAmount{{Name: "VAT 6000", TaxClass: "books", Rate: 6_000, Included: true, Taxed: euros(2000), Amount: euros(113)}, standard},
	}
	costsOnly := func(o Order) Order {
		return Order{Lines: o.Lines, GoodsTotal: o.GoodsTotal, Charges: o.Charges, Taxes: o.Taxes, Total: o.Total}
	}
	got, err := s.ordered(cart, noon)
	if diff := cmp.Diff(want, costsOnly(got)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	cart.ShippingAddress.Region = "30" // where books are taxed otherwise: 1.00 is added
	if got, err = s.ordered(cart, noon); err != nil || got.Total != euros(4590) || got.Lines[0].Tax != euros(100) || got.Lines[0].TaxedAs != "books" {
		t.Errorf("%v %+v", err, costsOnly(got))
	}
	free := cartTo("ES", "", of("book", 1))
	plain, err := newStore(t).ordered(free, noon)
	if err != nil || plain.Total != euros(1000) || plain.GoodsTotal != plain.Total || plain.Charges != nil || len(plain.Taxes) != 0 || plain.Lines[0].TaxedAs != "" {
		t.Errorf("in a mart without methods and rates: %v %+v", err, costsOnly(plain))
	}
}

// Whoever holds a quote pays what it says, or nothing: whatever differs is told, with what it costs now.
func TestAnOrderCostsWhatWasQuoted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(store, *events.ChosenCart)
		after  time.Duration
		holds  bool
	}{
		"at once":             {func(store, *events.ChosenCart) {}, time.Second, true},
		"just in time":        {func(store, *events.ChosenCart) {}, QuoteValid - time.Second, true},
		"too late":            {func(store, *events.ChosenCart) {}, QuoteValid, false},
		"one more":            {func(_ store, cart *events.ChosenCart) { cart.Lines = []events.OrderItem{of("book", 2)} }, 0, false},
		"another product":     {func(_ store, cart *events.ChosenCart) { cart.Lines = []events.OrderItem{of("lamp", 1)} }, 0, false},
		"another country":     {func(_ store, cart *events.ChosenCart) { cart.ShippingAddress.Country = "ES" }, 0, false},
		"another region":      {func(_ store, cart *events.ChosenCart) { cart.ShippingAddress.Region = "30" }, 0, false},
		"another street":      {func(_ store, cart *events.ChosenCart) { cart.ShippingAddress.Line1 = events.NewPersonal("Road 2") }, 0, true},
		"made up":             {func(_ store, cart *events.ChosenCart) { cart.Quote = "zzzzzz.s.abc" }, 0, false},
		"the charge is more":  {func(s store, _ *events.ChosenCart) { s.sends("m", "PT", 491, noon) }, 0, false},
		"a tax is another":    {func(s store, _ *events.ChosenCart) { s.taxes("r", "PT", "", "standard", 24_000, true) }, 0, false},
		"a tax of no concern": {func(s store, _ *events.ChosenCart) { s.taxes("x", "ES", "", "standard", 24_000, true) }, 0, true},
		"another way as well": {func(s store, _ *events.ChosenCart) { s.sends("n", "PT", 100, noon) }, 0, true},
		"the method is gone":  {func(s store, _ *events.ChosenCart) { s.sends("m", "US", 490, noon) }, 0, false},
		"the price is more": {func(s store, _ *events.ChosenCart) {
			row, _ := ProductRows.Get(s.Rows, "book")
			row.State.Price = euros(1001)
			ProductRows.Put(s.Rows, "book", row)
			s.Keep()
		}, 0, false},
	} {
		s := newStore(t)
		s.sends("m", "PT", 490, noon.Add(-time.Hour))
		s.taxes("r", "PT", "", "standard", 23_000, true)
		cart := cartTo("PT", "", of("book", 1))
		quote := s.quoted(t, cart).Choices[0]
		cart.Quote = quote.Quote
		c.change(s, &cart)
		o, err := s.ordered(cart, noon.Add(c.after))
		if c.holds {
			if err != nil || o.Total != quote.Total || o.Charges[0].Charge != quote.Charges[0] {
				t.Errorf("%s: %v %+v", name, err, o)
			}
			continue
		}
		p, refused := errors.AsType[*events.Problem](err)
		if !refused || p.Code != "quote_changed" || p.Status != 409 || p.Quote == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, choice := range p.Quote.Choices { // each of which holds
			cart.Quote = choice.Quote
			p.Quote.ValidUntil = noon.Add(c.after)
			if o, err := s.ordered(cart, noon.Add(c.after)); err != nil || o.Total != choice.Total {
				t.Errorf("%s: the new quote: %v, %+v instead of %+v", name, err, o.Total, choice.Total)
			}
		}
	}
}

// Where the mart sends goods in the order's currency, the order says how; whoever had asked before there was a way to say could not.
func TestAnOrderSaysHowItIsSent(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	choose := func(cart events.ChosenCart, method string) events.ChosenCart {
		cart.ShippingMethodID = method
		return cart
	}
	portugal, spain := cartTo("PT", "", of("book", 1)), cartTo("ES", "", of("book", 1))
	for _, c := range []struct {
		name    string
		cart    events.ChosenCart
		asked   time.Time
		before  func()
		code    string
		choices int
	}{
		{"no methods", portugal, noon, nil, "", 0},
		{"a method of none", choose(portugal, "m"), noon, nil, "shipping_method_unavailable", 1},
		{"unsaid", portugal, noon, func() { s.sends("m", "PT", 490, noon); s.sends("n", "PT", 390, noon) }, "shipping_method_required", 2},
		{"unsaid, and asked before", portugal, noon.Add(-time.Minute), nil, "", 0},
		{"said, and asked before", choose(portugal, "m"), noon.Add(-time.Minute), nil, "", 0},
		{"another", choose(portugal, "x"), noon, nil, "shipping_method_unavailable", 2},
		{"where nothing goes", spain, noon, nil, "shipping_method_unavailable", 0},
		{"where the method does not go", choose(spain, "m"), noon, func() { s.sends("o", "ES", 990, noon) }, "shipping_method_unavailable", 1},
	} {
		if c.before != nil {
			c.before()
		}
		_, err := s.ordered(c.cart, c.asked)
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		p, refused := errors.AsType[*events.Problem](err)
		if !refused || p.Code != c.code || p.Quote == nil || len(p.Quote.Choices) != c.choices {
			t.Errorf("%s: %v %+v, want %s with %d choices", c.name, err, p, c.code, c.choices)
		}
	}
	for n := range 30 {
		s.sends(fmt.Sprint("many", n), "PT", 500, noon)
	}
	var p *events.Problem
	if _, err := s.ordered(portugal, noon); !errors.As(err, &p) || len(p.Quote.Choices) != 20 || p.Quote.Choices[0].ShippingMethodID != "n" {
		t.Errorf("of many methods: %v", err)
	}
}

func TestChosenCartNamesEveryFault(t *testing.T) {
	t.Parallel()
	wrong := cartTo("PT", "madeira", of("book", 0))
	wrong.ShippingMethodID, wrong.Quote = "x", "y"
	_, err := ChosenCart(wrong)
	for _, at := range []string{"body.lines[0].quantity", "body.shippingAddress.name", "body.shippingAddress.region", "body.shippingMethodId"} {
		if p, ok := errors.AsType[*events.Problem](err); !ok || !namesFault(p, at) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func namesFault(p *events.Problem, at string) bool {
	for _, f := range p.Errors {
		if f.Location == at {
			return true
		}
	}
	return false
}

// bought is any basket as an order that is paid, whose lines are a few products.
func bought(t *rapid.T, b basket) (Order, Payment) {
	offers, lines := map[string]Offer{}, make([]events.OrderLine, len(b.goods))
	for i, g := range b.goods {
		l := events.OrderLine{ProductID: fmt.Sprint("product ", i), UnitPrice: events.Money{Currency: b.currency}, Quantity: rapid.Int64Range(1, 9).Draw(t, "quantity")}
		l.UnitPrice.Amount = g.Amount / finest(b.currency) / l.Quantity * finest(b.currency)
		if i > 0 && rapid.IntRange(0, 2).Draw(t, "again") == 0 {
			l.ProductID, l.UnitPrice, g.TaxClass = lines[i-1].ProductID, lines[i-1].UnitPrice, offers[lines[i-1].ProductID].TaxClass
			l.Quantity = min(l.Quantity, lines[i-1].Quantity)
		}
		l.Total = events.Money{Amount: l.UnitPrice.Amount * l.Quantity, Currency: b.currency}
		offers[l.ProductID], lines[i] = Offer{TaxClass: g.TaxClass}, l
	}
	costs, err := costsOf(lines, offers, b.charges, b.rates)
	if err != nil {
		t.Fatal(err)
	}
	o := Order{Meta: events.Meta{ID: "o"}, Lines: costs.lines, GoodsTotal: costs.sum.Goods, Charges: costs.charges, Taxes: costs.sum.Taxes, Total: costs.sum.Total}
	total := o.Total.Amount
	return o, Payment{Amount: o.Total, Taxes: o.Taxes, Captured: total, Status: events.PaymentCapturedStatus}
}

// Of any cart: its total is its lines, its charges and what is added; each tax is what lines and charges carry of it. Given back part by part, as goods
// come back, the parts are the goods with their taxes to the unit, and the charges stay; and whatever staff give back between, in the end nothing is
// left, neither of the money nor of any tax.
func TestPartsOfAnOrderEndAtNothing(t *testing.T) {
	t.Parallel()
	hundredTimes(t, func(r *rapid.T) {
		o, p := bought(r, baskets.Draw(r, "basket"))
		carried := o.addsUp(r)
		wishes := rapid.Bool().Draw(r, "wishes")
		n := 0
		give := func(refunded Payment, state events.RefundState, err error) {
			if err != nil {
				r.Fatal(err)
			}
			taxes := refunded.Refunds[len(refunded.Refunds)-1].Taxes
			if total(taxes) > state.Amount.Amount || !refunded.left().whole() {
				r.Fatalf("%+v with %v, %+v is left", state.Amount, taxes, refunded.left())
			}
			p, n = refunded, n+1
		}
		for _, g := range o.Goods() {
			for left := g.Ordered; left > 0; {
				lines := []events.OrderItem{of(g.ProductID, rapid.Int64Range(1, left).Draw(r, "pieces"))}
				left -= lines[0].Quantity
				worth := o.Worth(lines)
				o.Cancellations = append(o.Cancellations, events.CancelledPart{Lines: lines})
				if min(worth.Amount.Amount, p.Refundable()) > 0 {
					give(p.RefundPart(fmt.Sprint(n), worth, events.Own("r"), noon))
				}
				if unit := finest(o.Total.Currency); wishes && p.Refundable() > unit && rapid.IntRange(0, 3).Draw(r, "wish") == 0 {
					amount := events.Money{Amount: rapid.Int64Range(1, p.Refundable()/unit).Draw(r, "amount") * unit, Currency: o.Total.Currency}
					give(p.RequestRefund(fmt.Sprint(n), events.RefundRequest{Amount: amount, Reason: events.Own("r")}, noon))
				}
			}
		}
		if diff := cmp.Diff(carried, p.left()); !wishes && diff != "" {
			r.Fatalf("what the charges carry is not what is left (-want +got):\n%s", diff)
		}
		if p.Refundable() > 0 {
			give(p.RequestRefund("last", events.RefundRequest{Reason: events.Own("r")}, noon))
		}
		if left := p.left(); left.Amount.Amount != 0 || total(left.Taxes) != 0 || !left.whole() {
			r.Fatalf("%+v is left", left)
		}
		given := Portion{Amount: events.Money{Currency: o.Total.Currency}, Taxes: make([]int64, len(o.Taxes))}
		for _, refund := range p.Refunds {
			given.Amount.Amount += refund.Amount
			for i, tax := range refund.Taxes {
				given.Taxes[i] += tax
			}
		}
		if diff := cmp.Diff(PortionOf(events.Sum{Total: o.Total, Taxes: o.Taxes}), given); diff != "" {
			r.Fatalf("(-paid +given back):\n%s", diff)
		}
	})
}

// addsUp holds an order's sums against its lines and charges, and gives what its charges carry.
func (o Order) addsUp(r *rapid.T) (charged Portion) {
	charged = Portion{Amount: events.Money{Currency: o.Total.Currency}, Taxes: make([]int64, len(o.Taxes))}
	carried, goods := make([]int64, len(o.Taxes)), int64(0)
	owes := func(as string, tax events.Money) (i int, added int64) {
		for i, t := range o.Taxes {
			if t.TaxClass == as && !t.Included {
				return i, tax.Amount
			} else if t.TaxClass == as {
				return i, 0
			}
		}
		return -1, 0
	}
	sum := int64(0)
	for _, l := range o.Lines {
		i, added := owes(l.TaxedAs, l.Tax)
		goods, sum = goods+l.Total.Amount, sum+l.Total.Amount+added
		if i >= 0 {
			carried[i] += l.Tax.Amount
		}
	}
	for _, c := range o.Charges {
		i, added := owes(c.TaxedAs, c.Tax)
		charged.Amount.Amount, sum = charged.Amount.Amount+c.Amount.Amount+added, sum+c.Amount.Amount+added
		if i >= 0 {
			carried[i] += c.Tax.Amount
			charged.Taxes[i] += c.Tax.Amount
		}
	}
	if goods != o.GoodsTotal.Amount || sum != o.Total.Amount {
		r.Fatalf("%d of goods, %d in all: %+v", goods, sum, o)
	}
	for i, t := range o.Taxes {
		if carried[i] != t.Amount.Amount {
			r.Fatalf("%d is carried of %+v", carried[i], t)
		}
	}
	return charged
}

// A part carries the taxes of its own goods as long as they are there: a book's and not a lamp's.
func TestAPartCarriesItsOwnTax(t *testing.T) {
	t.Parallel()
	p := Payment{
		Amount: euros(4000), Captured: 4000, Status: events.PaymentCapturedStatus,
		Taxes: []events.TaxAmount{{TaxClass: "books", Amount: euros(113)}, {TaxClass: "standard", Amount: euros(374)}},
	}
	book := Portion{Amount: euros(1000), Taxes: []int64{57, 0}}
	p, _, err := p.RefundPart("1", book, events.Own("r"), noon)
	if err != nil {
		t.Fatal(err)
	}
	p.Refunds = append(p.Refunds, events.PaymentRefund{ID: "old", Amount: 2800, Status: events.RefundRequestedStatus}) // by a release that knows no taxes
	p, _, err = p.RefundPart("2", Portion{Amount: euros(1000), Taxes: []int64{56, 0}}, events.Own("r"), noon)
	if err != nil {
		t.Fatal(err)
	}
	var given [][]int64
	for _, r := range p.Refunds {
		given = append(given, append([]int64{r.Amount}, r.Taxes...))
	}
	if diff := cmp.Diff([][]int64{{1000, 57, 0}, {2800}, {200, 4, 25}}, given); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
