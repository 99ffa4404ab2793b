package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// groupList is of products, each family as the first of its products that are asked for, with what there is of all of those. A filter that leaves
// products out leaves out what they cost, too: who looks for what costs 20 at most is not told of a family that it costs up to 80.
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
			'imageUrl', (select image_url from alike where image_url <> '' order by created_at desc, id desc limit 1)
		) from family where family.id = product.family_id`},
}

// groupSum is what Sum answers with.
type groupSum struct {
	events.FamilyGroup
	All   []events.FamilyOption
	There []domain.OptionValue
}

// scanProductGroup reads a line of the list.
func scanProductGroup(row pgx.CollectableRow) (p events.ProductGroup, err error) {
	var sum *groupSum
	err = row.Scan(append(productDestinations(&p.ProductState), &sum)...)
	utc(&p.Meta)
	if sum != nil {
		sum.Options = domain.OptionsThere(sum.All, sum.There)
		p.Group = &sum.FamilyGroup
	}
	return p, err
}

// listProductGroups answers as listProducts, with each family once. Its cursors say so.
func listProductGroups(ctx context.Context, s *inbox.Store, e events.Received[events.ProductFilter]) (events.Page[events.ProductGroup], error) {
	return pg.Of("family", e.Data.Paging, func(p events.Paging) (events.Page[events.ProductGroup], error) {
		e.Data.Paging = p
		return listed(ctx, s, e, groupList)
	})
}
