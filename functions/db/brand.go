package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const brandColumns = `id::text, version, created_at, updated_at, name, slug, description`

var brandMutations = []mutation{
	decide(events.CreateBrand, createNeeds(brandByID, brandNeeds), domain.Brands.Create, domain.Brand),
	decide(events.UpdateBrand, updateNeeds(brandByID, brandNeeds), domain.Brands.Update, ofChange(domain.Brand)),
	decide(events.DeleteBrand, deleteNeeds(brandByID), domain.Brands.Delete),
}

// How brands are found.
var (
	brandByID   = byKey("brand", domain.BrandRows)
	brandReadBy = byKey("brand that is only read", domain.BrandRows)
	brandBySlug = throughText("brand with a slug")
)

func brandNeeds(f events.BrandFields) needs { return needs{brandBySlug: {f.Slug}} }

var brandTable = table{
	lock: query{sql: `select from brand where id = any($1::uuid[]) order by id for no key update`, by: []*need{brandByID}},
	read: query{
		sql: `select ` + brandColumns + `, deleted_at from brand where id = any($1::uuid[] || $2::uuid[]
			|| array(select b.id from brand b where b.slug = any($3::text[]) and b.deleted_at is null))`,
		by: []*need{brandByID, brandReadBy, brandBySlug},
	},
	load: loadsRows(domain.BrandRows, domain.Brands.Meta, brandDestinations),
	save: savesRows(domain.BrandRows, domain.Brands.Meta,
		col("name", "text", func(b events.BrandState) string { return b.Name }),
		col("slug", "text", func(b events.BrandState) string { return b.Slug }),
		col("description", "text", func(b events.BrandState) string { return b.Description }),
	),
}

var brandList = listing[events.BrandState]{
	columns: brandColumns,
	from:    `brand where brand.deleted_at is null`,
	id:      `brand.id`,
	orders:  map[string]column{"createdAt": {`brand.created_at`, "timestamptz"}, "name": {`brand.name collate "C"`, "text"}},
	usual:   "-createdAt",
	scan:    scanBrand,
}

func brandDestinations(b *events.BrandState) []any {
	return []any{&b.ID, &b.Version, &b.CreatedAt, &b.UpdatedAt, &b.Name, &b.Slug, &b.Description}
}

func scanBrand(row pgx.CollectableRow) (b events.BrandState, err error) {
	err = row.Scan(brandDestinations(&b)...)
	utc(&b.Meta)
	return b, err
}

func (s *Store) getBrand(ctx context.Context, e events.Received[events.Lookup]) (events.BrandState, error) {
	return getRow(ctx, s, domain.Brands, e.Data, scanBrand, `select `+brandColumns+` from brand where id = $1 and deleted_at is null`)
}

func (s *Store) listBrands(ctx context.Context, e events.Received[events.BrandFilter]) (events.Page[events.BrandState], error) {
	return brandList.page(ctx, s.reads, e.Data.Paging, &filter{})
}
