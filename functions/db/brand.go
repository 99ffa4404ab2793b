package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const brandColumns = `id::text, version, created_at, updated_at, name, slug, description`

var brands = plain[events.BrandFields, events.BrandState]{
	noun: "brand",
	create: `
		insert into brand (id, created_at, updated_at, name, slug, description) values ($1, $2, $2, $3, $4, $5)
		on conflict do nothing
		returning ` + brandColumns,
	update: `
		update brand set name = $4, slug = $5, description = $6, version = version + 1, updated_at = $3
		where id = $1 and version = $2 and deleted_at is null
			and not exists (select from brand o where o.slug = $5 and o.id <> $1 and o.deleted_at is null)
		returning ` + brandColumns,
	remove: `
		update brand set deleted_at = $3, version = version + 1, updated_at = $3
		where id = $1 and version = $2 and deleted_at is null
		returning ` + brandColumns,
	live:   `select version from brand where id = $1 and deleted_at is null`,
	get:    `select ` + brandColumns + ` from brand where id = $1 and deleted_at is null`,
	rule:   domain.Brand,
	values: func(f events.BrandFields) []any { return []any{f.Name, f.Slug, f.Description} },
	claim:  func(f events.BrandFields) string { return f.Slug },
	scan:   scanBrand,
	meta:   func(b events.BrandState) events.Meta { return b.Meta },
	conflict: func(ctx context.Context, tx *Tx, id string, f events.BrandFields) error {
		return taken(ctx, tx, `select from brand where slug = $1 and id <> $2 and deleted_at is null`, f.Slug, id, brandSlugTaken)
	},
}

var brandList = listing[events.BrandState]{
	columns: brandColumns,
	from:    `brand where brand.deleted_at is null`,
	id:      `brand.id`,
	orders:  map[string]column{"createdAt": {`brand.created_at`, "timestamptz"}, "name": {`brand.name collate "C"`, "text"}},
	usual:   "-createdAt",
	scan:    scanBrand,
}

var brandMutations = []mutation{
	brands.creates(events.CreateBrand, events.BrandCreated),
	brands.updates(events.UpdateBrand, events.BrandUpdated),
	brands.removes(events.DeleteBrand, events.BrandDeleted),
}

var brandSlugTaken = events.Refuse("slug_taken", "Another brand has this slug; choose another one.")

func scanBrand(row pgx.CollectableRow) (b events.BrandState, err error) {
	err = row.Scan(&b.ID, &b.Version, &b.CreatedAt, &b.UpdatedAt, &b.Name, &b.Slug, &b.Description)
	utc(&b.Meta)
	return b, err
}

func (s *Store) getBrand(ctx context.Context, e events.Received[events.Lookup]) (events.BrandState, error) {
	return brands.read(ctx, s, e.Data)
}

func (s *Store) listBrands(ctx context.Context, e events.Received[events.BrandFilter]) (events.Page[events.BrandState], error) {
	return brandList.page(ctx, s.reads, e.Data.Paging, &filter{})
}
