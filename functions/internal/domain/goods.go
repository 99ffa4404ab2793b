package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// Goods is what has become of one product of an order, in pieces: always Delivered ≤ Sent ≤ Ordered.
type Goods struct {
	ProductID                string
	Ordered, Sent, Delivered int64
}

// Unsent is how many have to be sent still.
func (g Goods) Unsent() int64 { return g.Ordered - g.Sent }

// Goods is what has become of an order's goods, product by product.
func (o Order) Goods() []Goods {
	ordered := make([]events.OrderItem, len(o.Lines))
	for i, l := range o.Lines {
		ordered[i] = events.OrderItem{ProductID: l.ProductID, Quantity: l.Quantity}
	}
	var all []Goods
	for _, d := range Demand(ordered) {
		all = append(all, Goods{ProductID: d.ProductID, Ordered: d.Quantity})
	}
	for _, f := range o.Fulfilments {
		for _, l := range f.Lines {
			g := &all[slices.IndexFunc(all, func(g Goods) bool { return g.ProductID == l.ProductID })]
			g.Sent += l.Quantity
			if f.DeliveredAt != nil {
				g.Delivered += l.Quantity
			}
		}
	}
	return all
}

// LineGoods is what has become of each line of an order: of two lines of one product the first is sent first.
func (o Order) LineGoods() []Goods {
	left := map[string]Goods{}
	for _, g := range o.Goods() {
		left[g.ProductID] = g
	}
	lines := make([]Goods, len(o.Lines))
	for i, l := range o.Lines {
		g := left[l.ProductID]
		lines[i] = Goods{ProductID: l.ProductID, Ordered: l.Quantity, Sent: min(l.Quantity, g.Sent), Delivered: min(l.Quantity, g.Delivered)}
		g.Sent, g.Delivered = g.Sent-lines[i].Sent, g.Delivered-lines[i].Delivered
		left[l.ProductID] = g
	}
	return lines
}

// HasParts tells whether anything has become of a part of the order.
func (o Order) HasParts() bool { return len(o.Fulfilments) > 0 }

// standing is what an order that was paid is by what has become of its goods.
func (o Order) standing() events.OrderStatus {
	delivered := true
	for _, g := range o.Goods() {
		if g.Unsent() > 0 {
			return events.OrderPaidStatus
		}
		delivered = delivered && g.Delivered == g.Sent
	}
	if delivered {
		return events.OrderDeliveredStatus
	}
	return events.OrderFulfilledStatus
}

// items finds what is wrong with lines: each is of so many.
func (f *faults) items(lines []events.OrderItem, most int) {
	if len(lines) == 0 || len(lines) > most {
		f.add("body.lines", "expected 1 to %d lines", most)
	}
	quantity := lineLimits["quantity"]
	for i, line := range lines {
		if line.Quantity < quantity.minimum || line.Quantity > quantity.maximum {
			f.add(at(i, "quantity"), "expected %d to %d", quantity.minimum, quantity.maximum)
		}
	}
}

// checkLines refuses lines that name more than there is by left. Errors: 422 when a product is not in the order; Problem with the code, whose
// errors name the lines.
func (o Order) checkLines(lines []events.OrderItem, left func(Goods) int64, refusal *events.Problem) error {
	there := map[string]int64{}
	for _, g := range o.Goods() {
		there[g.ProductID] = left(g)
	}
	var unknown, short faults
	wanted := map[string]int64{}
	for i, l := range lines {
		most, ordered := there[l.ProductID]
		wanted[l.ProductID] += l.Quantity
		switch {
		case !ordered:
			unknown.add(at(i, "productId"), "is no product of the order")
		case wanted[l.ProductID] > most:
			short.add(at(i, "quantity"), "%d in all, %d at most", wanted[l.ProductID], most)
		}
	}
	switch {
	case len(unknown) > 0:
		return unknown.problem()
	case len(short) > 0:
		problem := *refusal
		problem.Errors = short
		return &problem
	}
	return nil
}
