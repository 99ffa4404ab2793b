// Package family is what the product function says of families: staff write them, everybody reads them.
package family

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Routes declares what comes in by HTTP about families.
func Routes(api *web.API) {
	families.Declare(api)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/families", ID: "listFamilies",
		Summary:     "List families of products",
		Description: "All families, for everybody, with their options. GET /products?group=family lists what is for sale family by family." + web.Listing,
		Access:      web.Access{Anyone: true}, Sorts: []string{"-createdAt", "name"},
	}, list(api))
}

var families = web.Entity[FamilyFields, events.FamilyFields, events.FamilyState, Family]{
	Noun: "family", Path: "/families", Read: web.Access{Anyone: true}, Write: web.Access{Staff: events.CatalogWrite},
	About: web.About{
		Refused: "409 `slug_taken`: another family has the slug. 409 `in_use`: products have an option or a value that is left out.",
	},
	Create: events.CreateFamily, Update: events.UpdateFamily, Delete: events.DeleteFamily, Merge: events.MergeFamily, Get: events.GetFamily,
	Created: events.FamilyCreated, Updated: events.FamilyUpdated, Deleted: events.FamilyDeleted,
	Rules: rules, Fields: fields, Show: show, Meta: func(f events.FamilyState) events.Meta { return f.Meta },
}

// FamilyFields is what staff say about a family.
type FamilyFields struct {
	Name        string               `json:"name" doc:"What customers read." example:"Linen shirt"`
	Slug        string               `json:"slug,omitempty" doc:"Made from the name when absent."`
	Description string               `json:"description,omitempty" doc:"More about it, for customers. Plain text." example:"Light, and washed before."`
	Options     []FamilyOptionFields `json:"options" nullable:"false" doc:"In what its products differ. As long as there are products of it the options stay, and each value that one of them has; others can be added."`
}

// FamilyOptionFields is one option.
type FamilyOptionFields struct {
	Name   string   `json:"name" doc:"Such as size." example:"size"`
	Values []string `json:"values" nullable:"false" doc:"Such as S, M and L, each of 1 to 60 characters, in the order in which they are shown." example:"S,M,L"`
}

// TransformSchema gives the members the limits of their declaration.
func (FamilyFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.FamilyFields](s)
}

// TransformSchema gives the members the limits of their declaration.
func (FamilyOptionFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.FamilyOption](s)
}

// Family is a family as clients see it.
type Family struct {
	web.Meta
	Name        string                `json:"name" doc:"What customers read." example:"Linen shirt"`
	Slug        string                `json:"slug" doc:"For addresses of pages: unique among families." example:"linen-shirt"`
	Description string                `json:"description,omitempty" doc:"More about it, for customers. Plain text." example:"Light, and washed before."`
	Options     []events.FamilyOption `json:"options" nullable:"false" doc:"In what its products differ, in the order in which it is shown."`
}

// Resolve finds what is wrong beyond the shape.
func (f FamilyFields) Resolve(huma.Context) []error {
	_, err := rules(f)
	return web.Faults(err)
}

func rules(f FamilyFields) (events.FamilyFields, error) {
	stored := events.FamilyFields{Name: f.Name, Slug: f.Slug, Description: f.Description}
	for _, option := range f.Options {
		stored.Options = append(stored.Options, events.FamilyOption(option))
	}
	return domain.Family(stored)
}

func fields(f events.FamilyState) FamilyFields {
	said := FamilyFields{Name: f.Name, Slug: f.Slug, Description: f.Description}
	for _, option := range f.Options {
		said.Options = append(said.Options, FamilyOptionFields(option))
	}
	return said
}

func show(f events.FamilyState) Family {
	return Family{Meta: web.MetaOf(f.Meta), Name: f.Name, Slug: f.Slug, Description: f.Description, Options: f.Options}
}

type listInput struct {
	web.Paging
}

func list(api *web.API) func(context.Context, *listInput) (*web.List[Family], error) {
	return func(ctx context.Context, in *listInput) (*web.List[Family], error) {
		page, err := bus.Ask(ctx, api.Asker(), events.ListFamilies, events.FamilyFilter{Paging: in.Page()})
		if err != nil {
			return nil, err
		}
		return web.ShowPage(ctx, page, web.CacheBriefly, show), nil
	}
}
