package db

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
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

var categoryList = listing[events.CategoryState]{
	columns: categoryColumns,
	from:    `category where category.deleted_at is null`,
	id:      `category.id`,
	orders:  map[string]column{"createdAt": {`category.created_at`, "timestamptz"}, "name": {`category.name collate "C"`, "text"}},
	usual:   "name",
	scan:    scanCategory,
}

var categoryMutations = []mutation{
	decide(events.CreateCategory, createNeeds(categoryByID, categoryNeeds), domain.Categories.Create, domain.Category),
	decide(events.UpdateCategory, updateNeeds(categoryByID, categoryNeeds), domain.Categories.Update, ofChange(domain.Category)),
	decide(events.DeleteCategory, deleteNeeds(categoryByID), domain.Categories.Delete),
}

// How categories are found: each with all above it, and one that changes with all below it, too.
var (
	categoryByID   = byKey("category", domain.CategoryRows)
	categoryReadBy = byKey("category that is only read", domain.CategoryRows)
	categoryBySlug = throughText("category with a slug")
)

func categoryNeeds(f events.CategoryFields) needs {
	return needs{categoryBySlug: {f.Slug}, categoryReadBy: ifAny(f.ParentID)}
}

// categoryTable locks the tree as a whole: one transaction at a time shapes it. Without it two moves could close a cycle, each seeing none.
var categoryTable = table{
	lock: query{
		sql: `select pg_advisory_xact_lock(hashtextextended('mart: the tree of categories', 0)) from unnest($1::uuid[]) limit 1`,
		by:  []*need{categoryByID},
	},
	read: query{
		sql: `with recursive up as (
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
		by: []*need{categoryByID, categoryReadBy, categoryBySlug},
	},
	load: loadsRows(domain.CategoryRows, domain.Categories.Meta, func(c *events.CategoryState) []any {
		return []any{&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Name, &c.Slug, &c.ParentID}
	}),
	save: savesRows(domain.CategoryRows, domain.Categories.Meta,
		col("name", "text", func(c events.CategoryState) string { return c.Name }),
		col("slug", "text", func(c events.CategoryState) string { return c.Slug }),
		col("parent_id", "uuid", func(c events.CategoryState) *string { return orNull(c.ParentID) }),
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

func (s *Store) getCategory(ctx context.Context, e events.Received[events.Lookup]) (events.CategoryState, error) {
	return getRow(ctx, s, domain.Categories, e.Data, scanCategory, `select `+categoryColumns+` from category where id = $1 and deleted_at is null`)
}

func (s *Store) listCategories(ctx context.Context, e events.Received[events.CategoryFilter]) (events.Page[events.CategoryState], error) {
	f := &filter{}
	if e.Data.ParentID != "" {
		f.and(`category.parent_id::text = ?`, e.Data.ParentID)
	}
	return categoryList.page(ctx, s.reads, e.Data.Paging, f)
}
