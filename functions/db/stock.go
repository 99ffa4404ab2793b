package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var stockMutations = []mutation{
	on(events.AdjustStock, adjustStock),
	on(events.CommitStock, settleStock(domain.Commit, events.OrderStockCommitted)),
	on(events.RestockOrder, settleStock(domain.Restock, events.OrderStockRestocked)),
}

// adjustStock changes what is on hand of a product. Errors: Problems not_found, stock_below_reserved, stock_too_large.
func adjustStock(ctx context.Context, tx *Tx, c events.Received[events.StockAdjustment]) ([]events.Outgoing, error) {
	s, err := lockStock(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	if s, err = domain.Adjust(s, c.Data.Delta); err != nil {
		return nil, err
	}
	moves := []domain.Move{{ProductID: s.ProductID, OnHandDelta: c.Data.Delta, Reason: c.Data.Reason}}
	if _, err := writeMoves(ctx, tx, moves, cause{by: c.By, note: c.Data.Note}); err != nil {
		return nil, err
	}
	return events.Send(events.StockAdjusted.New(s.ProductID, s)), nil
}

const lockStockSQL = `
	select s.on_hand, s.reserved, s.version from stock s join product p on p.id = s.product_id
	where s.product_id = $1 and p.deleted_at is null
	for update of s`

func lockStock(ctx context.Context, tx *Tx, productID string) (events.StockState, error) {
	s := events.StockState{ProductID: productID}
	err := tx.QueryRow(ctx, lockStockSQL, productID).Scan(&s.OnHand, &s.Reserved, &s.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return firstStock(ctx, tx, productID)
	}
	s.Available = s.OnHand - s.Reserved
	return s, err
}

// firstStock begins the stock of a product that has none yet.
func firstStock(ctx context.Context, tx *Tx, productID string) (events.StockState, error) {
	begun, err := tx.Exec(ctx, `
		insert into stock (product_id, updated_at) select id, $2 from product where id = $1 and deleted_at is null`, productID, tx.Now)
	if err == nil && begun == 0 {
		err = events.NotFound("product", productID)
	}
	return events.StockState{ProductID: productID, Version: 1}, err
}

// settleStock is the mutation that ends an order's hold on stock by a rule, once, however often and late it is asked.
func settleStock(rule func([]domain.Reservation) []domain.Move, said events.Message[events.OrderStockMoved]) func(context.Context, *Tx, events.Received[events.OrderStock]) ([]events.Outgoing, error) {
	return func(ctx context.Context, tx *Tx, c events.Received[events.OrderStock]) ([]events.Outgoing, error) {
		movements, err := moveOrderStock(ctx, tx, c.Data.OrderID, rule, c.By)
		if err != nil {
			return nil, err
		}
		return events.Send(said.New(c.Data.OrderID, events.OrderStockMoved{OrderID: c.Data.OrderID, Movements: movements})), nil
	}
}

const (
	// lockOrderStock locks in the order of product ids, like everything that locks stock.
	lockOrderStock = `
		select from stock where product_id in (select l.product_id from order_line l where l.order_id = $1)
		order by product_id
		for update`
	selectReservations = `
		select product_id::text, max(reserved_delta) filter (where reason = 'reserved'), array_agg(reason)
		from stock_ledger where order_id = $1
		group by product_id order by product_id`
)

// moveOrderStock moves an order's stock by a rule that sees what the ledger says. It returns what was moved.
func moveOrderStock(ctx context.Context, tx *Tx, orderID string, rule func([]domain.Reservation) []domain.Move, by events.Principal) ([]events.StockMovement, error) {
	rows, err := tx.Query(ctx, lockOrderStock, orderID)
	if err != nil {
		return nil, err
	}
	if _, err := pgx.CollectRows(rows, func(pgx.CollectableRow) (struct{}, error) { return struct{}{}, nil }); err != nil {
		return nil, err
	}
	if rows, err = tx.Query(ctx, selectReservations, orderID); err != nil {
		return nil, err
	}
	reservations, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (domain.Reservation, error) {
		r := domain.Reservation{Done: map[events.StockReason]bool{}}
		var done []events.StockReason
		err := row.Scan(&r.ProductID, &r.Quantity, &done)
		for _, d := range done {
			r.Done[d] = true
		}
		return r, err
	})
	if err != nil {
		return nil, err
	}
	return writeMoves(ctx, tx, rule(reservations), cause{orderID: &orderID, by: by})
}

// cause says why stock moves.
type cause struct {
	orderID *string
	note    string
	by      events.Principal
}

// insertMoves moves levels and writes the ledger in one. At most one move of a product at a time.
const insertMoves = `
	with moved as (
		update stock s set on_hand = s.on_hand + m.on_hand_delta, reserved = s.reserved + m.reserved_delta, version = s.version + 1, updated_at = @now
		from unnest(@products::uuid[], @on_hand::bigint[], @reserved::bigint[], @reasons::text[]) as m (product_id, on_hand_delta, reserved_delta, reason)
		where s.product_id = m.product_id
		returning s.product_id, s.version, m.on_hand_delta, m.reserved_delta, m.reason
	)
	insert into stock_ledger (product_id, version, on_hand_delta, reserved_delta, reason, order_id, note, by_type, by_id, at)
	select product_id, version, on_hand_delta, reserved_delta, reason, @order_id::uuid, @note, @by_type, @by_id, @now from moved
	returning ` + movementColumns

func writeMoves(ctx context.Context, tx *Tx, moves []domain.Move, why cause) ([]events.StockMovement, error) {
	if len(moves) == 0 {
		return []events.StockMovement{}, nil
	}
	var products, reasons []string
	var onHand, reserved []int64
	for _, m := range moves {
		products, reasons = append(products, m.ProductID), append(reasons, string(m.Reason))
		onHand, reserved = append(onHand, m.OnHandDelta), append(reserved, m.ReservedDelta)
	}
	rows, err := tx.Write(ctx, insertMoves, pgx.NamedArgs{
		"now": tx.Now, "products": products, "on_hand": onHand, "reserved": reserved, "reasons": reasons,
		"order_id": why.orderID, "note": why.note, "by_type": string(why.by.Type), "by_id": why.by.ID,
	})
	if err != nil {
		return nil, err
	}
	movements, err := pgx.CollectRows(rows, scanMovement)
	if err == nil && len(movements) != len(moves) {
		err = errors.New("a product whose stock moves has no stock")
	}
	return movements, err
}
