package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// Goods is what has become of one product of an order, in pieces: always Returned ≤ Claimed ≤ Delivered ≤ Sent ≤ Ordered - Cancelled. What is
// claimed is to come back, or has.
type Goods struct {
	ProductID                                              string
	Ordered, Cancelled, Sent, Delivered, Claimed, Returned int64
}

// Unsent is how many have to be sent still.
func (g Goods) Unsent() int64 { return g.Ordered - g.Cancelled - g.Sent }

// Returnable is how many may be asked to be sent back.
func (g Goods) Returnable() int64 { return g.Delivered - g.Claimed }

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
	each := func(lines []events.OrderItem, count func(g *Goods, n int64)) {
		for _, l := range lines {
			count(&all[slices.IndexFunc(all, func(g Goods) bool { return g.ProductID == l.ProductID })], l.Quantity)
		}
	}
	for _, p := range o.Cancellations {
		each(p.Lines, func(g *Goods, n int64) { g.Cancelled += n })
	}
	for _, f := range o.Fulfilments {
		each(f.Lines, func(g *Goods, n int64) { g.Sent += n })
		if f.DeliveredAt != nil {
			each(f.Lines, func(g *Goods, n int64) { g.Delivered += n })
		}
	}
	for _, r := range o.Returns {
		switch r.Status {
		case events.ReturnReceivedStatus:
			each(received(r.Received), func(g *Goods, n int64) { g.Claimed, g.Returned = g.Claimed+n, g.Returned+n })
		case events.ReturnRefusedStatus:
		default:
			each(r.Lines, func(g *Goods, n int64) { g.Claimed += n })
		}
	}
	return all
}

// Unsent is what of an order has to be sent still.
func (o Order) Unsent() (lines []events.OrderItem) {
	for _, g := range o.Goods() {
		if n := g.Unsent(); n > 0 {
			lines = append(lines, events.OrderItem{ProductID: g.ProductID, Quantity: n})
		}
	}
	return lines
}

// received is goods that have come back, whatever becomes of them.
func received(lines []events.ReceivedItem) []events.OrderItem {
	items := make([]events.OrderItem, len(lines))
	for i, l := range lines {
		items[i] = l.OrderItem
	}
	return items
}

// LineGoods is what has become of each line of an order: of two lines of one product the first is sent first, and the last cancelled first.
func (o Order) LineGoods() []Goods {
	left := map[string]Goods{}
	for _, g := range o.Goods() {
		left[g.ProductID] = g
	}
	lines := make([]Goods, len(o.Lines))
	for i, l := range slices.Backward(o.Lines) {
		g := left[l.ProductID]
		lines[i].Cancelled = min(l.Quantity, g.Cancelled)
		g.Cancelled -= lines[i].Cancelled
		left[l.ProductID] = g
	}
	for i, l := range o.Lines {
		cancelled := lines[i].Cancelled
		lines[i], left[l.ProductID] = left[l.ProductID].share(l.Quantity - cancelled)
		lines[i].Ordered, lines[i].Cancelled = l.Quantity, cancelled
	}
	return lines
}

// share is what falls to a line of so many, and what is left for the lines behind it.
func (g Goods) share(n int64) (line, rest Goods) {
	part := func(of *int64) int64 {
		mine := min(n, *of)
		*of -= mine
		return mine
	}
	rest = g
	return Goods{
		ProductID: g.ProductID, Sent: part(&rest.Sent), Delivered: part(&rest.Delivered),
		Claimed: part(&rest.Claimed), Returned: part(&rest.Returned),
	}, rest
}

// HasParts tells whether anything has become of a part of the order.
func (o Order) HasParts() bool { return len(o.Fulfilments)+len(o.Cancellations) > 0 }

// standing is what an order that was paid is by what has become of its goods.
func (o Order) standing() events.OrderStatus {
	delivered, returned := true, true
	for _, g := range o.Goods() {
		if g.Unsent() > 0 {
			return events.OrderPaidStatus
		}
		delivered = delivered && g.Delivered == g.Sent
		returned = returned && g.Returned == g.Sent
	}
	switch {
	case returned:
		return events.OrderReturnedStatus
	case delivered:
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
