package db

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var stockMutations = []mutation{
	decide(events.AdjustStock, func(c events.Received[events.StockAdjustment]) needs {
		return needs{stockByID: {c.Subject}, productReadBy: {c.Subject}}
	}, domain.AdjustStock),
	decide(events.CommitStock, settleNeeds, domain.CommitStock),
	decide(events.RestockOrder, settleNeeds, domain.RestockOrder),
}

func settleNeeds(c events.Received[events.OrderStock]) needs {
	id := c.Data.OrderID
	return needs{orderByID: {id}, stockOfOrder: {id}, reservationsOfOrder: {id}, stockNumbersOfOrder: {id}}
}

// How stock is found.
var (
	stockByID           = byKey("stock", domain.Stock)
	stockReadBy         = byKey("stock that is only read", domain.Stock)
	stockOfOrder        = through("stock of order")
	reservationsOfOrder = byKey("reservations", domain.Reservations)
	stockNumbersOfOrder = through("numbers for the stock of order") // one for each of its products, each time it is wanted
	stockOfNewOrder     = through("products of an order that is being placed")
)

const someStock = `$1::uuid[] || array(select l.product_id from order_line l where l.order_id = any($2::uuid[]))`

var stockTable = table{
	lock: query{
		sql: `select from stock s where s.product_id = any(` + someStock + `) order by s.product_id for no key update`,
		by:  []*need{stockByID, stockOfOrder},
	},
	read: query{
		sql: `select s.product_id::text, s.on_hand, s.reserved, s.on_hand - s.reserved, s.version from stock s
			where s.product_id = any(` + someStock + ` || $3::uuid[])`,
		by: []*need{stockByID, stockOfOrder, stockReadBy},
	},
	load: loads(domain.Stock, scanStock, func(s events.StockState) string { return s.ProductID }),
	save: saveStock,
}

// reservationsTable is what the ledger says of orders: whoever adds to it holds the locks of the order's stock.
var reservationsTable = table{
	read: query{
		sql: `select l.order_id::text, l.product_id::text, max(l.reserved_delta) filter (where l.reason = 'reserved'), array_agg(l.reason)
			from stock_ledger l where l.order_id = any($1::uuid[])
			group by l.order_id, l.product_id order by l.order_id, l.product_id`,
		by: []*need{reservationsOfOrder},
	},
	load: func(rows *domain.Rows, answer pgx.Rows) error {
		found := map[string][]domain.Reservation{}
		var order string
		var r domain.Reservation
		var done []events.StockReason
		_, err := pgx.ForEachRow(answer, []any{&order, &r.ProductID, &r.Quantity, &done}, func() error {
			r.Done = map[events.StockReason]bool{}
			for _, d := range done {
				r.Done[d] = true
			}
			found[order], done = append(found[order], r), nil
			return nil
		})
		for order, all := range found {
			domain.Reservations.Load(rows, order, all)
		}
		return err
	},
}

// stockNumbersTable is an id for each line that a command may add to the ledger and tell of.
var stockNumbersTable = table{
	read: query{
		sql: `with line (order_id) as (
				select l.order_id from order_line l where l.order_id = any($1::uuid[]) union all select * from unnest($2::uuid[])
			)
			select nextval('stock_ledger_id_seq') from unnest($1::uuid[]) as wanted (order_id) join line using (order_id)`,
		by: []*need{stockNumbersOfOrder, stockOfNewOrder},
	},
	load: loadsNumbers(domain.StockNumbers),
}

// stockLevel is a product's stock and the moment it changed.
type stockLevel struct {
	events.StockState
	at time.Time
}

var (
	stockSet = setOf("stock", []field[stockLevel]{
		col("product_id", "uuid", func(s stockLevel) string { return s.ProductID }),
		col("on_hand", "bigint", func(s stockLevel) int64 { return s.OnHand }),
		col("reserved", "bigint", func(s stockLevel) int64 { return s.Reserved }),
		col("version", "bigint", versionOfStock),
		col("updated_at", "timestamptz", func(s stockLevel) time.Time { return s.at }),
	}, "on_hand", "reserved", "version", "updated_at")
	stockLedgerSet = setOf("stock_ledger", []field[domain.StockEntry]{
		col("id", "bigint", func(e domain.StockEntry) int64 { return e.ID }).as("coalesce(nullif(c.id, 0), nextval('stock_ledger_id_seq'))"),
		col("product_id", "uuid", func(e domain.StockEntry) string { return e.ProductID }),
		col("version", "bigint", func(e domain.StockEntry) int64 { return e.Version }),
		col("on_hand_delta", "bigint", func(e domain.StockEntry) int64 { return e.OnHandDelta }),
		col("reserved_delta", "bigint", func(e domain.StockEntry) int64 { return e.ReservedDelta }),
		col("reason", "text", func(e domain.StockEntry) string { return string(e.Reason) }),
		col("order_id", "uuid", func(e domain.StockEntry) *string { return orNull(e.OrderID) }),
		col("note", "text", func(e domain.StockEntry) events.Words { return e.Note }),
		col("by_type", "text", func(e domain.StockEntry) string { return string(e.By.Type) }),
		col("by_id", "text", func(e domain.StockEntry) string { return e.By.ID }),
		col("at", "timestamptz", func(e domain.StockEntry) time.Time { return e.At }),
	})
)

func versionOfStock(s stockLevel) int64 { return s.Version }

func saveStock(now moment, rows *domain.Rows) []write {
	var levels []domain.Change[stockLevel]
	for _, c := range domain.Stock.Changes(rows) {
		levels = append(levels, domain.Change[stockLevel]{Before: stockLevel{c.Before, now.at}, After: stockLevel{c.After, now.at}, Made: c.Made})
	}
	return append(stockSet.saves(levels, versionOfStock), stockLedgerSet.adds(domain.StockLedger.Added(rows))...)
}
