package category

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Routes declares what comes in by HTTP.
func Routes(api *web.API) {
	categories.Declare(api)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/categories", ID: "listCategories",
		Summary:     "List categories",
		Description: "All categories, for everybody, each with its path from the top of the tree; parentId leaves those directly below one." + web.Listing,
		Access:      web.Access{Anyone: true}, Sorts: []string{"name", "createdAt"},
	}, list(api))
}

var categories = web.Entity[CategoryFields, events.CategoryFields, events.CategoryState, Category]{
	Noun: "category", Path: "/categories", Read: web.Access{Anyone: true}, Write: web.Access{Staff: events.CatalogWrite},
	About: web.About{
		Shown:   "path says where in the tree it is.",
		Refused: "409 `slug_taken`: another category has the slug. 409 `category_cycle`: its parent would be itself, or below it. 409 `category_too_deep`: the tree would have more levels than it may. 422 where there is no such parent.",
		Gone:    "409 `category_not_empty`: there are categories below it; move or delete these first.",
	},
	Create: events.CreateCategory, Update: events.UpdateCategory, Delete: events.DeleteCategory, Merge: events.MergeCategory, Get: events.GetCategory,
	Created: events.CategoryCreated, Updated: events.CategoryUpdated, Deleted: events.CategoryDeleted,
	Rules: rules, Fields: fields, Show: show, Meta: func(c events.CategoryState) events.Meta { return c.Meta },
	Beside: above,
}

// CategoryFields is what staff say about a category.
type CategoryFields struct {
	Name     string `json:"name" doc:"What customers read." example:"Black tea"`
	Slug     string `json:"slug,omitempty" doc:"Made from the name when absent."`
	ParentID string `json:"parentId,omitempty" format:"uuid" doc:"The category it is part of; absent at the top of the tree. The tree has at most 10 levels: what would be deeper is 409 category_too_deep, also where it moves with all that is below it."`
}

// TransformSchema gives the members the limits of their declaration.
func (CategoryFields) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.CategoryFields](s)
}

// Category is a category as clients see it.
type Category struct {
	web.Meta
	Name     string              `json:"name" doc:"What customers read." example:"Black tea"`
	Slug     string              `json:"slug" doc:"For addresses of pages: unique among categories." example:"black-tea"`
	ParentID string              `json:"parentId,omitempty" format:"uuid" doc:"The category it is directly part of; absent at the top of the tree."`
	Path     []events.Breadcrumb `json:"path" nullable:"false" doc:"From the top of the tree; the category itself is the last."`
}

// Resolve finds what is wrong beyond the shape.
func (f CategoryFields) Resolve(huma.Context) []error {
	_, err := rules(f)
	return web.Faults(err)
}

func rules(f CategoryFields) (events.CategoryFields, error) {
	return domain.Category(events.CategoryFields(f))
}

func fields(c events.CategoryState) CategoryFields { return CategoryFields(c.CategoryFields) }

func show(c events.CategoryState) Category {
	return Category{Meta: web.MetaOf(c.Meta), Name: c.Name, Slug: c.Slug, ParentID: c.ParentID, Path: append([]events.Breadcrumb{}, c.Path...)}
}

// above stands for what a category is below: it is renamed and moved without a new version of the category.
func above(c events.CategoryState) []int64 {
	if len(c.Path) < 2 {
		return nil
	}
	sum := fnv.New32a()
	for _, crumb := range c.Path[:len(c.Path)-1] {
		fmt.Fprintf(sum, "%q", []string{crumb.ID, crumb.Name, crumb.Slug})
	}
	return []int64{int64(sum.Sum32())}
}

type listInput struct {
	web.Paging
	ParentID web.ID `query:"parentId" format:"uuid" doc:"Only those directly below this one."`
}

func list(api *web.API) func(context.Context, *listInput) (*web.List[Category], error) {
	return func(ctx context.Context, in *listInput) (*web.List[Category], error) {
		page, err := bus.Ask(ctx, api.Asker(), events.ListCategories, events.CategoryFilter{Paging: in.Page(), ParentID: string(in.ParentID)})
		if err != nil {
			return nil, err
		}
		return web.ShowPage(ctx, page, web.CacheBriefly, show), nil
	}
}
