package db

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const (
	categoryColumns = `category.id::text, category.version, category.created_at, category.updated_at, category.name, category.slug,
		coalesce(category.parent_id::text, ''),
		(with recursive up as (
			select id, name, slug, parent_id, 1 as depth from category leaf where leaf.id = category.id
			union all
			select p.id, p.name, p.slug, p.parent_id, depth + 1 from category p join up on p.id = up.parent_id
		) cycle id set again using trail
		select array_agg(id::text order by depth desc) || array_agg(name order by depth desc) || array_agg(slug order by depth desc) from up)`
)

var categoryList = pg.Listing[events.CategoryState]{
	Columns:     categoryColumns,
	From:        `category where category.deleted_at is null`,
	ID:          `category.id`,
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: `category.created_at`, Type: "timestamptz"}, "name": {SQL: `category.name collate "C"`, Type: "text"}},
	DefaultSort: "name",
	Scan:        scanCategory,
}

// category is where products are found: a tree.
var category = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateCategory, createNeeds(categoryByID, categoryNeeds), domain.Categories.Create, domain.Category),
		inbox.Decide(events.UpdateCategory, updateNeeds(categoryByID, categoryNeeds), domain.Categories.Update, inbox.OfChange(domain.Category)),
		inbox.Decide(events.DeleteCategory, deleteNeeds(categoryByID, useOfCategory), domain.Categories.Delete),
		inbox.Decide(events.MergeCategory, mergeNeeds(categoryByID, categoryHeldBy, useOfCategory, productsOfCategory), domain.Categories.Merge),
	},
	Tables:   []inbox.Table{categoryTable},
	Queries:  []inbox.Query{inbox.Answer(events.GetCategory, getCategory), inbox.Answer(events.ListCategories, listCategories)},
	Refusals: map[string]*events.Problem{"live categories have different slugs": domain.CategorySlugTaken},
}

// How categories are found: each with all above it, and one that changes with all below it, too.
var (
	categoryByID   = inbox.ByKey("category", domain.CategoryRows)
	categoryHeldBy = inbox.ByKey("category that must stay", domain.CategoryRows)
	categoryBySlug = inbox.ThroughText("category with a slug")
)

func categoryNeeds(f events.CategoryFields) inbox.Needs {
	return inbox.Needs{categoryBySlug: {f.Slug}, categoryHeldBy: ifAny(f.ParentID)}
}

// categoryTable locks the tree as a whole: one transaction at a time shapes it, or many give products a place in it. Without it two moves could
// close a cycle, each seeing none, and a product come into a category that goes.
var categoryTable = inbox.Table{
	Writes: []string{"category"},
	Lock: inbox.Statement{
		SQL: `select case when cardinality($1::uuid[]) > 0 then pg_advisory_xact_lock(tree) else pg_advisory_xact_lock_shared(tree) end
			from hashtextextended('mart: the tree of categories', 0) as tree where cardinality($1::uuid[] || $2::uuid[]) > 0`,
		By: []*inbox.Need{categoryByID, categoryHeldBy},
	},
	Read: inbox.Statement{
		SQL: `with recursive up as (
				select c.id, c.parent_id from category c where c.id = any($1::uuid[] || $2::uuid[]
					|| array(select s.id from category s where s.slug = any($3::text[]) and s.deleted_at is null))
				union
				select p.id, p.parent_id from category p join up on p.id = up.parent_id
			), down as (
				select c.id, 1 as depth from category c where c.id = any($1::uuid[])
				union
				select c.id, depth + 1 from category c join down on c.parent_id = down.id where c.deleted_at is null and depth <= ` + strconv.Itoa(domain.MaxCategoryDepth) + `
			)
			select c.id::text, c.version, c.created_at, c.updated_at, c.name, c.slug, coalesce(c.parent_id::text, ''), c.deleted_at from category c
			where c.id = any(array(select id from up union select id from down))`,
		By: []*inbox.Need{categoryByID, categoryHeldBy, categoryBySlug},
	},
	Load: crudLoad(domain.CategoryRows, domain.Categories.Meta, func(c *events.CategoryState) []any {
		return []any{&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Name, &c.Slug, &c.ParentID}
	}),
	Save: crudSave(domain.CategoryRows, domain.Categories.Meta,
		pg.Col("name", "text", func(c events.CategoryState) string { return c.Name }),
		pg.Col("slug", "text", func(c events.CategoryState) string { return c.Slug }),
		pg.Col("parent_id", "uuid", func(c events.CategoryState) *string { return pg.OrNull(c.ParentID) }),
	),
}

func scanCategory(row pgx.CollectableRow) (c events.CategoryState, err error) {
	var path []string // ids, names, slugs
	err = row.Scan(&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Name, &c.Slug, &c.ParentID, &path)
	utc(&c.Meta)
	n := len(path) / 3
	c.Path = make([]events.Breadcrumb, n)
	for i := range c.Path {
		c.Path[i] = events.Breadcrumb{ID: path[i], Name: path[n+i], Slug: path[2*n+i]}
	}
	return c, err
}

func getCategory(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.CategoryState, error) {
	return crudGet(ctx, s, domain.Categories, e.Data, scanCategory, `select `+categoryColumns+` from category where id = $1 and deleted_at is null`)
}

func listCategories(ctx context.Context, s *inbox.Store, e events.Received[events.CategoryFilter]) (events.Page[events.CategoryState], error) {
	f := &pg.Filter{}
	if e.Data.ParentID != "" {
		f.And(`category.parent_id::text = ?`, e.Data.ParentID)
	}
	return categoryList.Page(ctx, s.Reads, e.Data.Paging, f)
}
