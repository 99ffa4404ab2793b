package domain

import (
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func rateOf(class string, rate int64, included bool) events.TaxRateFields {
	return events.TaxRateFields{Name: fmt.Sprintf("VAT %d", rate), TaxClass: class, Rate: rate, Included: included}
}

func TestTotal(t *testing.T) {
	t.Parallel()
	standard, reduced := rateOf("standard", 23_000, true), rateOf("reduced", 6_000, true)
	added := rateOf("standard", 8_875, false)
	sending := events.Charge{ShippingMethodID: "m", Name: "Parcel", TaxClass: "standard", Amount: euros(490)}
	for name, c := range map[string]struct {
		currency string
		goods    []Taxable
		charges  []events.Charge
		rates    Rates
		want     events.Sum
		taxes    []int64
	}{
		"nothing is owed": {
			"EUR",
			[]Taxable{{1999, "standard"}},
			[]events.Charge{sending},
			nil,
			events.Sum{Goods: euros(1999), Charges: []events.Charge{sending}, Taxes: []events.TaxAmount{}, Total: euros(2489)},
			[]int64{0, 0},
		},
		"included, of two rates": {
			"EUR",
			[]Taxable{{1000, "standard"}, {1060, "reduced"}},
			[]events.Charge{sending},
			Rates{"standard": standard, "reduced": reduced},
			events.Sum{Goods: euros(2060), Charges: []events.Charge{sending}, Total: euros(2550), Taxes: []events.TaxAmount{
				{Name: "VAT 6000", TaxClass: "reduced", Rate: 6_000, Included: true, Taxed: euros(1060), Amount: euros(60)},
				{Name: "VAT 23000", TaxClass: "standard", Rate: 23_000, Included: true, Taxed: euros(1490), Amount: euros(279)}, // 1490 × 23/123 = 278.6
			}},
			[]int64{187, 60, 92}, // 186.99 and 91.63
		},
		"added, and a class without a rate": {
			"EUR",
			[]Taxable{{333, "books"}, {333, "standard"}, {334, "standard"}},
			nil,
			Rates{"standard": added},
			events.Sum{Goods: euros(1000), Total: euros(1089), Taxes: []events.TaxAmount{
				{Name: "VAT 8875", TaxClass: "standard", Rate: 8_875, Taxed: euros(1000), Amount: euros(89)}, // 88.75
			}},
			[]int64{30, 29, 30}, // 29.55, 29.55, 29.64
		},
		"half is rounded up": {
			"EUR",
			[]Taxable{{50, "standard"}},
			nil,
			Rates{"standard": rateOf("standard", 1_000, false)},
			events.Sum{Goods: euros(50), Total: euros(51), Taxes: []events.TaxAmount{{Name: "VAT 1000", TaxClass: "standard", Rate: 1_000, Taxed: euros(50), Amount: euros(1)}}},
			[]int64{1},
		},
		"three decimals are charged in tens": {
			"KWD",
			[]Taxable{{1990, "standard"}, {10, "standard"}},
			nil,
			Rates{"standard": rateOf("standard", 5_000, false)},
			events.Sum{Goods: events.Money{Amount: 2000, Currency: "KWD"}, Total: events.Money{Amount: 2100, Currency: "KWD"}, Taxes: []events.TaxAmount{
				{Name: "VAT 5000", TaxClass: "standard", Rate: 5_000, Taxed: events.Money{Amount: 2000, Currency: "KWD"}, Amount: events.Money{Amount: 100, Currency: "KWD"}},
			}},
			[]int64{100, 0},
		},
	} {
		sum, taxes, err := Total(c.currency, c.goods, c.charges, c.rates)
		if diff := cmp.Diff(c.want, sum); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if diff := cmp.Diff(c.taxes, taxes); diff != "" {
			t.Errorf("%s, of each (-want +got):\n%s", name, diff)
		}
	}
}

func TestTotal_IsRefused(t *testing.T) {
	t.Parallel()
	dear := rateOf("standard", 100_000, false)
	for want, c := range map[string]struct {
		goods   []Taxable
		charges []events.Charge
		rates   Rates
	}{
		"mixed_currencies": {[]Taxable{{1, "a"}}, []events.Charge{{Amount: events.Money{Amount: 1, Currency: "USD"}}}, nil},
		"amount_too_large": {[]Taxable{{60_000_000, "a"}}, nil, Rates{"standard": dear}},
	} {
		_, _, err := Total("EUR", c.goods, c.charges, c.rates)
		if p, ok := errors.AsType[*events.Problem](err); !ok || p.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, _, err := Total("EUR", []Taxable{{amounts.maximum, "a"}, {1, "a"}}, nil, nil); err == nil {
		t.Error("more than an amount can be is added up")
	}
}

func TestRatesAt(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rate := func(country, region, class string, thousandths int64, from, to time.Time) events.TaxRateFields {
		return events.TaxRateFields{Country: country, Region: region, TaxClass: class, Rate: thousandths, ValidFrom: from, ValidTo: to}
	}
	all := []events.TaxRateFields{
		rate("PT", "20", "standard", 16_000, begin, time.Time{}), rate("PT", "", "standard", 21_000, begin.AddDate(-5, 0, 0), begin),
		rate("PT", "", "standard", 23_000, begin, time.Time{}), rate("PT", "", "reduced", 6_000, begin, begin.AddDate(1, 0, 0)), rate("ES", "", "standard", 21_000, begin, time.Time{}),
	}
	for name, c := range map[string]struct {
		region string
		at     time.Time
		want   map[string]int64 // by the class of what is taxed
	}{
		"before":   {"", begin.Add(-time.Microsecond), map[string]int64{"standard": 21_000, "reduced": 21_000, "books": 21_000}},
		"from on":  {"", begin, map[string]int64{"standard": 23_000, "reduced": 6_000, "books": 23_000}},
		"a region": {"20", begin, map[string]int64{"standard": 16_000, "reduced": 6_000, "books": 16_000}},
		"another":  {"30", begin, map[string]int64{"standard": 23_000, "reduced": 6_000, "books": 23_000}},
		"its end":  {"", begin.AddDate(1, 0, 0), map[string]int64{"standard": 23_000, "reduced": 23_000, "books": 23_000}},
		"long ago": {"", begin.AddDate(-6, 0, 0), map[string]int64{}},
	} {
		got := map[string]int64{}
		for _, class := range []string{"standard", "reduced", "books"} {
			if r, owed := RatesAt(all, "PT", c.region, c.at).of(class); owed {
				got[class] = r.Rate
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// basket is what somebody buys, anywhere.
type basket struct {
	currency string
	goods    []Taxable
	charges  []events.Charge
	rates    Rates
}

var classes = []string{"standard", "reduced", "books", "none"}

var baskets = rapid.Custom(func(t *rapid.T) basket {
	b := basket{currency: rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency"), rates: Rates{}}
	unit := finest(b.currency)
	amount := rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(1, 20_000), rapid.Int64Range(0, 40_000_000/unit/110))
	class := rapid.SampledFrom(classes)
	for range rapid.IntRange(1, 12).Draw(t, "lines") {
		b.goods = append(b.goods, Taxable{amount.Draw(t, "amount") * unit, class.Draw(t, "class")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "charges") {
		b.charges = append(b.charges, events.Charge{TaxClass: class.Draw(t, "class"), Amount: events.Money{Amount: amount.Draw(t, "charge") * unit, Currency: b.currency}})
	}
	for _, c := range classes[:rapid.IntRange(0, 3).Draw(t, "rates")] {
		b.rates[c] = rateOf(c, rapid.OneOf(rapid.SampledFrom([]int64{0, 6_000, 8_875, 19_000, 23_000, 100_000}), rapid.Int64Range(0, 100_000)).Draw(t, "rate"), rapid.Bool().Draw(t, "included"))
	}
	return b
})

// hundredTimes checks a property of 10,000 draws: rapid draws a hundred at a time.
func hundredTimes(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	for range 100 {
		rapid.Check(t, property)
	}
}

// Of any cart: the total is its goods, its charges and what is added; each tax is what its rate says of what it is of, rounded; and the taxes of
// goods and charges add up to the taxes of the rates.
func TestTotal_AddsUp(t *testing.T) {
	t.Parallel()
	hundredTimes(t, func(r *rapid.T) {
		b := baskets.Draw(r, "basket")
		sum, taxes, err := Total(b.currency, b.goods, b.charges, b.rates)
		if err != nil {
			r.Fatal(err)
		}
		var goods, charges, added, owed, carried, taxedOf int64
		for _, g := range b.goods {
			goods += g.Amount
		}
		for _, c := range b.charges {
			charges += c.Amount.Amount
		}
		for _, tax := range sum.Taxes {
			owed, taxedOf = owed+tax.Amount.Amount, taxedOf+tax.Taxed.Amount
			if !tax.Included {
				added += tax.Amount.Amount
			}
			b.isRounded(r, tax)
		}
		for _, tax := range taxes {
			carried += tax
		}
		if sum.Goods.Amount != goods || sum.Total.Amount != goods+charges+added || carried != owed || len(taxes) != len(b.goods)+len(b.charges) {
			r.Fatalf("%d goods, %d charges, %d added, %d owed, %d carried: %+v", goods, charges, added, owed, carried, sum)
		}
		if _, all := b.rates["standard"]; all && taxedOf != goods+charges {
			r.Fatalf("%d of %d is taxed", taxedOf, goods+charges)
		}
		if sum.Total.Amount%finest(b.currency) != 0 {
			r.Fatalf("nobody can be charged %d %s", sum.Total.Amount, b.currency)
		}
		b.isCarriedEvenly(r, taxes)
	})
}

// exactly is what a rate takes of an amount, as a fraction.
func exactly(rate events.TaxRateFields, amount int64) *big.Rat {
	whole := int64(wholeRate)
	if rate.Included {
		whole += rate.Rate
	}
	return new(big.Rat).Mul(big.NewRat(rate.Rate, whole), big.NewRat(amount, 1))
}

// off is how far a is from b.
func off(a int64, b *big.Rat) *big.Rat {
	d := new(big.Rat).Sub(big.NewRat(a, 1), b)
	return d.Abs(d)
}

func (b basket) unit(included bool) int64 {
	if included {
		return 1
	}
	return finest(b.currency)
}

func (b basket) isRounded(r *rapid.T, tax events.TaxAmount) {
	rate := b.rates[tax.TaxClass]
	if half := big.NewRat(b.unit(rate.Included), 2); off(tax.Amount.Amount, exactly(rate, tax.Taxed.Amount)).Cmp(half) > 0 {
		r.Fatalf("%+v is not rounded", tax)
	}
}

// isCarriedEvenly checks that each good and charge carries its tax, rounded down or up.
func (b basket) isCarriedEvenly(r *rapid.T, taxes []int64) {
	all := append([]Taxable{}, b.goods...)
	for _, c := range b.charges {
		all = append(all, Taxable{c.Amount.Amount, c.TaxClass})
	}
	for i, g := range all {
		rate, owed := b.rates.of(g.TaxClass)
		if !owed {
			rate = events.TaxRateFields{}
		}
		if off(taxes[i], exactly(rate, g.Amount)).Cmp(big.NewRat(b.unit(rate.Included), 1)) >= 0 {
			r.Fatalf("%d of %+v at %d, included %v", taxes[i], g, rate.Rate, rate.Included)
		}
	}
}

// However an order is given back in pieces, the last one leaves nothing, neither of the money nor of any tax; and no piece carries more tax than
// there is, or than it is itself.
func TestPortion_EndsAtNothing(t *testing.T) {
	t.Parallel()
	hundredTimes(t, func(r *rapid.T) {
		b := baskets.Draw(r, "basket")
		sum, _, err := Total(b.currency, b.goods, b.charges, b.rates)
		if err != nil {
			r.Fatal(err)
		}
		left := PortionOf(sum)
		back := make([]int64, len(left.Taxes))
		for piece := 0; left.Amount.Amount > 0; piece++ {
			amount := left.Amount.Amount
			if piece < 20 {
				amount = rapid.OneOf(rapid.Int64Range(1, min(3, amount)), rapid.Int64Range(1, amount), rapid.Just(amount)).Draw(r, "amount")
			}
			taken, rest, err := left.Take(amount)
			if err != nil || taken.Amount.Amount != amount || rest.Amount.Amount != left.Amount.Amount-amount {
				r.Fatalf("%v: %+v of %+v leaves %+v", err, taken, left, rest)
			}
			var tax int64
			for i, part := range taken.Taxes {
				tax += part
				back[i] += part
				if part < 0 || rest.Taxes[i] != left.Taxes[i]-part || rest.Taxes[i] < 0 {
					r.Fatalf("%+v of %+v leaves %+v", taken, left, rest)
				}
			}
			if tax > amount {
				r.Fatalf("%d carries %d of tax", amount, tax)
			}
			left = rest
		}
		if diff := cmp.Diff(PortionOf(sum).Taxes, back); diff != "" {
			r.Fatalf("the taxes (-owed +given back):\n%s", diff)
		}
		for _, tax := range left.Taxes {
			if tax != 0 {
				r.Fatalf("%+v is left", left)
			}
		}
	})
}

func TestPortion_TakesNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	p := Portion{Amount: euros(100), Taxes: []int64{19}}
	for _, amount := range []int64{101, -1} {
		_, left, err := p.Take(amount)
		if !errors.Is(err, events.Refuse("refund_too_large", "")) || left.Amount != p.Amount {
			t.Errorf("%d: %v, %+v is left", amount, err, left)
		}
	}
	taken, left, err := p.Take(50)
	if diff := cmp.Diff([]Portion{{euros(50), []int64{10}}, {euros(50), []int64{9}}}, []Portion{taken, left}); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
