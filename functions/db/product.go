package db

import (
	"context"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const (
	productColumns = `product.id::text, product.version, product.created_at, product.updated_at, product.sku, product.name, product.description,
		product.amount, product.currency, coalesce(product.brand_id::text, ''), coalesce(product.category_id::text, ''), product.image_url, product.status,
		product.tax_class, product.weight_grams, product.was_amount, product.lowest_prior_amount,
		jsonb_strip_nulls(jsonb_build_object('id', product.family_id, 'options', nullif(product.options, '{}')))`
	productAvailable = `coalesce((select on_hand - reserved from stock where stock.product_id = product.id), 0)`
)

// product is what is for sale.
var product = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateProduct, createNeeds(productReadOnly, productNeeds), domain.Products.Create, domain.Product),
		inbox.Decide(events.UpdateProduct, changedPrice(changedProduct(updateNeeds(productByID, productNeeds))), domain.Products.Update, inbox.OfChange(domain.Product)),
		inbox.Decide(events.DeleteProduct, changedProduct(deleteNeeds(productByID)), domain.Products.Delete),
	},
	Tables: []inbox.Table{productTable, pricesTable, useTable},
	Queries: []inbox.Query{
		inbox.Answer(events.GetProduct, getProduct), inbox.Answer(events.ListProducts, listProducts), inbox.Answer(events.ListProductGroups, listProductGroups),
		inbox.Answer(events.ListPrices, listPrices),
	},
	Refusals: map[string]*events.Problem{"live products have different SKUs": domain.ProductSKUTaken, "products of a family differ in an option": domain.FamilyPlaceTaken},
}

// How products are found.
var (
	productByID     = inbox.ByKey("product", domain.ProductRows)
	productReadOnly = inbox.ByKey("product that is only read", domain.ProductRows)
	productBySKU    = inbox.ThroughText("product with a SKU")
	// Of a family: the product with some options, behind the family's id, and those of which another family, behind a slash, has the like.
	productByPlace = inbox.ThroughText("product of a family with some options")
	productsAlike  = inbox.ThroughText("products of a family that others are like")
	pricesOf       = inbox.ByKey("prices of product", domain.Prices)
)

func productNeeds(f events.ProductFields) inbox.Needs {
	needs := inbox.Needs{productBySKU: {f.SKU}, brandHeldBy: ifAny(f.BrandID), categoryHeldBy: ifAny(f.CategoryID)}
	if f.Family != nil && f.Family.ID != "" {
		needs[familyHeldBy] = []string{f.Family.ID}
		needs[productByPlace] = []string{f.Family.ID + asJSON(f.Family.Options)}
	}
	return needs
}

// changedProduct adds the stock of a product that is there, which is told with it.
func changedProduct[T any](wants func(events.Received[T]) inbox.Needs) func(events.Received[T]) inbox.Needs {
	return func(c events.Received[T]) inbox.Needs { return rowAnd(stockReadOnly, c.Subject, wants(c)) }
}

// changedPrice adds the history of a price that may change.
func changedPrice[T any](wants func(events.Received[T]) inbox.Needs) func(events.Received[T]) inbox.Needs {
	return func(c events.Received[T]) inbox.Needs { return rowAnd(pricesOf, c.Subject, wants(c)) }
}

var productTable = inbox.Table{
	Writes: []string{"product", "product_price"},
	Take: inbox.Statement{
		SQL: `select ` + productColumns + `, 0::bigint, deleted_at from product where id = any($1::uuid[] || ` + moved("2", "3", "4") + `) order by id for no key update`,
		By:  []*inbox.Need{productByID, productsOfBrand, productsOfCategory, productsOfFamily},
	},
	Read: inbox.Statement{
		SQL: `select ` + productColumns + `, 0::bigint, deleted_at from product where id = any($1::uuid[]
			|| array(select p.id from product p where p.sku = any($2::text[]) and p.deleted_at is null)
			|| array(
				select p.id from unnest($3::text[]) k (place) join product p on p.family_id = left(k.place, 36)::uuid and p.options = substr(k.place, 37)::jsonb
				where p.deleted_at is null)
			|| array(
				select p.id from unnest($4::text[]) k (families) join product gone on gone.family_id = split_part(k.families, '/', 1)::uuid
				join product p on p.family_id = split_part(k.families, '/', 2)::uuid and p.options = gone.options
				where gone.deleted_at is null and p.deleted_at is null limit ` + strconv.Itoa(domain.MostMoved+1) + `) || ` + inCarts("5", "6") + `)`,
		By: []*inbox.Need{productReadOnly, productBySKU, productByPlace, productsAlike, cartByID, cartOfCustomer},
	},
	Load: crudLoad(domain.ProductRows, domain.Products.Meta, productDestinations),
	Save: func(now inbox.Moment, rows *domain.Rows) []pg.Write {
		return append(saveProducts(now, rows), priceSet.Insert(domain.PriceLog.Added(rows))...)
	},
}

var saveProducts = crudSave(domain.ProductRows, domain.Products.Meta,
	pg.Col("sku", "text", func(p events.ProductState) string { return p.SKU }),
	pg.Col("name", "text", func(p events.ProductState) string { return p.Name }),
	pg.Col("description", "text", func(p events.ProductState) string { return p.Description }),
	pg.Col("amount", "bigint", func(p events.ProductState) int64 { return p.Price.Amount }),
	pg.Col("currency", "text", func(p events.ProductState) string { return p.Price.Currency }),
	pg.Col("brand_id", "uuid", func(p events.ProductState) *string { return pg.OrNull(p.BrandID) }),
	pg.Col("category_id", "uuid", func(p events.ProductState) *string { return pg.OrNull(p.CategoryID) }),
	pg.Col("image_url", "text", func(p events.ProductState) string { return p.ImageURL }),
	pg.Col("status", "text", func(p events.ProductState) string { return string(p.Status) }),
	pg.Col("tax_class", "text", func(p events.ProductState) string { return p.TaxClass }),
	pg.Col("weight_grams", "bigint", func(p events.ProductState) *int64 { return p.WeightGrams }),
	pg.Col("was_amount", "bigint", func(p events.ProductState) *int64 { return amountOrNull(p.Was) }),
	pg.Col("family_id", "uuid", func(p events.ProductState) *string { return pg.OrNull(p.Family.ID) }),
	pg.Col("options", "text", func(p events.ProductState) string { return asJSON(p.Family.Options) }).As("coalesce(nullif(c.options, 'null'), '{}')::jsonb"),
	pg.Col("lowest_prior_amount", "bigint", func(p events.ProductState) *int64 { return amountOrNull(p.LowestPrior) }),
)

var productList = pg.Listing[events.ProductState]{
	Columns: productColumns + `, ` + productAvailable,
	From:    `product where product.deleted_at is null`,
	ID:      `product.id`,
	Orders: map[string]pg.SortColumn{
		"createdAt": {SQL: `product.created_at`, Type: "timestamptz", Spans: `spans(product.created_at)`},
		"name":      {SQL: `product.name collate "C"`, Type: "text"}, "price": {SQL: `product.amount`, Type: "bigint"},
	},
	DefaultSort: "-createdAt",
	Scan:        scanProduct,
}

func productDestinations(p *events.ProductState) []any {
	return []any{
		&p.ID, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.SKU, &p.Name, &p.Description, &p.Price.Amount, &p.Price.Currency,
		&p.BrandID, &p.CategoryID, &p.ImageURL, &p.Status, &p.TaxClass, &p.WeightGrams,
		amountInto{&p.Was, &p.Price.Currency},
		amountInto{&p.LowestPrior, &p.Price.Currency},
		&p.Family,
		&p.Available,
	}
}

func scanProduct(row pgx.CollectableRow) (p events.ProductState, err error) {
	err = row.Scan(productDestinations(&p)...)
	utc(&p.Meta)
	return p, err
}

// getProduct answers with a product. To who may not see it, what is not published is not there: also as long as they wait for a version.
func getProduct(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.ProductState, error) {
	shown, err := shownTo(ctx, s, e, events.CatalogWrite, ` and status = 'published'`)
	if err != nil {
		return events.ProductState{}, err
	}
	return crudGet(ctx, s, domain.Products, e.Data, scanProduct,
		`select `+productColumns+`, `+productAvailable+` from product where id = $1 and deleted_at is null`+shown)
}

func listProducts(ctx context.Context, s *inbox.Store, e events.Received[events.ProductFilter]) (events.Page[events.ProductState], error) {
	return listed(ctx, s, e, productList)
}

// listed is a page of products as a list shows them.
func listed[T any](ctx context.Context, s *inbox.Store, e events.Received[events.ProductFilter], list pg.Listing[T]) (events.Page[T], error) {
	q := e.Data
	if q.Status != events.ProductPublished {
		if err := s.Permit(ctx, e.By, events.CatalogWrite); err != nil {
			return events.Page[T]{}, err
		}
	}
	for _, id := range []string{q.BrandID, q.CategoryID, q.FamilyID} {
		if id != "" && uuid.Validate(id) != nil {
			return events.Page[T]{Items: []T{}}, nil
		}
	}
	categories, err := below(ctx, s, q.CategoryID)
	if err != nil {
		return events.Page[T]{}, err
	}
	if q.Text == "" {
		return list.Page(ctx, s.Reads, q.Paging, productFilter(q, categories))
	}
	sought, err := newSearch(ctx, s, q)
	if err != nil {
		return events.Page[T]{}, err
	}
	return found(ctx, s, sought, categories, list)
}

// found is a page of what a search finds, in any of some categories.
func found[T any](ctx context.Context, s *inbox.Store, sought *search, categories []string, list pg.Listing[T]) (events.Page[T], error) {
	q := sought.ProductFilter
	var few func(int, pg.Condition, []pg.Condition) (events.Page[T], error)
	if list.Group.By == "" {
		few = func(first int, all pg.Condition, ranks []pg.Condition) (events.Page[T], error) {
			f := productFilter(q, categories)
			f.Seek(all, 0, sought.many)
			f.Rank(first, ranks...)
			return list.Page(ctx, s.Reads, q.Paging, f)
		}
	}
	return searched(ctx, s, sought, few, func(classes []class, turn int, p events.Paging) (events.Page[T], error) {
		f := productFilter(q, categories)
		if !sought.seek(f, classes, turn) {
			return events.Page[T]{Items: []T{}}, nil
		}
		return list.Page(ctx, s.Reads, p, f)
	})
}

// below is a category, if any, and all below it. They are read first, because Postgres finds the shortest way to their products when it knows
// which they are.
func below(ctx context.Context, s *inbox.Store, category string) ([]string, error) {
	if category == "" {
		return nil, nil
	}
	rows, err := s.Reads.Query(ctx, `
		with recursive below as (
			select $1::uuid as id union select c.id from category c join below on c.parent_id = below.id where c.deleted_at is null
		) select id::text from below`, category)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// belonging is what products belong to, as the index of words has it.
const belonging = `array[product.category_id, product.brand_id] && ?::uuid[]`

// productFilter is what is asked for but for its words, in any of some categories.
func productFilter(q events.ProductFilter, categories []string) *pg.Filter {
	f := &pg.Filter{}
	if q.BrandID != "" {
		f.And(`product.brand_id = ?::uuid`, q.BrandID)
		f.Aside(belonging, []string{q.BrandID})
	}
	if q.FamilyID != "" {
		f.And(`product.family_id = ?::uuid`, q.FamilyID)
	}
	if len(categories) > 0 {
		f.Aside(belonging, categories)
	}
	switch len(categories) {
	case 0:
	case 1: // which Postgres reads in their order
		f.And(`product.category_id = ?::uuid`, categories[0])
	default:
		f.AnyOf(`product.category_id`, categories)
	}
	if q.MinPrice != nil {
		f.And(`product.amount >= ?`, *q.MinPrice)
	}
	if q.MaxPrice != nil {
		f.And(`product.amount <= ?`, *q.MaxPrice)
	}
	if q.Status != "" {
		f.And(`product.status = ?`, string(q.Status))
	}
	if q.InStock {
		f.Late(productAvailable+` >= ?`, 1) // one by one: all that is in stock is most of a shop
	}
	return f
}
