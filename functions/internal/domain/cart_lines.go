package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// CartLineSetting is a line as it is put into a cart. Error: 422 with every fault.
func CartLineSetting(s events.CartLineSetting) (events.CartLineSetting, error) {
	var all faults
	s.ProductID = ID(s.ProductID)
	if quantity := lineLimits["quantity"]; s.Quantity < quantity.minimum || s.Quantity > quantity.maximum {
		all.add("body.quantity", "expected %d to %d", quantity.minimum, quantity.maximum)
	}
	return s, all.problem()
}

// CartOrder is what is ordered of a cart, as it is stored. Error: 422 with every fault.
func CartOrder(o events.CartOrder) (events.CartOrder, error) {
	var err error
	o.ChosenCart, err = ChosenCart(o.ChosenCart)
	return o, err
}

// CartItems is what is in a cart as an order has it.
func CartItems(lines []events.CartLine) []events.OrderItem {
	items := make([]events.OrderItem, len(lines))
	for i, l := range lines {
		items[i] = events.OrderItem{ProductID: l.ProductID, Quantity: l.Quantity}
	}
	return items
}

// CartChanges is what has become of a line since it was put in.
func CartChanges(l events.CartLine) (all []events.CartChange) {
	if l.Now == nil {
		return []events.CartChange{events.CartNotSold}
	}
	if l.Now.UnitPrice != l.UnitPrice {
		all = append(all, events.CartPriceChanged)
	}
	if l.Now.Available < l.Quantity {
		all = append(all, events.CartNotEnough)
	}
	return all
}

// CartTotal is what can be bought of a cart at the prices of now. It reports false when nothing can, when prices are in more than one currency,
// and when they come to more than an amount can be.
func CartTotal(lines []events.CartLine) (sum events.Money, ok bool) {
	for _, l := range lines {
		if l.Now == nil {
			continue
		}
		total, err := Times(l.Now.UnitPrice, l.Quantity)
		if err != nil {
			return events.Money{}, false
		}
		if !ok {
			sum, ok = total, true
			continue
		}
		if sum, err = Plus(sum, total); err != nil {
			return events.Money{}, false
		}
	}
	return sum, ok
}

// MergeLines puts lines into a cart that may have some of the same products: of those quantities add, as far as one line of an order goes and as
// many are available, but never to none. The price is that of the line which was put in last.
func MergeLines(into, from []events.CartLine, available func(product string) int64) []events.CartLine {
	merged := slices.Clone(into)
	for _, l := range from {
		i := lineOf(merged, l.ProductID)
		if i < 0 {
			merged = append(merged, l)
			continue
		}
		sum := min(merged[i].Quantity+l.Quantity, lineLimits["quantity"].maximum, max(available(l.ProductID), 1))
		if l.At.After(merged[i].At) {
			merged[i] = l
		}
		merged[i].Quantity = sum
	}
	return merged
}

// lineOf is where a product is in a cart; less than zero: nowhere.
func lineOf(lines []events.CartLine, product string) int {
	return slices.IndexFunc(lines, func(l events.CartLine) bool { return l.ProductID == product })
}

// checkRoom refuses more lines than an order has.
func checkRoom(lines []events.CartLine) error {
	if most := cartLimits["lines"].maxItems; len(lines) > most {
		return events.Refuse("cart_full", "A cart has %d lines at most, as an order has; this would be %d. Take something out first.", most, len(lines))
	}
	return nil
}
