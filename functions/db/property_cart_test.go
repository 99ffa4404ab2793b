package db

import (
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

// carting is what somebody collects: by a secret or by an account, with the secret of another, claimed, ordered, and tried again.
func (w *world) carting(t *rapid.T) []events.Outgoing {
	cart, other, by, hash := pick(t, "cart", w.carts...), pick(t, "another cart", w.carts...), pick(t, "who", nobody, nobody, w.buyer, shopper(w.customers[1])), pick(t, "secret", "s", "s", "s", "t")
	product, quantity := pick(t, "product", w.products...), pick[int64](t, "quantity", 1, 1, 2, 6)
	items := []events.OrderItem{{ProductID: product, Quantity: quantity}}
	out := events.RemoveCartLine.New(cart, events.CartLineRemoval{CartKey: keyed(hash), ProductID: product}).AskedBy(by).WithID(events.NewID(), "")
	return some(
		t,
		events.OpenCart.New(cart, keyed("s")).AskedBy(by),
		put(cart, product, quantity, hash).AskedBy(by),
		events.OpenCart.New(other, keyed("s")).AskedBy(pick(t, "another", nobody, w.buyer)),
		put(other, pick(t, "more", w.products...), quantity, "s").AskedBy(by),
		pick(t, "then", out, put(cart, product, quantity, hash).AskedBy(by)),
		events.ClaimCart.New(other, keyed(hash)).AskedBy(w.buyer).WithID(events.NewID(), ""),
		events.ClaimCart.New(cart, keyed(hash)).AskedBy(w.buyer).WithID(events.NewID(), ""),
		pick(t, "at the end", orderOf(cart, hash, items...).AskedBy(by), events.DeleteCart.New(cart, keyed(hash)).AskedBy(by).WithID(events.NewID(), "")),
		orderOf(cart, hash, items...).AskedBy(w.buyer),
		put(cart, product, quantity, hash).AskedBy(by),
	)
}

// collected is three carts: one that is its customer's, one that goes into it, and one of nobody that is known. What is refused of them is tried.
func (w *world) collected() []events.Outgoing {
	own, merged, left, cup := w.carts[0], w.carts[1], w.carts[2], w.products[1]
	one := func(n int64) events.OrderItem { return events.OrderItem{ProductID: cup, Quantity: n} }
	return []events.Outgoing{
		events.AdjustStock.New(cup, events.StockAdjustment{Delta: 3, Reason: events.StockReceived}).WithID(events.NewID(), ""),
		events.OpenCart.New(own, keyed("")).AskedBy(w.buyer), put(own, cup, 1, "").AskedBy(w.buyer), events.OpenCart.New(left, keyed("")).AskedBy(w.buyer),
		events.OpenCart.New(merged, keyed("s")).AskedBy(nobody), put(merged, cup, 1, "t").AskedBy(nobody), put(merged, cup, 1, "s").AskedBy(nobody), put(merged, w.nobody, 1, "s").AskedBy(nobody),
		events.ClaimCart.New(merged, keyed("s")).AskedBy(w.buyer), put(merged, cup, 1, "s").AskedBy(nobody),
		orderOf(own, "", one(1)).AskedBy(w.buyer), orderOf(own, "", one(2)).AskedBy(w.buyer), orderOf(own, "", one(2)).AskedBy(w.buyer),
		events.CancelOrder.New(orderOfCart(own), events.OrderReason{}).AskedBy(w.buyer),
		events.OpenCart.New(left, keyed("s")).AskedBy(nobody).WithID(events.NewID(), ""), put(left, cup, 2, "s").AskedBy(nobody),
		events.RemoveCartLine.New(left, events.CartLineRemoval{CartKey: keyed("s"), ProductID: cup}).AskedBy(nobody), put(left, cup, 2, "s").AskedBy(nobody),
		events.DeleteCart.New(left, keyed("s")).AskedBy(nobody),
	}
}
