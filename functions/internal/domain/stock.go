package domain

import "github.com/onlinemart/mart/events"

var adjustmentLimits = limitsOf[events.StockAdjustment]()

var noDelta = events.FieldError{Location: "body.delta", Message: "must not be 0"}

// StockAdjustment is a change of what is on hand as it is asked for; Adjust carries it out. Error: 422 with every fault.
func StockAdjustment(delta int64, reason events.StockReason, note string) (events.StockAdjustment, error) {
	var faults faults
	if delta == 0 {
		faults.add(noDelta.Location, "%s", noDelta.Message)
	}
	note = faults.text("body.note", note, adjustmentLimits["note"])
	return events.StockAdjustment{Delta: delta, Reason: reason, Note: events.Said(note)}, faults.problem()
}

// maxOnHand bounds what is on hand of one product, so that sums of stock stay within what a number holds.
const maxOnHand = 1_000_000_000_000

// Adjust is the level after delta. Errors: Problems "invalid", "stock_below_reserved", "stock_too_large".
func Adjust(s events.StockState, delta int64) (events.StockState, error) {
	switch {
	case delta == 0:
		return s, events.Invalid(noDelta)
	case delta > maxOnHand-s.OnHand:
		return s, events.Refuse("stock_too_large", "Nobody has that much of one product.")
	case s.OnHand+delta < s.Reserved:
		return s, events.Refuse("stock_below_reserved", "%d are on hand and %d of them are promised to orders; at most %d can be taken away.",
			s.OnHand, s.Reserved, s.OnHand-s.Reserved)
	}
	s.OnHand += delta
	s.Available = s.OnHand - s.Reserved
	s.Version++
	return s, nil
}

// BecomesLow tells whether a product becomes low, from so many that can be sold to so many.
func BecomesLow(before, after, lowAt int64) bool { return before > lowAt && after <= lowAt }

// Reservation is what the ledger says an order did to the stock of one product, in pieces.
type Reservation struct {
	ProductID                                string
	Reserved, Released, Committed, Restocked int64
}

// Move is a change of one product's stock that a rule wants. The deltas add to what is on hand and to what is reserved.
//
// It has three forms on its way. A Move is what rules decide on: how many, and for what reason. Once moveStock has carried it out it is an
// events.StockMovement, which says for whom and when, too, and is what is told and listed. A StockEntry is that movement as the ledger stores it,
// with the version that the stock has by it.
type Move struct {
	ProductID     string
	OnHandDelta   int64
	ReservedDelta int64
	Reason        events.StockReason
}

// held is how many are held for the order still.
func (r Reservation) held() int64 { return r.Reserved - r.Released - r.Committed }

// taken is how many the order has taken off the shelf and not brought back.
func (r Reservation) taken() int64 { return r.Committed - r.Restocked }

// after is the reservation after a move of its product.
func (r Reservation) after(m Move) Reservation {
	switch m.Reason {
	case events.StockReserved:
		r.Reserved += m.ReservedDelta
	case events.StockReleased:
		r.Released -= m.ReservedDelta
	case events.StockCommitted:
		r.Committed -= m.OnHandDelta
	case events.StockRestocked:
		r.Restocked += m.OnHandDelta
	default: // a person's
	}
	return r
}

// Reserve holds stock for an order.
func Reserve(productID string, quantity int64) Move {
	return Move{ProductID: productID, ReservedDelta: quantity, Reason: events.StockReserved}
}

// Release gives held stock back to the shelf; what is not held any more stays as it is.
func Release(reservations []Reservation) []Move {
	return each(reservations, func(r Reservation) Move { return release(r, r.held()) })
}

// Commit takes held stock off the shelf for good. Late, after a release, or repeated, it does nothing.
func Commit(reservations []Reservation) []Move {
	return each(reservations, func(r Reservation) Move { return commit(r, r.held()) })
}

// CommitSent takes off the shelf what is sent and still held; unsent is what has become of the order's goods before. What was taken and not sent
// goes first, so that nothing is taken twice.
func CommitSent(reservations []Reservation, unsent []Goods, sent []events.OrderItem) []Move {
	wanted, waiting := map[string]int64{}, map[string]int64{}
	for _, s := range sent {
		wanted[s.ProductID] += s.Quantity
	}
	for _, g := range unsent {
		waiting[g.ProductID] = g.Unsent()
	}
	return each(reservations, func(r Reservation) Move {
		ready := max(waiting[r.ProductID]-r.held(), 0)
		return commit(r, min(r.held(), wanted[r.ProductID]-ready))
	})
}

// Free gives back to the shelf what is not sent any more: what is held first, then what was taken and is waiting to be sent.
func Free(reservations []Reservation, lines []events.OrderItem) []Move {
	wanted := map[string]int64{}
	for _, l := range lines {
		wanted[l.ProductID] += l.Quantity
	}
	return append(
		each(reservations, func(r Reservation) Move { return release(r, min(r.held(), wanted[r.ProductID])) }),
		each(reservations, func(r Reservation) Move { return restock(r, wanted[r.ProductID]-r.held()) })...,
	)
}

// Restock puts a cancelled order's goods back: what is only held is released, so that a commit still on its way finds
// nothing to take; what was taken returns to the shelf.
func Restock(reservations []Reservation) []Move {
	return append(Release(reservations), each(reservations, func(r Reservation) Move { return restock(r, r.taken()) })...)
}

// RestockReturned puts on the shelf what has come back and can be sold again.
func RestockReturned(lines []events.ReceivedItem) (moves []Move) {
	var again []events.OrderItem
	for _, l := range lines {
		if l.Restock {
			again = append(again, l.OrderItem)
		}
	}
	for _, d := range Demand(again) {
		moves = append(moves, Move{ProductID: d.ProductID, OnHandDelta: d.Quantity, Reason: events.StockRestocked})
	}
	return moves
}

func release(r Reservation, n int64) Move {
	return Move{ProductID: r.ProductID, ReservedDelta: -max(n, 0), Reason: events.StockReleased}
}

func commit(r Reservation, n int64) Move {
	return Move{ProductID: r.ProductID, OnHandDelta: -max(n, 0), ReservedDelta: -max(n, 0), Reason: events.StockCommitted}
}

func restock(r Reservation, n int64) Move {
	return Move{ProductID: r.ProductID, OnHandDelta: max(n, 0), Reason: events.StockRestocked}
}

// each is the moves that move anything.
func each(reservations []Reservation, move func(Reservation) Move) []Move {
	var moves []Move
	for _, r := range reservations {
		if m := move(r); m.OnHandDelta != 0 || m.ReservedDelta != 0 {
			moves = append(moves, m)
		}
	}
	return moves
}
