package domain

import (
	"errors"
	"slices"

	"github.com/onlinemart/mart/events"
)

// StockEntry is a movement as the stock ledger stores it; Move says which form is which. Without an ID it gets one when it is stored.
type StockEntry struct {
	events.StockMovement
	Version int64 // of the product's stock
}

// The rows of stock.
var (
	Stock       = Table[events.StockState]{"stock"}
	StockLedger = Log[StockEntry]{"stock_ledger"}
	// Reservations is, by order, what the ledger says the order did to stock, by product.
	Reservations = Table[[]Reservation]{"reservations"}
	// StockNumbers are ids of lines of the ledger.
	StockNumbers = Sequence{"stock_ledger_id"}
)

// AdjustStock changes what is on hand of a product, which may have had no stock yet. Errors: Problems not_found, stock_below_reserved,
// stock_too_large.
func AdjustStock(c Case, m events.Received[events.StockAdjustment]) ([]events.Outgoing, error) {
	id := ID(m.Subject)
	if !isLive(c, ProductRows, id) {
		return nil, events.NotFound("product", m.Subject)
	}
	s, stocked := Stock.Get(c.Rows, id)
	if !stocked {
		s = events.StockState{ProductID: id, Version: 1}
		Stock.Put(c.Rows, id, s)
	}
	if _, err := Adjust(s, m.Data.Delta); err != nil {
		return nil, err
	}
	moves := []Move{{ProductID: id, OnHandDelta: m.Data.Delta, Reason: m.Data.Reason}}
	if _, err := c.moveStock(moves, cause{by: m.By, note: m.Data.Note}); err != nil {
		return nil, err
	}
	before := s.Available
	s, _ = Stock.Get(c.Rows, id)
	told := events.Send(events.StockAdjusted.New(id, s))
	if row, _ := ProductRows.Get(c.Rows, id); row.State.Status == events.ProductPublished {
		told = append(told, c.shortage(before, s)...)
	}
	return told, nil
}

// shortage says that a product has become low, where it has. Only who takes goods for an order or off the shelf makes one so: what is committed
// could not be sold before.
func (c Case) shortage(before int64, s events.StockState) []events.Outgoing {
	if !BecomesLow(before, s.Available, c.Limits.LowStock) {
		return nil
	}
	return events.Send(events.StockLow.New(s.ProductID, events.StockShortage{StockState: s, LowAt: c.Limits.LowStock}))
}

// CommitStock takes what is held for an order off the shelf, once, however often and late it is asked. Errors: Problems not_found;
// order_state when the order is not in a state for it.
func CommitStock(c Case, m events.Received[events.OrderStock]) ([]events.Outgoing, error) {
	return c.moveOrderStock(m, Commit, OrderTakesStock, events.OrderStockCommitted)
}

// RestockOrder puts the goods of an order that has ended back, once. Errors as of CommitStock.
func RestockOrder(c Case, m events.Received[events.OrderStock]) ([]events.Outgoing, error) {
	return c.moveOrderStock(m, Restock, OrderGivesStockBack, events.OrderStockRestocked)
}

// moveOrderStock makes the moves that a rule wants of an order's goods, if the order is in a state for it.
func (c Case) moveOrderStock(m events.Received[events.OrderStock], rule func([]Reservation) []Move, in func(events.OrderStatus) bool,
	said events.Message[events.OrderStockMoved],
) ([]events.Outgoing, error) {
	id := ID(m.Data.OrderID)
	o, found := Orders.Get(c.Rows, id)
	reservations, _ := Reservations.Get(c.Rows, id)
	if !found || len(reservations) == 0 {
		return nil, events.NotFound("order", m.Data.OrderID)
	}
	if !in(o.Status) {
		return nil, events.Refuse("order_state", "The stock of an order that is %s stays as it is.", o.Status)
	}
	movements, err := c.moveStock(rule(reservations), cause{orderID: id, by: m.By, told: true})
	return events.Send(said.New(m.Data.OrderID, events.OrderStockMoved{OrderID: m.Data.OrderID, Movements: movements})), err
}

// reserve holds stock for an order that is placed, and says of what there are few now.
func (c Case) reserve(order string, demand []events.OrderItem, by events.Principal) (low []events.Outgoing, err error) {
	moves := make([]Move, len(demand))
	reservations := make([]Reservation, len(demand))
	for i, d := range demand {
		moves[i] = Reserve(d.ProductID, d.Quantity)
		reservations[i] = Reservation{ProductID: d.ProductID}
	}
	Reservations.Put(c.Rows, order, reservations)
	if _, err = c.moveStock(moves, cause{orderID: order, by: by}); err != nil {
		return nil, err
	}
	for _, d := range demand {
		s, _ := Stock.Get(c.Rows, d.ProductID)
		low = append(low, c.shortage(s.Available+d.Quantity, s)...)
	}
	return low, nil
}

// cause says why stock moves.
type cause struct {
	orderID string
	partID  string // of the order, where the cause is one
	note    events.Words
	by      events.Principal
	told    bool // the movements are told, with their ids
}

// moveStock changes levels and writes the ledger.
func (c Case) moveStock(moves []Move, why cause) ([]events.StockMovement, error) {
	movements := make([]events.StockMovement, len(moves))
	for i, m := range moves {
		s, stocked := Stock.Get(c.Rows, m.ProductID)
		if !stocked {
			return nil, errors.New("a product whose stock moves has no stock")
		}
		s.OnHand += m.OnHandDelta
		s.Reserved += m.ReservedDelta
		s.Available = s.OnHand - s.Reserved
		s.Version++
		Stock.Put(c.Rows, m.ProductID, s)
		movements[i] = events.StockMovement{
			ProductID: m.ProductID, OnHandDelta: m.OnHandDelta, ReservedDelta: m.ReservedDelta, Reason: m.Reason,
			OrderID: why.orderID, PartID: why.partID, Note: why.note, By: why.by, At: c.Now,
		}
		if why.told {
			movements[i].ID = StockNumbers.Next(c.Rows)
		}
		StockLedger.Add(c.Rows, StockEntry{movements[i], s.Version})
	}
	if why.orderID != "" && len(moves) > 0 {
		c.noteMoves(why.orderID, moves)
	}
	return movements, nil
}

// noteMoves is what an order's reservations are after moves.
func (c Case) noteMoves(order string, moves []Move) {
	before, _ := Reservations.Get(c.Rows, order)
	after := slices.Clone(before)
	for i, r := range after {
		for _, m := range moves {
			if m.ProductID == r.ProductID {
				after[i] = after[i].after(m)
			}
		}
	}
	Reservations.Put(c.Rows, order, after)
}
