package db

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const (
	productColumns = `product.id::text, product.version, product.created_at, product.updated_at, product.sku, product.name, product.description,
		product.amount, product.currency, coalesce(product.brand_id::text, ''), coalesce(product.category_id::text, ''), product.image_url, product.status`
	productAvailable = `coalesce((select on_hand - reserved from stock where stock.product_id = product.id), 0)`
)

var productMutations = []mutation{
	decide(events.CreateProduct, createNeeds(productByID, productNeeds), domain.Products.Create, domain.Product),
	decide(events.UpdateProduct, changedProduct(updateNeeds(productByID, productNeeds)), domain.Products.Update, ofChange(domain.Product)),
	decide(events.DeleteProduct, changedProduct(deleteNeeds(productByID)), domain.Products.Delete),
}

// How products are found.
var (
	productByID   = byKey("product", domain.ProductRows)
	productReadBy = byKey("product that is only read", domain.ProductRows)
	productBySKU  = throughText("product with a SKU")
)

func productNeeds(f events.ProductFields) needs {
	return needs{productBySKU: {f.SKU}, brandReadBy: ifAny(f.BrandID), categoryReadBy: ifAny(f.CategoryID)}
}

// changedProduct adds the stock of a product that is there, which is told with it.
func changedProduct[T any](wants func(events.Received[T]) needs) func(events.Received[T]) needs {
	return func(c events.Received[T]) needs { return rowAnd(stockReadBy, c.Subject, wants(c)) }
}

var productTable = table{
	lock: query{sql: `select from product where id = any($1::uuid[]) order by id for no key update`, by: []*need{productByID}},
	read: query{
		sql: `select ` + productColumns + `, 0::bigint, deleted_at from product where id = any($1::uuid[] || $2::uuid[]
			|| array(select p.id from product p where p.sku = any($3::text[]) and p.deleted_at is null))`,
		by: []*need{productByID, productReadBy, productBySKU},
	},
	load: loadsRows(domain.ProductRows, domain.Products.Meta, productDestinations),
	save: savesRows(domain.ProductRows, domain.Products.Meta,
		col("sku", "text", func(p events.ProductState) string { return p.SKU }),
		col("name", "text", func(p events.ProductState) string { return p.Name }),
		col("description", "text", func(p events.ProductState) string { return p.Description }),
		col("amount", "bigint", func(p events.ProductState) int64 { return p.Price.Amount }),
		col("currency", "text", func(p events.ProductState) string { return p.Price.Currency }),
		col("brand_id", "uuid", func(p events.ProductState) *string { return orNull(p.BrandID) }),
		col("category_id", "uuid", func(p events.ProductState) *string { return orNull(p.CategoryID) }),
		col("image_url", "text", func(p events.ProductState) string { return p.ImageURL }),
		col("status", "text", func(p events.ProductState) string { return string(p.Status) }),
	),
}

var productList = listing[events.ProductState]{
	columns: productColumns + `, ` + productAvailable,
	from:    `product where product.deleted_at is null`,
	id:      `product.id`,
	orders: map[string]column{
		"createdAt": {`product.created_at`, "timestamptz"}, "name": {`product.name collate "C"`, "text"}, "price": {`product.amount`, "bigint"},
	},
	usual: "-createdAt",
	scan:  scanProduct,
}

func productDestinations(p *events.ProductState) []any {
	return []any{
		&p.ID, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.SKU, &p.Name, &p.Description, &p.Price.Amount, &p.Price.Currency,
		&p.BrandID, &p.CategoryID, &p.ImageURL, &p.Status, &p.Available,
	}
}

func scanProduct(row pgx.CollectableRow) (p events.ProductState, err error) {
	err = row.Scan(productDestinations(&p)...)
	utc(&p.Meta)
	return p, err
}

func (s *Store) getProduct(ctx context.Context, e events.Received[events.Lookup]) (events.ProductState, error) {
	return getRow(ctx, s, domain.Products, e.Data, scanProduct,
		`select `+productColumns+`, `+productAvailable+` from product where id = $1 and deleted_at is null`)
}

func (s *Store) listProducts(ctx context.Context, e events.Received[events.ProductFilter]) (events.Page[events.ProductState], error) {
	q, f := e.Data, &filter{}
	for _, id := range []string{q.BrandID, q.CategoryID} {
		if id != "" && uuid.Validate(id) != nil {
			return events.Page[events.ProductState]{Items: []events.ProductState{}}, nil
		}
	}
	if q.BrandID != "" {
		f.and(`product.brand_id = ?::uuid`, q.BrandID)
	}
	if q.CategoryID != "" {
		f.and(`product.category_id in (
			with recursive below as (
				select id from category where id = ?::uuid union select c.id from category c join below on c.parent_id = below.id where c.deleted_at is null
			) select id from below)`, q.CategoryID)
	}
	if q.Text != "" {
		f.and(`product.words @@ (select case querytree(wanted) when 'T' then '' else wanted end from websearch_to_tsquery('simple', ?) wanted)`, domain.SearchWords(q.Text))
	}
	if q.MinPrice != nil {
		f.and(`product.amount >= ?`, *q.MinPrice)
	}
	if q.MaxPrice != nil {
		f.and(`product.amount <= ?`, *q.MaxPrice)
	}
	if q.Status != "" {
		f.and(`product.status = ?`, string(q.Status))
	}
	if q.InStock {
		f.and(`product.id in (select product_id from stock where on_hand - reserved >= ?)`, 1)
	}
	return productList.page(ctx, s.reads, q.Paging, f)
}
