package brand

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Routes declares what comes in by HTTP.
func Routes(api *web.API) {
	brands.Declare(api)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/brands", ID: "listBrands",
		Summary:     "List brands",
		Description: "All brands, for everybody." + web.Listing,
		Access:      web.Access{Anyone: true}, Sorts: []string{"-createdAt", "name"},
	}, list(api))
}

var brands = web.Entity[BrandFields, events.BrandFields, events.BrandState, Brand]{
	Noun: "brand", Path: "/brands", Read: web.Access{Anyone: true}, Write: web.Access{Staff: events.CatalogWrite},
	About: web.About{
		Refused: "409 `slug_taken`: another brand has the slug.",
	},
	Create: events.CreateBrand, Update: events.UpdateBrand, Delete: events.DeleteBrand, Merge: events.MergeBrand, Get: events.GetBrand,
	Created: events.BrandCreated, Updated: events.BrandUpdated, Deleted: events.BrandDeleted,
	Rules: rules, Fields: fields, Show: show, Meta: func(b events.BrandState) events.Meta { return b.Meta },
}

// BrandFields is what staff say about a brand.
type BrandFields struct {
	Name        string `json:"name" doc:"What customers read." example:"Acme Tea"`
	Slug        string `json:"slug,omitempty" doc:"Made from the name when absent."`
	Description string `json:"description,omitempty" doc:"More about it, for customers. Plain text." example:"Tea since 1889."`
}

// TransformSchema gives the members the limits of their declaration.
func (BrandFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.BrandFields](s)
}

// Brand is a brand as clients see it.
type Brand struct {
	web.Meta
	Name        string `json:"name" doc:"What customers read." example:"Acme Tea"`
	Slug        string `json:"slug" doc:"For addresses of pages: unique among brands." example:"acme-tea"`
	Description string `json:"description,omitempty" doc:"More about it, for customers. Plain text." example:"Tea since 1889."`
}

// Resolve finds what is wrong beyond the shape; huma calls it for every body of this type.
func (f BrandFields) Resolve(huma.Context) []error {
	_, err := rules(f)
	return web.Faults(err)
}

func rules(f BrandFields) (events.BrandFields, error) { return domain.Brand(events.BrandFields(f)) }

func fields(b events.BrandState) BrandFields { return BrandFields(b.BrandFields) }

func show(b events.BrandState) Brand {
	return Brand{Meta: web.MetaOf(b.Meta), Name: b.Name, Slug: b.Slug, Description: b.Description}
}

type listInput struct {
	web.Paging
}

func list(api *web.API) func(context.Context, *listInput) (*web.List[Brand], error) {
	return func(ctx context.Context, in *listInput) (*web.List[Brand], error) {
		page, err := bus.Ask(ctx, api.Asker(), events.ListBrands, events.BrandFilter{Paging: in.Page()})
		if err != nil {
			return nil, err
		}
		return web.ShowPage(ctx, page, web.CacheBriefly, show), nil
	}
}
