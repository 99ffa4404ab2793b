package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// stock is how many of a product there are, and for whom.
var stock = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.AdjustStock, func(c events.Received[events.StockAdjustment]) inbox.Needs {
			return inbox.Needs{stockByID: {c.Subject}, productReadOnly: {c.Subject}}
		}, domain.AdjustStock),
		inbox.Decide(events.CommitStock, settleNeeds, domain.CommitStock),
		inbox.Decide(events.RestockOrder, settleNeeds, domain.RestockOrder),
	},
	Tables:  []inbox.Table{stockTable, reservationsTable, stockNumbersTable},
	Queries: []inbox.Query{inbox.Answer(events.GetStock, getStock), inbox.Answer(events.ListStock, listStock), inbox.Answer(events.ListMovements, listMovements)},
}

func settleNeeds(c events.Received[events.OrderStock]) inbox.Needs {
	id := c.Data.OrderID
	return inbox.Needs{orderByID: {id}, stockOfOrder: {id}, reservationsOfOrder: {id}, stockNumbersOfOrder: {id}}
}

// How stock is found.
var (
	stockByID           = inbox.ByKey("stock", domain.Stock)
	stockReadOnly       = inbox.ByKey("stock that is only read", domain.Stock)
	stockOfOrder        = inbox.Through("stock of order")
	reservationsOfOrder = inbox.ByKey("reservations", domain.Reservations)
	stockNumbersOfOrder = inbox.Through("numbers for the stock of order") // one for each of its products, each time it is wanted
	stockOfNewOrder     = inbox.Through("products of an order that is being placed")
)

// levelColumns is a row of stock. An order's lines, by which it is found, never change.
const levelColumns = `s.product_id::text, s.on_hand, s.reserved, s.on_hand - s.reserved, s.version`

var stockTable = inbox.Table{
	Writes: []string{"stock", "stock_ledger"},
	Take: inbox.Statement{
		SQL: `select ` + levelColumns + ` from stock s
			where s.product_id = any($1::uuid[] || array(select l.product_id from order_line l where l.order_id = any($2::uuid[] || ` + unpaidOrders("3") + `)))
			order by s.product_id for no key update of s`,
		By: []*inbox.Need{stockByID, stockOfOrder, unpaidOrdersOf},
	},
	Read: inbox.Statement{
		SQL: `select ` + levelColumns + ` from stock s
			where s.product_id = any($1::uuid[] || array(select l.product_id from order_line l where l.order_id = any(` + unpaidOrders("2") + `))
				|| ` + moved("3", "4", "5") + ` || ` + inCarts("6", "7") + `)`,
		By: []*inbox.Need{stockReadOnly, unpaidOrdersOf, productsOfBrand, productsOfCategory, productsOfFamily, cartByID, cartOfCustomer},
	},
	Load: inbox.Loads(domain.Stock, scanStock, func(s events.StockState) string { return s.ProductID }),
	Save: saveStock,
}

// moves is how many pieces were moved for a reason.
func moves(reason, pieces string) string {
	return `coalesce(sum(` + pieces + `) filter (where l.reason = '` + reason + `'), 0)::bigint`
}

// reservationsTable is what the ledger says of orders: whoever adds to it holds the locks of the order's stock.
var reservationsTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `select l.order_id::text, l.product_id::text, ` + moves("reserved", "l.reserved_delta") + `, ` + moves("released", "-l.reserved_delta") + `,
				` + moves("committed", "-l.on_hand_delta") + `, ` + moves("restocked", "l.on_hand_delta") + `
			from stock_ledger l where l.order_id = any($1::uuid[] || ` + unpaidOrders("2") + `)
			group by l.order_id, l.product_id order by l.order_id, l.product_id`,
		By: []*inbox.Need{reservationsOfOrder, unpaidOrdersOf},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		found := map[string][]domain.Reservation{}
		var order string
		var r domain.Reservation
		_, err := pgx.ForEachRow(answer, []any{&order, &r.ProductID, &r.Reserved, &r.Released, &r.Committed, &r.Restocked}, func() error {
			found[order] = append(found[order], r)
			return nil
		})
		for order, all := range found {
			domain.Reservations.Load(rows, order, all)
		}
		return err
	},
}

// stockNumbersTable is an id for each line that a command may add to the ledger and tell of.
var stockNumbersTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `with line (order_id) as (
				select l.order_id from order_line l where l.order_id = any($1::uuid[]) union all select * from unnest($2::uuid[])
			)
			select nextval('stock_ledger_id_seq') from unnest($1::uuid[]) as wanted (order_id) join line using (order_id)`,
		By: []*inbox.Need{stockNumbersOfOrder, stockOfNewOrder},
	},
	Load: inbox.LoadsNumbers(domain.StockNumbers),
}

// stockLevel is a product's stock and the moment it changed.
type stockLevel struct {
	events.StockState
	at time.Time
}

var (
	stockSet = pg.SetOf("stock", []pg.Column[stockLevel]{
		pg.Col("product_id", "uuid", func(s stockLevel) string { return s.ProductID }),
		pg.Col("on_hand", "bigint", func(s stockLevel) int64 { return s.OnHand }),
		pg.Col("reserved", "bigint", func(s stockLevel) int64 { return s.Reserved }),
		pg.Col("version", "bigint", versionOfStock),
		pg.Col("updated_at", "timestamptz", func(s stockLevel) time.Time { return s.at }),
	}, "on_hand", "reserved", "version", "updated_at")
	stockLedgerSet = pg.SetOf("stock_ledger", []pg.Column[domain.StockEntry]{
		pg.Col("id", "bigint", func(e domain.StockEntry) int64 { return e.ID }).As("coalesce(nullif(c.id, 0), nextval('stock_ledger_id_seq'))"),
		pg.Col("product_id", "uuid", func(e domain.StockEntry) string { return e.ProductID }),
		pg.Col("version", "bigint", func(e domain.StockEntry) int64 { return e.Version }),
		pg.Col("on_hand_delta", "bigint", func(e domain.StockEntry) int64 { return e.OnHandDelta }),
		pg.Col("reserved_delta", "bigint", func(e domain.StockEntry) int64 { return e.ReservedDelta }),
		pg.Col("reason", "text", func(e domain.StockEntry) string { return string(e.Reason) }),
		pg.Col("order_id", "uuid", func(e domain.StockEntry) *string { return pg.OrNull(e.OrderID) }),
		pg.Col("part_id", "uuid", func(e domain.StockEntry) *string { return pg.OrNull(e.PartID) }),
		pg.Col("note", "text", func(e domain.StockEntry) events.Words { return e.Note }),
		pg.Col("by_type", "text", func(e domain.StockEntry) string { return string(e.By.Type) }),
		pg.Col("by_id", "text", func(e domain.StockEntry) string { return e.By.ID }),
		pg.Col("at", "timestamptz", func(e domain.StockEntry) time.Time { return e.At }),
	})
)

func versionOfStock(s stockLevel) int64 { return s.Version }

func saveStock(now inbox.Moment, rows *domain.Rows) []pg.Write {
	var levels []domain.Change[stockLevel]
	for _, c := range domain.Stock.Changes(rows) {
		levels = append(levels, domain.Change[stockLevel]{Before: stockLevel{c.Before, now.At}, After: stockLevel{c.After, now.At}, Made: c.Made})
	}
	return append(inbox.Saves(stockSet, levels, versionOfStock), stockLedgerSet.Insert(domain.StockLedger.Added(rows))...)
}

const (
	// stockColumns is a product's level, which is nothing while nobody has said otherwise.
	stockColumns = `
		p.id::text, coalesce(s.on_hand, 0), coalesce(s.reserved, 0), coalesce(s.on_hand - s.reserved, 0), coalesce(s.version, 0), p.sku, p.name`
	stockRows = `product p left join stock s on s.product_id = p.id where p.deleted_at is null`

	movementColumns = `
		id, product_id::text, on_hand_delta, reserved_delta, reason, coalesce(order_id::text, ''), coalesce(part_id::text, ''), note, by_type, by_id, at`
)

func scanStock(row pgx.CollectableRow) (s events.StockState, err error) {
	err = row.Scan(&s.ProductID, &s.OnHand, &s.Reserved, &s.Available, &s.Version)
	return s, err
}

func scanListedStock(row pgx.CollectableRow) (s events.ListedStock, err error) {
	err = row.Scan(&s.ProductID, &s.OnHand, &s.Reserved, &s.Available, &s.Version, &s.SKU, &s.Name)
	return s, err
}

func scanMovement(row pgx.CollectableRow) (m events.StockMovement, err error) {
	err = row.Scan(&m.ID, &m.ProductID, &m.OnHandDelta, &m.ReservedDelta, &m.Reason, &m.OrderID, &m.PartID, &m.Note, &m.By.Type, &m.By.ID, &m.At)
	m.At = m.At.UTC()
	return m, err
}

// getStock answers with a product's stock. Error: Problem not_found.
func getStock(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.ListedStock, error) {
	return inbox.AtLeast(ctx, s, "product", e.Data.ID, e.Data.MinVersion, func() (events.ListedStock, int64, error) {
		rows, err := s.Reads.Query(ctx, `select `+stockColumns+` from `+stockRows+` and p.id = $1`, e.Data.ID)
		if err != nil {
			return events.ListedStock{}, 0, err
		}
		level, err := pgx.CollectExactlyOneRow(rows, scanListedStock)
		return level, level.Version, err
	})
}

var stockList = pg.Listing[events.ListedStock]{
	Columns:     stockColumns,
	From:        stockRows,
	ID:          "p.id",
	Orders:      map[string]pg.SortColumn{"available": {SQL: "coalesce(s.on_hand - s.reserved, 0)", Type: "bigint"}, "createdAt": {SQL: "p.created_at", Type: "timestamptz"}},
	DefaultSort: "available",
	Scan:        scanListedStock,
}

func listStock(ctx context.Context, s *inbox.Store, e events.Received[events.StockFilter]) (events.Page[events.ListedStock], error) {
	var f pg.Filter
	if e.Data.Text != "" {
		wanted, err := wordsWanted(ctx, s, e.Data.Text)
		if err != nil {
			return events.Page[events.ListedStock]{}, err
		}
		f.And(`p.called @@ ?::tsquery`, wanted)
	}
	if e.Data.Low {
		f.And(`coalesce(s.on_hand - s.reserved, 0) <= ?`, s.Limits.LowStock)
	}
	return stockList.Page(ctx, s.Reads, e.Data.Paging, &f)
}

// wordsWanted is a tsquery of what somebody types, of which the last word may go on; nothing is wanted where no word is left of it.
func wordsWanted(ctx context.Context, s *inbox.Store, typed string) (wanted string, err error) {
	asked := domain.SearchFor(typed)
	err = s.Reads.QueryRow(ctx, `select case when querytree(q) in ('', 'T') then '' when $2 and q::text like '%''' then q::text || ':*' else q::text end
		from websearch_to_tsquery('simple', folded($1)) q`, asked.Words, asked.Open).Scan(&wanted)
	return wanted, err
}

// movementList goes by version; a movement has no uuid, so the product's breaks ties that never are.
var movementList = pg.Listing[events.StockMovement]{
	Columns:     movementColumns,
	From:        `stock_ledger where true`,
	ID:          "product_id",
	Orders:      map[string]pg.SortColumn{"version": {SQL: "version", Type: "bigint"}},
	DefaultSort: "-version",
	Scan:        scanMovement,
}

func listMovements(ctx context.Context, s *inbox.Store, e events.Received[events.MovementFilter]) (events.Page[events.StockMovement], error) {
	var f pg.Filter
	f.And(`product_id = ?`, e.Data.ProductID)
	page, err := movementList.Page(ctx, s.Reads, e.Data.Paging, &f)
	if err == nil && len(page.Items) == 0 { // nothing was moved, or there is no such product
		_, err = getStock(ctx, s, events.Received[events.Lookup]{Data: events.Lookup{ID: e.Data.ProductID}})
	}
	return page, err
}
