package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// returnList goes over order_return, which tells which returns there are; what was said of one, and what it is of, stands in its order.
var returnList = pg.Listing[events.ReturnState]{
	Columns: `r.id::text, r.order_id::text, r.customer_id::text, o.number, o.parts ->> 'returns', ` + erasedOwner("o") + `, (
		select json_agg(json_build_object('productId', l.product_id, 'sku', l.sku, 'name', l.name) order by l.position)
		from (select distinct on (product_id) product_id, sku, name, position from order_line where order_id = o.id and product_id = any(r.products)
			order by product_id, position) l)::text`,
	From:        `order_return r join orders o on o.id = r.order_id where true`,
	ID:          "r.id",
	Orders:      map[string]pg.SortColumn{"at": {SQL: "r.at", Type: "timestamptz"}},
	DefaultSort: "-at",
	Scan:        scanReturn,
}

func scanReturn(row pgx.CollectableRow) (r events.ReturnState, err error) {
	var id, returns, products string
	var number int64
	var erased bool
	if err := row.Scan(&id, &r.OrderID, &r.CustomerID, &number, &returns, &erased, &products); err != nil {
		return r, err
	}
	r.OrderNumber = domain.OrderNumber(number)
	var parts events.OrderParts
	if err := json.Unmarshal([]byte(returns), &parts.Returns); err != nil {
		return r, fmt.Errorf("read the returns of order %s: %w", r.OrderID, err)
	}
	if err := json.Unmarshal([]byte(products), &r.Products); err != nil {
		return r, fmt.Errorf("read the products of return %s: %w", id, err)
	}
	if erased {
		parts = silent(parts)
	}
	i := slices.IndexFunc(parts.Returns, func(p events.PartReturn) bool { return p.ID == id })
	if i < 0 {
		return r, fmt.Errorf("order %s does not know its return %s", r.OrderID, id)
	}
	r.PartReturn = parts.Returns[i]
	return r, nil
}

// listReturns answers with a page of returns, of all orders.
func listReturns(ctx context.Context, s *inbox.Store, e events.Received[events.ReturnFilter]) (events.Page[events.ReturnState], error) {
	var f pg.Filter
	if e.Data.Status != "" {
		f.And(`r.status = ?`, string(e.Data.Status))
	}
	if e.Data.CustomerID != "" {
		f.And(`r.customer_id = ?`, e.Data.CustomerID)
	}
	if e.Data.ProductID != "" {
		f.And(`r.products @> array[?::uuid]`, e.Data.ProductID)
	}
	if from := e.Data.RequestedFrom; !from.IsZero() {
		f.And(`r.at >= ?`, from)
	}
	if before := e.Data.RequestedBefore; !before.IsZero() {
		f.And(`r.at < ?`, before)
	}
	return returnList.Page(ctx, s.Reads, e.Data.Paging, &f)
}
