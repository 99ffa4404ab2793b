package notification

import (
	"strings"

	"github.com/onlinemart/mart/events"
)

// sumRow is one line of what an order comes to.
type sumRow struct {
	Label, Amount string
	Strong        bool // the total
	Aside         bool // it is in the total already
}

// sumOf is what an order costs, and of what.
func sumOf(o events.OrderState) events.Sum {
	s := events.Sum{Goods: events.Money{Currency: o.Total.Currency}, Taxes: o.Taxes, Total: o.Total}
	for _, l := range o.Lines {
		s.Goods.Amount += l.Total.Amount
	}
	for _, c := range o.Charges {
		s.Charges = append(s.Charges, c.Charge)
	}
	return s
}

// Sums are the rows below an order's lines: its goods, charges and added taxes, where it has more than goods, the total, and what of that is tax.
func (v view) Sums() ([]sumRow, error) { return v.sums(sumOf(*v.Order)) }

func (t tongue) sums(s events.Sum) (rows []sumRow, err error) {
	var asides []sumRow
	for _, c := range s.Charges {
		rows = append(rows, sumRow{Label: oneLine(c.Name), Amount: t.Money(c.Amount)})
	}
	for _, tax := range s.Taxes {
		row, err := t.taxRow(tax)
		if err != nil {
			return nil, err
		}
		if row.Aside {
			asides = append(asides, row)
		} else {
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		label, err := t.T("goods")
		if err != nil {
			return nil, err
		}
		rows = append([]sumRow{{Label: label, Amount: t.Money(s.Goods)}}, rows...)
	}
	label, err := t.T("total")
	if err != nil {
		return nil, err
	}
	return append(append(rows, sumRow{Label: label, Amount: t.Money(s.Total), Strong: true}), asides...), nil
}

// taxRow is one of the taxes, with its rate.
func (t tongue) taxRow(tax events.TaxAmount) (row sumRow, err error) {
	row = sumRow{Label: oneLine(tax.Name), Amount: t.Money(tax.Amount), Aside: tax.Included}
	rate, err := t.percent(tax.Rate)
	if err != nil {
		return row, err
	}
	if !strings.Contains(row.Label, "%") { // else the rate is said in its name
		if row.Label, err = t.T("tax", row.Label, rate); err != nil {
			return row, err
		}
	}
	if tax.Included {
		row.Label, err = t.T("included", row.Label)
	}
	return row, err
}
