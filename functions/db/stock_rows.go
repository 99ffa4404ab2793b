package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

const (
	// stockColumns is a product's level, which is nothing while nobody has said otherwise.
	stockColumns = `
		p.id::text, coalesce(s.on_hand, 0), coalesce(s.reserved, 0), coalesce(s.on_hand - s.reserved, 0), coalesce(s.version, 0)`
	stockRows = `product p left join stock s on s.product_id = p.id where p.deleted_at is null`

	movementColumns = `
		id, product_id::text, on_hand_delta, reserved_delta, reason, coalesce(order_id::text, ''), note, by_type, by_id, at`
)

func scanStock(row pgx.CollectableRow) (s events.StockState, err error) {
	err = row.Scan(&s.ProductID, &s.OnHand, &s.Reserved, &s.Available, &s.Version)
	return s, err
}

func scanMovement(row pgx.CollectableRow) (m events.StockMovement, err error) {
	err = row.Scan(&m.ID, &m.ProductID, &m.OnHandDelta, &m.ReservedDelta, &m.Reason, &m.OrderID, &m.Note, &m.By.Type, &m.By.ID, &m.At)
	m.At = m.At.UTC()
	return m, err
}

// getStock answers with a product's stock. Error: Problem not_found.
func (s *Store) getStock(ctx context.Context, e events.Received[events.Lookup]) (events.StockState, error) {
	return atLeast(ctx, s.news, "product", e.Data.ID, e.Data.MinVersion, func() (events.StockState, int64, error) {
		rows, err := s.reads.Query(ctx, `select `+stockColumns+` from `+stockRows+` and p.id = $1`, e.Data.ID)
		if err != nil {
			return events.StockState{}, 0, err
		}
		level, err := pgx.CollectExactlyOneRow(rows, scanStock)
		return level, level.Version, err
	})
}

var stockList = listing[events.StockState]{
	columns: stockColumns,
	from:    stockRows,
	id:      "p.id",
	orders:  map[string]column{"available": {"coalesce(s.on_hand - s.reserved, 0)", "bigint"}, "createdAt": {"p.created_at", "timestamptz"}},
	usual:   "available",
	scan:    scanStock,
}

// lowStock is what can sell that few or fewer.
const lowStock = 5

func (s *Store) listStock(ctx context.Context, e events.Received[events.StockFilter]) (events.Page[events.StockState], error) {
	var f filter
	if e.Data.Low {
		f.and(`coalesce(s.on_hand - s.reserved, 0) <= ?`, lowStock)
	}
	return stockList.page(ctx, s.reads, e.Data.Paging, &f)
}

// movementList goes by version; a movement has no uuid, so the product's breaks ties that never are.
var movementList = listing[events.StockMovement]{
	columns: movementColumns,
	from:    `stock_ledger where true`,
	id:      "product_id",
	orders:  map[string]column{"version": {"version", "bigint"}},
	usual:   "-version",
	scan:    scanMovement,
}

func (s *Store) listMovements(ctx context.Context, e events.Received[events.MovementFilter]) (events.Page[events.StockMovement], error) {
	var f filter
	f.and(`product_id = ?`, e.Data.ProductID)
	return movementList.page(ctx, s.reads, e.Data.Paging, &f)
}
