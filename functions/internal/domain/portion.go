package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// Portion is an amount, and what of it is tax of each rate.
type Portion struct {
	Amount events.Money
	Taxes  []int64 // in the order of the sum's
}

// PortionOf is all of a sum.
func PortionOf(s events.Sum) Portion {
	p := Portion{Amount: s.Total, Taxes: make([]int64, len(s.Taxes))}
	for i, t := range s.Taxes {
		p.Taxes[i] = t.Amount.Amount
	}
	return p
}

// Take parts an amount from a portion: it carries of each tax what it is of all that there is, so that whoever takes the last takes the last of
// each tax, in however many pieces. Error: Problem refund_too_large, it is more than there is.
func (p Portion) Take(amount int64) (taken, left Portion, err error) {
	all := p.Amount.Amount
	if amount < 0 || amount > all {
		return Portion{}, p, events.Refuse("refund_too_large", "At most %s can still be refunded.", Written(p.Amount))
	}
	if all == 0 {
		return p, p, nil
	}
	net := all
	for _, tax := range p.Taxes {
		net -= tax
	}
	parts, _ := apportion(append(slices.Clone(p.Taxes), net), amount, all)
	money := func(amount int64) events.Money { return events.Money{Amount: amount, Currency: p.Amount.Currency} }
	taken = Portion{Amount: money(amount), Taxes: append([]int64(nil), parts[:len(p.Taxes)]...)}
	return taken, p.less(taken), nil
}

// TakePart parts a portion from a portion whose taxes are known by themselves, as those of goods are. As much of it as there is; and where some of
// its taxes are gone with what was taken before, or what is left would be less than its taxes, it carries of each what Take gives it.
func (p Portion) TakePart(part Portion) (taken, left Portion) {
	amount := min(part.Amount.Amount, p.Amount.Amount)
	taken, left, err := p.Take(amount)
	if err != nil || amount < part.Amount.Amount || len(part.Taxes) != len(p.Taxes) {
		return taken, left
	}
	if rest := p.less(part); rest.whole() {
		return Portion{Amount: taken.Amount, Taxes: slices.Clone(part.Taxes)}, rest
	}
	return taken, left
}

// less is what is left without another one.
func (p Portion) less(other Portion) Portion {
	p.Amount.Amount -= other.Amount.Amount
	p.Taxes = slices.Clone(p.Taxes)
	for i, tax := range other.Taxes {
		p.Taxes[i] -= tax
	}
	return p
}

// whole tells whether no tax is negative and all of them together are not more than the amount.
func (p Portion) whole() bool {
	rest := p.Amount.Amount
	for _, tax := range p.Taxes {
		if rest -= tax; tax < 0 {
			return false
		}
	}
	return rest >= 0
}
