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

// Adjust is the level after delta. Errors: Problems "invalid", "stock_below_reserved", "stock_too_large".
func Adjust(s events.StockState, delta int64) (events.StockState, error) {
	const most = 1_000_000_000_000
	switch {
	case delta == 0:
		return s, events.Invalid(noDelta)
	case delta > most-s.OnHand:
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

// Reservation is what the ledger says an order did to the stock of one product.
type Reservation struct {
	ProductID string
	Quantity  int64
	Done      map[events.StockReason]bool
}

// Move is one movement of stock to be made. The deltas add to what is on hand and to what is reserved.
type Move struct {
	ProductID     string
	OnHandDelta   int64
	ReservedDelta int64
	Reason        events.StockReason
}

// open tells that the stock is still held for the order.
func (r Reservation) open() bool {
	return r.Done[events.StockReserved] && !r.Done[events.StockReleased] && !r.Done[events.StockCommitted]
}

// Reserve holds stock for an order.
func Reserve(productID string, quantity int64) Move {
	return Move{ProductID: productID, ReservedDelta: quantity, Reason: events.StockReserved}
}

// Release gives held stock back to the shelf; what is not held any more stays as it is.
func Release(reservations []Reservation) []Move {
	return each(reservations, func(r Reservation) (Move, bool) {
		return Move{ProductID: r.ProductID, ReservedDelta: -r.Quantity, Reason: events.StockReleased}, r.open()
	})
}

// Commit takes held stock off the shelf for good. Late, after a release, or repeated, it does nothing.
func Commit(reservations []Reservation) []Move {
	return each(reservations, func(r Reservation) (Move, bool) {
		return Move{ProductID: r.ProductID, OnHandDelta: -r.Quantity, ReservedDelta: -r.Quantity, Reason: events.StockCommitted}, r.open()
	})
}

// Restock puts a cancelled order's goods back: what is only held is released, so that a commit still on its way finds
// nothing to take; what was taken returns to the shelf.
func Restock(reservations []Reservation) []Move {
	return append(Release(reservations), each(reservations, func(r Reservation) (Move, bool) {
		return Move{ProductID: r.ProductID, OnHandDelta: r.Quantity, Reason: events.StockRestocked},
			r.Done[events.StockCommitted] && !r.Done[events.StockRestocked]
	})...)
}

func each(reservations []Reservation, move func(Reservation) (Move, bool)) []Move {
	var moves []Move
	for _, r := range reservations {
		if m, wanted := move(r); wanted {
			moves = append(moves, m)
		}
	}
	return moves
}
