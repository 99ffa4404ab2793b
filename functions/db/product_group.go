package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// groupList is of products, each family where the first of its products that are asked for stands, with what there is of all of those. A filter that
// leaves products out leaves out what they cost, too: who looks for what costs 20 at most is not told of a family that it costs up to 80. It is shown
// as the first of them that can be bought now, where one can: whoever wants the family is led to that.
var groupList = pg.Listing[events.ProductGroup]{
	Columns: productList.Columns, From: productList.From, ID: productList.ID, Orders: productList.Orders, DefaultSort: productList.DefaultSort,
	Scan: scanProductGroup,
	Group: pg.Group{By: `product.family_id`, Sum: `
		select jsonb_build_object(
			'id', family.id, 'name', family.name, 'slug', family.slug, 'all', family.options,
			'products', (select count(*) from alike),
			'inStock', exists (select from alike join stock on stock.product_id = alike.id where stock.on_hand > stock.reserved),
			'prices', (
				select jsonb_agg(jsonb_build_object(
					'min', jsonb_build_object('amount', lowest, 'currency', currency), 'max', jsonb_build_object('amount', highest, 'currency', currency)
				) order by currency)
				from (select currency, min(amount) as lowest, max(amount) as highest from alike group by currency) price),
			'there', (select jsonb_agg(distinct jsonb_build_object('option', key, 'value', value)) from alike, jsonb_each_text(alike.options)),
			'shown', (
				select ` + shownProduct + ` from alike join stock on stock.product_id = alike.id where stock.on_hand > stock.reserved
				order by ` + pg.InOrder + ` limit 1),
			'imageUrl', (select image_url from alike where image_url <> '' order by created_at desc, id desc limit 1)
		) from family where family.id = product.family_id`},
}

// shownProduct is a product of those that are alike, as a ProductState says it.
const shownProduct = `jsonb_strip_nulls(jsonb_build_object(
	'id', alike.id, 'version', alike.version, 'createdAt', alike.created_at, 'updatedAt', alike.updated_at, 'sku', alike.sku, 'name', alike.name,
	'description', alike.description, 'price', jsonb_build_object('amount', alike.amount, 'currency', alike.currency),
	'brandId', alike.brand_id, 'categoryId', alike.category_id, 'imageUrl', alike.image_url, 'status', alike.status, 'taxClass', alike.tax_class,
	'weightGrams', alike.weight_grams, 'family', jsonb_build_object('id', alike.family_id, 'options', nullif(alike.options, '{}')),
	'was', case when alike.was_amount is not null then jsonb_build_object('amount', alike.was_amount, 'currency', alike.currency) end,
	'lowestPrior', case when alike.lowest_prior_amount is not null then jsonb_build_object('amount', alike.lowest_prior_amount, 'currency', alike.currency) end,
	'available', stock.on_hand - stock.reserved))`

// groupSum is what Sum answers with.
type groupSum struct {
	events.FamilyGroup
	All   []events.FamilyOption
	There []domain.OptionValue
	Shown *events.ProductState // none of them can be bought: the first is shown
}

// scanProductGroup reads a line of the list.
func scanProductGroup(row pgx.CollectableRow) (p events.ProductGroup, err error) {
	var sum *groupSum
	err = row.Scan(append(productDestinations(&p.ProductState), &sum)...)
	if sum != nil {
		if sum.Shown != nil {
			p.ProductState = *sum.Shown
		}
		sum.Options = domain.OptionsThere(sum.All, sum.There)
		p.Group = &sum.FamilyGroup
	}
	utc(&p.Meta)
	return p, err
}

// listProductGroups answers as listProducts, with each family once. Its cursors say so.
func listProductGroups(ctx context.Context, s *inbox.Store, e events.Received[events.ProductFilter]) (events.Page[events.ProductGroup], error) {
	return pg.Of("family", e.Data.Paging, func(p events.Paging) (events.Page[events.ProductGroup], error) {
		e.Data.Paging = p
		return listed(ctx, s, e, groupList)
	})
}
