package domain

import (
	"maps"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// UnpaidWithin is how long an order that is not paid counts against the e-mail address it names, whatever has become of it.
const UnpaidWithin = time.Hour

// decidedLate is from when on a command has waited so long that it is no part of a flood: db was away, or was restored and is told once more what it had
// decided. Orders that were hours apart come within moments then.
const decidedLate = 5 * time.Minute

// UnpaidOrder is an order for which the mart has no money, as the limits of its buyer count it.
type UnpaidOrder struct {
	ID       string
	Status   events.OrderStatus
	PlacedAt time.Time
	Holds    []events.OrderItem // what it keeps from others; nothing once it has ended
}

// UnpaidOrders are orders of late that are not paid, or not any more: by customer, by GuestPlace, and by network those that hold something of whoever there has shown no address to
// be theirs.
var UnpaidOrders = Table[[]UnpaidOrder]{"unpaid orders"}

// ordersUnpaid are the states in which the mart has none of an order's money: it waits for it, or has ended without. What was paid for an order
// that was cancelled has gone back.
var ordersUnpaid = []events.OrderStatus{events.OrderPlacedStatus, events.OrderAuthorizedStatus, events.OrderExpiredStatus, events.OrderCancelledStatus}

// OrdersUnpaid are those states.
func OrdersUnpaid() []events.OrderStatus { return slices.Clone(ordersUnpaid) }

// UnpaidSince is how far back unpaid orders count for anything.
func (l Limits) UnpaidSince(now time.Time) time.Time {
	return now.Add(-max(l.LongestUnpaid(), UnpaidWithin))
}

// checkUnpaid refuses one order more of a buyer who has left too many unpaid. Errors: Problems too_many_open_orders, too_many_unpaid_orders.
func (c Case) checkUnpaid(asked time.Time, b buyer, unpaid []UnpaidOrder) error {
	open, recent := 0, 0
	for _, o := range unpaid {
		if o.Status == events.OrderPlacedStatus && o.PlacedAt.After(c.Now.Add(-c.Limits.LongestUnpaid())) {
			open++
		}
		if o.PlacedAt.After(c.Now.Add(-UnpaidWithin)) {
			recent++
		}
	}
	switch {
	case c.Limits.Unpaid > 0 && open >= c.Limits.Unpaid:
		return tooManyOpen(b, open)
	case c.Limits.Unproven > 0 && !b.proven && recent >= c.Limits.Unproven && c.Now.Sub(asked) < decidedLate:
		return tooManyUnproven(b)
	}
	return nil
}

// unpaidOf are the orders of a buyer that are not paid, as UnpaidOrders lists them and as this batch has left them.
func (c Case) unpaidOf(b buyer) []UnpaidOrder {
	if b.key == "" {
		return c.unpaidBy(b.id, func(o StoredOrder) bool { return o.CustomerID == b.id })
	}
	return c.unpaidBy(b.place, func(o StoredOrder) bool {
		g, _ := GuestOrders.Find(c.Rows, o.ID)
		return g.Place == b.place
	})
}

// unpaidAt are those of all who order from a network and have shown no address to be theirs.
func (c Case) unpaidAt(network string) []UnpaidOrder {
	return c.unpaidBy(network, func(o StoredOrder) bool {
		g, _ := GuestOrders.Find(c.Rows, o.ID)
		return g.Network == network
	})
}

// unpaidBy are the orders that are listed under a key, and those of this batch that belong there.
func (c Case) unpaidBy(key string, belongs func(StoredOrder) bool) []UnpaidOrder {
	stored, _ := UnpaidOrders.Get(c.Rows, key)
	byID := map[string]UnpaidOrder{}
	for _, o := range stored {
		byID[o.ID] = o
	}
	for o := range Orders.All(c.Rows) {
		_, listed := byID[o.ID]
		switch {
		case !listed && !belongs(o) || !o.CreatedAt.After(c.Limits.UnpaidSince(c.Now)):
		case slices.Contains(ordersUnpaid, o.Status):
			byID[o.ID] = UnpaidOrder{ID: o.ID, Status: o.Status, PlacedAt: o.CreatedAt, Holds: o.holds()}
		default:
			delete(byID, o.ID)
		}
	}
	return slices.Collect(maps.Values(byID))
}

// holds is what an order keeps from others that is not paid.
func (o StoredOrder) holds() (items []events.OrderItem) {
	if !OrderAwaitsMoney(o.Status) {
		return nil
	}
	for _, l := range o.Lines {
		items = append(items, events.OrderItem{ProductID: l.ProductID, Quantity: l.Quantity})
	}
	return items
}

// tooManyOpen refuses one more. A guest is told no number: anybody may write anybody's address.
func tooManyOpen(b buyer, open int) *events.Problem {
	if b.key != "" {
		return events.Refuse("too_many_open_orders", "Too many orders for this e-mail address, placed from where you are, wait for payment. Pay for one or cancel one first.")
	}
	return events.Refuse("too_many_open_orders", "You have %d orders that wait for payment. Pay for one or cancel one first.", open)
}

// tooManyUnproven refuses one more, in words that are the same whatever there is of the address: each order writes mails to it, and whoever reads
// them may have ordered nothing.
func tooManyUnproven(b buyer) *events.Problem {
	if b.key != "" {
		return events.Refuse("too_many_unpaid_orders", "Too many orders for this e-mail address were placed from where you are, and not paid, within the hour. Pay for one that is open, order with an account, or try again in an hour.")
	}
	return events.Refuse("too_many_unpaid_orders", "Too many of your orders were not paid within the hour. Pay for one that is open, confirm your e-mail address, or try again in an hour.")
}
