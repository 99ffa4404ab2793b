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
	on(events.CommitStock, settleStock(domain.Commit, events.OrderStockCommitted, domain.OrderTakesStock)),
	on(events.RestockOrder, settleStock(domain.Restock, events.OrderStockRestocked, domain.OrderGivesStockBack)),
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
// Error: Problem order_state when the order is not in a state for it.
func settleStock(rule func([]domain.Reservation) []domain.Move, said events.Message[events.OrderStockMoved], in func(events.OrderStatus) bool) func(context.Context, *Tx, events.Received[events.OrderStock]) ([]events.Outgoing, error) {
	return func(ctx context.Context, tx *Tx, c events.Received[events.OrderStock]) ([]events.Outgoing, error) {
		id := c.Data.OrderID
		reservations, err := lockReservations(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if len(reservations) == 0 {
			return nil, events.NotFound("order", id)
		}
		if status := reservations[0].status; !in(status) {
			return nil, events.Refuse("order_state", "The stock of an order that is %s stays as it is.", status)
		}
		movements, err := writeMoves(ctx, tx, rule(plainly(reservations)), cause{orderID: &id, by: c.By})
		if err != nil {
			return nil, err
		}
		return events.Send(said.New(id, events.OrderStockMoved{OrderID: id, Movements: movements})), nil
	}
}

// releaseStock gives back what is still held for an order that ends.
func releaseStock(ctx context.Context, tx *Tx, orderID string, by events.Principal) error {
	reservations, err := lockReservations(ctx, tx, orderID)
	if err != nil {
		return err
	}
	_, err = writeMoves(ctx, tx, domain.Release(plainly(reservations)), cause{orderID: &orderID, by: by})
	return err
}

const (
	// lockOrderStock locks in the order of product ids, like everything that locks stock.
	lockOrderStock = `
		select from stock where product_id in (select l.product_id from order_line l where l.order_id = $1)
		order by product_id
		for update`
	selectReservations = `
		select o.status, l.product_id::text, max(l.reserved_delta) filter (where l.reason = 'reserved'), array_agg(l.reason)
		from stock_ledger l join orders o on o.id = l.order_id
		where l.order_id = $1
		group by o.status, l.product_id order by l.product_id`
)

// reservation is what an order did to the stock of one product, beside what the order is.
type reservation struct {
	domain.Reservation
	status events.OrderStatus
}

func plainly(all []reservation) []domain.Reservation {
	reservations := make([]domain.Reservation, len(all))
	for i, r := range all {
		reservations[i] = r.Reservation
	}
	return reservations
}

// lockReservations locks the stock of an order's products, and then reads what the ledger says: whoever moves that stock holds
// the same locks.
func lockReservations(ctx context.Context, tx *Tx, orderID string) ([]reservation, error) {
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
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (reservation, error) {
		r := reservation{Reservation: domain.Reservation{Done: map[events.StockReason]bool{}}}
		var done []events.StockReason
		err := row.Scan(&r.status, &r.ProductID, &r.Quantity, &done)
		for _, d := range done {
			r.Done[d] = true
		}
		return r, err
	})
}

// cause says why stock moves.
type cause struct {
	orderID *string
	note    events.Words
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
