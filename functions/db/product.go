package db

import (
	"context"
	"errors"

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

var products = plain[events.ProductFields, events.ProductState]{
	noun: "product",
	create: `
		with product as (
			insert into product (id, created_at, updated_at, sku, name, description, amount, currency, brand_id, category_id, image_url, status)
			select $1::uuid, $2::timestamptz, $2, $3, $4, $5, $6::bigint, $7, $8::uuid, $9::uuid, $10, $11
			where ($8 is null or exists (select from brand where id = $8 and deleted_at is null))
				and ($9 is null or exists (select from category where id = $9 and deleted_at is null))
			on conflict do nothing
			returning *
		), stocked as (
			insert into stock (product_id, updated_at) select id, created_at from product
		)
		select ` + productColumns + `, 0::bigint from product`,
	update: `
		update product set sku = $4, name = $5, description = $6, amount = $7, currency = $8, brand_id = $9, category_id = $10,
			image_url = $11, status = $12, version = version + 1, updated_at = $3
		where id = $1 and version = $2 and deleted_at is null
			and not exists (select from product o where o.sku = $4 and o.id <> $1 and o.deleted_at is null)
			and ($9::uuid is null or brand_id = $9 or exists (select from brand where id = $9 and deleted_at is null))
			and ($10::uuid is null or category_id = $10 or exists (select from category where id = $10 and deleted_at is null))
		returning ` + productColumns + `, ` + productAvailable,
	remove: `
		update product set deleted_at = $3, version = version + 1, updated_at = $3
		where id = $1 and version = $2 and deleted_at is null
		returning ` + productColumns + `, ` + productAvailable,
	live: `select version from product where id = $1 and deleted_at is null`,
	get:  `select ` + productColumns + `, ` + productAvailable + ` from product where id = $1 and deleted_at is null`,
	rule: domain.Product,
	values: func(f events.ProductFields) []any {
		return []any{f.SKU, f.Name, f.Description, f.Price.Amount, f.Price.Currency, orNull(f.BrandID), orNull(f.CategoryID), f.ImageURL, string(f.Status)}
	},
	claim:    func(f events.ProductFields) string { return f.SKU },
	scan:     scanProduct,
	meta:     func(p events.ProductState) events.Meta { return p.Meta },
	conflict: productConflict,
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

var productMutations = []mutation{
	products.creates(events.CreateProduct, events.ProductCreated),
	products.updates(events.UpdateProduct, events.ProductUpdated),
	products.removes(events.DeleteProduct, events.ProductDeleted),
}

var productSKUTaken = events.Refuse("sku_taken", "Another product has this SKU; choose another one.")

// productConflict says what stands in the way. A reference that stays as it is may lead to what was deleted meanwhile.
func productConflict(ctx context.Context, tx *Tx, id string, f events.ProductFields) error {
	var faults []events.FieldError
	for _, ref := range []struct{ at, id, sql string }{
		{"body.brandId", f.BrandID, `select where exists (select from brand where id = $1 and deleted_at is null)
			or exists (select from product where id = $2 and brand_id = $1)`},
		{"body.categoryId", f.CategoryID, `select where exists (select from category where id = $1 and deleted_at is null)
			or exists (select from product where id = $2 and category_id = $1)`},
	} {
		if ref.id == "" {
			continue
		}
		err := tx.QueryRow(ctx, ref.sql, ref.id, id).Scan()
		if errors.Is(err, pgx.ErrNoRows) {
			faults = append(faults, events.FieldError{Location: ref.at, Message: "there is none with this id"})
		} else if err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return events.Invalid(faults...)
	}
	return taken(ctx, tx, `select from product where sku = $1 and id <> $2 and deleted_at is null`, f.SKU, id, productSKUTaken)
}

func scanProduct(row pgx.CollectableRow) (p events.ProductState, err error) {
	err = row.Scan(&p.ID, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.SKU, &p.Name, &p.Description, &p.Price.Amount, &p.Price.Currency,
		&p.BrandID, &p.CategoryID, &p.ImageURL, &p.Status, &p.Available)
	utc(&p.Meta)
	return p, err
}

func (s *Store) getProduct(ctx context.Context, e events.Received[events.Lookup]) (events.ProductState, error) {
	return products.read(ctx, s, e.Data)
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
