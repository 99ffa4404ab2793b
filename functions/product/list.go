package product

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

type listInput struct {
	web.Paging
	BrandID    web.ID               `query:"brandId" format:"uuid" doc:"Only of this brand."`
	CategoryID web.ID               `query:"categoryId" format:"uuid" doc:"This category and everything below it."`
	FamilyID   web.ID               `query:"familyId" format:"uuid" doc:"Only of this family."`
	Text       string               `query:"q" maxLength:"200" doc:"Words in the name, the SKU or the description, whatever their case and accents; the last one may go on. \"black tea\" in quotation marks is found as it stands; tea -black is tea without black; tea or coffee is either of the two. Unless sort says otherwise the best come first: what is called so, what has the words in its name or SKU, what has them in its description, each the newest first. Where nothing is found, small mistakes are looked past."`
	MinPrice   int64                `query:"minPrice" minimum:"0" maximum:"999999999999" doc:"In the currency's minor unit."`
	MaxPrice   int64                `query:"maxPrice" minimum:"0" maximum:"999999999999" doc:"In the currency's minor unit."`
	InStock    bool                 `query:"inStock" doc:"Only what can be sold right now."`
	Group      string               `query:"group" enum:"family" doc:"Each family once, where the first of its products that match stands: as the first of them that is in stock (or, where none is, the first), with what there is of all that match in family (how many, what they cost, whether one is in stock, which options). Products of no family are listed as ever."`
	Status     events.ProductStatus `query:"status" enum:"draft,published,archived" doc:"For staff who write the catalogue; everybody else sees published products only."`
}

// ListedProduct is a product in a list.
type ListedProduct struct {
	Product
	Family *events.FamilyGroup `json:"family,omitempty" doc:"With group=family: its family, of which it is the first product that matches. What it says is of all of the family's products that match."`
}

func list(api *web.API) func(context.Context, *listInput) (*web.List[ListedProduct], error) {
	return func(ctx context.Context, in *listInput) (*web.List[ListedProduct], error) {
		filter, err := domain.ProductFilter(in.filter(ctx))
		if err != nil {
			return nil, err
		}
		cache := web.CacheBriefly
		if writers.Allows(web.Caller(ctx)) {
			cache = web.NoStore
		} else if filter, err = domain.PublicProducts(filter); err != nil {
			return nil, err
		}
		if in.Group == "" {
			return shown(ctx, api, events.ListProducts, filter, cache, func(p events.ProductState) ListedProduct { return ListedProduct{Product: show(p)} })
		}
		return shown(ctx, api, events.ListProductGroups, filter, cache, func(p events.ProductGroup) ListedProduct { return ListedProduct{show(p.ProductState), p.Group} })
	}
}

// shown is the answer to a question for a page.
func shown[T any](
	ctx context.Context, api *web.API, query events.Query[events.ProductFilter, events.Page[T]], filter events.ProductFilter, cache string, show func(T) ListedProduct,
) (*web.List[ListedProduct], error) {
	page, err := bus.Ask(ctx, api.Asker(), query, filter)
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, cache, show), nil
}

func (in *listInput) filter(ctx context.Context) events.ProductFilter {
	f := events.ProductFilter{
		Paging: in.Page(), BrandID: string(in.BrandID), CategoryID: string(in.CategoryID), FamilyID: string(in.FamilyID), Text: in.Text, InStock: in.InStock, Status: in.Status,
	}
	if web.Asked(ctx, "minPrice") {
		f.MinPrice = &in.MinPrice
	}
	if web.Asked(ctx, "maxPrice") {
		f.MaxPrice = &in.MaxPrice
	}
	return f
}
