package domain

import "github.com/onlinemart/mart/events"

// refundOf is what of an amount that is given back for lines falls to each product: what they are worth, and where less was left to be given back, as much of
// it as that is of all. It is asked before the lines are given back.
func (o Order) refundOf(lines []events.OrderItem, amount events.Money) []events.RefundedItem {
	demand, all := Demand(lines), int64(0)
	worths := make([]int64, len(demand))
	for i, l := range demand {
		worths[i] = o.Worth([]events.OrderItem{l}).Amount.Amount
		all += worths[i]
	}
	return refunded(demand, worths, amount, all)
}

// refunded shares an amount out among products by what they are worth.
func refunded(lines []events.OrderItem, worths []int64, amount events.Money, all int64) []events.RefundedItem {
	if all < amount.Amount || all == 0 {
		return nil // it is for more than they are worth: nobody can say for what
	}
	shares, _ := apportion(worths, amount.Amount, all)
	items := make([]events.RefundedItem, len(lines))
	for i, l := range lines {
		items[i] = events.RefundedItem{ProductID: l.ProductID, Quantity: l.Quantity, Amount: events.Money{Amount: shares[i], Currency: amount.Currency}}
	}
	return items
}

// LineRefund is what was given back of one line of an order.
type LineRefund struct{ Quantity, Amount int64 }

// LineRefunds is what was given back of each line of an order, for what is not sent any more and what has come back. Of two lines of one product each has as
// much of it as it has pieces that were given back. Amounts that were given back for nothing in particular are of no line; and where of some refund
// it is not known what it is of, nothing is told of any line: a part of it would look like all.
func (o Order) LineRefunds() []LineRefund {
	back := map[string]LineRefund{}
	for _, r := range o.partRefunds() {
		if len(r.Lines) == 0 {
			return make([]LineRefund, len(o.Lines))
		}
		for _, l := range r.Lines {
			b := back[l.ProductID]
			back[l.ProductID] = LineRefund{b.Quantity + l.Quantity, b.Amount + l.Amount.Amount}
		}
	}
	lines, pieces, all := make([]LineRefund, len(o.Lines)), make([]int64, len(o.Lines)), map[string]int64{}
	for i, g := range o.LineGoods() {
		pieces[i] = g.Cancelled + g.Returned
		all[o.Lines[i].ProductID] += pieces[i]
	}
	for i, l := range o.Lines {
		b := back[l.ProductID]
		if b.Quantity == 0 || pieces[i] == 0 {
			continue
		}
		lines[i] = LineRefund{b.Quantity * pieces[i] / all[l.ProductID], b.Amount * pieces[i] / all[l.ProductID]}
		back[l.ProductID] = LineRefund{b.Quantity - lines[i].Quantity, b.Amount - lines[i].Amount} // so that the last has what rounding left
		all[l.ProductID] -= pieces[i]
	}
	return lines
}

// partRefunds are the refunds for parts of an order.
func (o Order) partRefunds() (all []events.PartRefund) {
	for _, r := range o.Returns {
		if r.Refund != nil {
			all = append(all, *r.Refund)
		}
	}
	for _, c := range o.Cancellations {
		if c.Refund != nil {
			all = append(all, *c.Refund)
		}
	}
	return all
}
