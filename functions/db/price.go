package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const priceColumns = `product_id::text, version, since, amount, currency, offered`

// pricesTable is the history of prices: whoever adds to it holds the product's lock.
var pricesTable = inbox.Table{
	Read: inbox.Statement{
		SQL: fmt.Sprintf(`select `+priceColumns+` from product_price h where product_id = any($1::uuid[]) and version >= coalesce((
				select max(version) from product_price b where b.product_id = h.product_id and b.since < now() - interval '%d seconds'), 0)
			order by product_id, version`, int64(domain.PriceWindow/time.Second)),
		By: []*inbox.Need{pricesOf},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		all, err := pgx.CollectRows(answer, scanPrice)
		found := map[string][]events.ProductPrice{}
		for _, p := range all {
			found[p.ProductID] = append(found[p.ProductID], p)
		}
		for product, history := range found {
			domain.Prices.Load(rows, product, history)
		}
		return err
	},
}

var priceSet = pg.SetOf("product_price", []pg.Column[events.ProductPrice]{
	pg.Col("product_id", "uuid", func(p events.ProductPrice) string { return p.ProductID }),
	pg.Col("version", "bigint", func(p events.ProductPrice) int64 { return p.Version }),
	pg.Col("since", "timestamptz", func(p events.ProductPrice) time.Time { return p.Since }),
	pg.Col("amount", "bigint", func(p events.ProductPrice) int64 { return p.Price.Amount }),
	pg.Col("currency", "text", func(p events.ProductPrice) string { return p.Price.Currency }),
	pg.Col("offered", "boolean", func(p events.ProductPrice) bool { return p.Offered }),
})

func scanPrice(row pgx.CollectableRow) (p events.ProductPrice, err error) {
	err = row.Scan(&p.ProductID, &p.Version, &p.Since, &p.Price.Amount, &p.Price.Currency, &p.Offered)
	p.Since = p.Since.UTC()
	return p, err
}

var priceList = pg.Listing[events.ProductPrice]{
	Columns:     priceColumns,
	From:        `product_price where true`,
	ID:          "product_id",
	Orders:      map[string]pg.SortColumn{"version": {SQL: "product_price.version", Type: "bigint"}},
	DefaultSort: "-version",
	Scan:        scanPrice,
}

// listPrices answers with what a product did cost. Error: Problem not_found.
func listPrices(ctx context.Context, s *inbox.Store, e events.Received[events.PriceFilter]) (events.Page[events.ProductPrice], error) {
	var f pg.Filter
	f.And(`product_id = ?`, e.Data.ProductID)
	page, err := priceList.Page(ctx, s.Reads, e.Data.Paging, &f)
	if err == nil && len(page.Items) == 0 {
		_, err = getProduct(ctx, s, events.Received[events.Lookup]{Data: events.Lookup{ID: e.Data.ProductID}})
	}
	return page, err
}

// amountInto reads an amount that there may be, in a currency that has been read before it.
type amountInto struct {
	to       **events.Money
	currency *string
}

// ScanInt64 is how pgx gives it. Source: pgtype.Int64Scanner.
func (a amountInto) ScanInt64(amount pgtype.Int8) error {
	*a.to = nil
	if amount.Valid {
		*a.to = &events.Money{Amount: amount.Int64, Currency: *a.currency}
	}
	return nil
}

func amountOrNull(m *events.Money) *int64 {
	if m == nil {
		return nil
	}
	return &m.Amount
}
