package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// sold is what one product of an order was sold for.
type sold struct {
	price, quantity, tax int64
	back                 int64 // how many were given back: they are not sent any more, or have come back
	rate                 int   // which of the order's taxes is owed of it; -1: none
}

// Worth is what lines of the order are worth that are given back next: their price, the tax that was added to it, and what of both is tax. Of the
// tax of a product, pieces carry what falls to them; in however many parts all of its pieces are given back, they carry all of it.
func (o Order) Worth(lines []events.OrderItem) Portion {
	worth := Portion{Amount: events.Money{Currency: o.Total.Currency}, Taxes: make([]int64, len(o.Taxes))}
	products := o.sold()
	for _, l := range Demand(lines) {
		p, known := products[l.ProductID]
		if !known {
			continue
		}
		worth.Amount.Amount += p.price * l.Quantity
		if p.rate < 0 {
			continue
		}
		owed, unit := o.Taxes[p.rate], int64(1)
		if !owed.Included {
			unit = finest(o.Total.Currency)
		}
		tax := p.taxOf(p.back+l.Quantity, unit) - p.taxOf(p.back, unit)
		worth.Taxes[p.rate] += tax
		if !owed.Included {
			worth.Amount.Amount += tax
		}
	}
	return worth
}

// taxOf is what the first n pieces carry of the product's tax, rounded to a unit, half up.
func (s sold) taxOf(n, unit int64) int64 {
	return (2*(s.tax/unit)*n + s.quantity) / (2 * s.quantity) * unit
}

// sold is each product of the order, and how much of it was given back.
func (o Order) sold() map[string]sold {
	all := map[string]sold{}
	for _, l := range o.Lines {
		s := all[l.ProductID]
		s.price, s.quantity, s.tax = l.UnitPrice.Amount, s.quantity+l.Quantity, s.tax+l.Tax.Amount
		s.rate = slices.IndexFunc(o.Taxes, func(t events.TaxAmount) bool { return l.TaxedAs != "" && t.TaxClass == l.TaxedAs })
		all[l.ProductID] = s
	}
	for _, g := range o.Goods() {
		s := all[g.ProductID]
		s.back = g.Cancelled + g.Returned
		all[g.ProductID] = s
	}
	return all
}
