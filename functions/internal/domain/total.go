package domain

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

// wholeRate is a rate of 100 %: rates are in thousandths of a percent.
const wholeRate = 100_000

// Rates are the tax rates that hold in one place at one moment, by the class that each is for.
type Rates map[string]events.TaxRateFields

// RatesAt are, of all rates, those that hold in a place at a moment: a region's stands in the place of its country's.
func RatesAt(all []events.TaxRateFields, country, region string, at time.Time) Rates {
	hold := Rates{}
	for _, r := range all {
		if r.Country != country || r.Region != "" && r.Region != region || at.Before(r.ValidFrom) || !r.ValidTo.IsZero() && !at.Before(r.ValidTo) {
			continue
		}
		if there, found := hold[r.TaxClass]; !found || there.Region == "" {
			hold[r.TaxClass] = r
		}
	}
	return hold
}

// of is the rate of a class, which is taxed as standard where it has none of its own.
func (r Rates) of(class string) (events.TaxRateFields, bool) {
	if rate, found := r[class]; found {
		return rate, true
	}
	rate, found := r[events.StandardTaxClass]
	return rate, found
}

// Taxable is an amount of goods or of a charge, and how it is taxed.
type Taxable struct {
	Amount   int64
	TaxClass string
}

// Total is the sum of goods and charges with their taxes, and the tax of each of them: first the goods', then the charges'. A tax is rounded
// once for its rate, half up, and is the sum of what its goods and charges carry of it: each carries its part rounded down, and what is left
// goes, unit by unit, to those whose parts were cut most. Errors: Problems amount_too_large, mixed_currencies.
func Total(currency string, goods []Taxable, charges []events.Charge, rates Rates) (events.Sum, []int64, error) {
	money := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: currency} }
	all, sum := slices.Clone(goods), events.Sum{Goods: money(0), Charges: slices.Clone(charges), Taxes: []events.TaxAmount{}}
	for _, c := range charges {
		if c.Amount.Currency != currency {
			return events.Sum{}, nil, mixedCurrencies(currency, c.Amount.Currency)
		}
		all = append(all, Taxable{c.Amount.Amount, c.TaxClass})
	}
	var err error
	sum.Total = money(0)
	for i, t := range all {
		if sum.Total, err = Plus(sum.Total, money(t.Amount)); err != nil {
			return events.Sum{}, nil, err
		}
		if i < len(goods) {
			sum.Goods = sum.Total
		}
	}
	taxes := make([]int64, len(all))
	for _, of := range alike(all, rates) {
		tax := of.tax(all, currency, taxes)
		sum.Taxes = append(sum.Taxes, tax)
		if !tax.Included {
			if sum.Total, err = Plus(sum.Total, tax.Amount); err != nil {
				return events.Sum{}, nil, err
			}
		}
	}
	if sum.Total.Amount > Chargeable(currency) {
		return events.Sum{}, nil, tooLarge()
	}
	return sum, taxes, nil
}

// taxed is all that one rate holds for, by its places.
type taxed struct {
	events.TaxRateFields
	places []int
}

// alike is what is taxed by which rate, in the order of the rates' classes.
func alike(all []Taxable, rates Rates) []*taxed {
	var found []*taxed
	for i, t := range all {
		rate, owed := rates.of(t.TaxClass)
		if !owed {
			continue
		}
		at := slices.IndexFunc(found, func(g *taxed) bool { return g.TaxClass == rate.TaxClass })
		if at < 0 {
			at, found = len(found), append(found, &taxed{TaxRateFields: rate})
		}
		found[at].places = append(found[at].places, i)
	}
	slices.SortFunc(found, func(a, b *taxed) int { return strings.Compare(a.TaxClass, b.TaxClass) })
	return found
}

// tax is what is owed by a rate; what each place carries of it is written into taxes. A tax that is added can be charged: it is no finer than what
// a card is charged.
func (g *taxed) tax(all []Taxable, currency string, taxes []int64) events.TaxAmount {
	amounts, sum := make([]int64, len(g.places)), int64(0)
	for i, place := range g.places {
		amounts[i] = all[place].Amount
		sum += amounts[i]
	}
	part, whole, unit := g.Rate, int64(wholeRate), finest(currency)
	if g.Included {
		whole, unit = wholeRate+g.Rate, 1
	}
	parts, owed := apportion(amounts, part, whole*unit)
	for i, place := range g.places {
		taxes[place] = parts[i] * unit
	}
	return events.TaxAmount{
		Name: g.Name, TaxClass: g.TaxClass, Rate: g.Rate, Included: g.Included,
		Taxed: events.Money{Amount: sum, Currency: currency}, Amount: events.Money{Amount: owed * unit, Currency: currency},
	}
}

// apportion is part/whole of each amount, in whole units, and their sum, which is part/whole of all of them, rounded once, half up. What
// rounding down leaves over goes to the largest remainders, of equal ones to the first. No amount is negative, and part is not more than whole.
func apportion(amounts []int64, part, whole int64) (parts []int64, sum int64) {
	parts = make([]int64, len(amounts))
	remainders, over, order := make([]int64, len(amounts)), int64(0), make([]int, len(amounts))
	for i, amount := range amounts {
		high, low := bits.Mul64(uint64(amount), uint64(part))
		quotient, remainder := bits.Div64(high, low, uint64(whole))
		parts[i], remainders[i], order[i] = int64(quotient), int64(remainder), i
		sum, over = sum+parts[i], over+remainders[i]
	}
	left := (2*over + whole) / (2 * whole)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts, sum + left
}
