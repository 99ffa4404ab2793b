package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const brandColumns = `id::text, version, created_at, updated_at, name, slug, description`

// brand is who makes products. It is the noun to copy.
var brand = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateBrand, createNeeds(brandReadOnly, brandNeeds), domain.Brands.Create, domain.Brand),
		inbox.Decide(events.UpdateBrand, updateNeeds(brandByID, brandNeeds), domain.Brands.Update, inbox.OfChange(domain.Brand)),
		inbox.Decide(events.DeleteBrand, deleteNeeds(brandByID, useOfBrand), domain.Brands.Delete),
		inbox.Decide(events.MergeBrand, mergeNeeds(brandByID, brandHeldBy, useOfBrand, productsOfBrand), domain.Brands.Merge),
	},
	Tables:   []inbox.Table{brandTable},
	Queries:  []inbox.Query{inbox.Answer(events.GetBrand, getBrand), inbox.Answer(events.ListBrands, listBrands)},
	Refusals: map[string]*events.Problem{"live brands have different slugs": domain.BrandSlugTaken},
}

// How brands are found: a row that changes is locked (ByID), one that is merged into must stay (HeldBy), and a new one is only looked for, to see
// that it is not there yet (ReadOnly).
var (
	brandByID     = inbox.ByKey("brand", domain.BrandRows)
	brandHeldBy   = inbox.ByKey("brand that must stay", domain.BrandRows)
	brandReadOnly = inbox.ByKey("brand that is only read", domain.BrandRows)
	brandBySlug   = inbox.ThroughText("brand with a slug")
)

func brandNeeds(f events.BrandFields) inbox.Needs { return inbox.Needs{brandBySlug: {f.Slug}} }

var brandTable = inbox.Table{
	Writes: []string{"brand"},
	Take:   crudTakeOrHold("brand", brandColumns, brandByID, brandHeldBy),
	Read:   crudReadBy("brand", brandColumns, brandReadOnly, "slug", brandBySlug),
	Load:   crudLoad(domain.BrandRows, domain.Brands.Meta, brandDestinations),
	Save: crudSave(domain.BrandRows, domain.Brands.Meta,
		pg.Col("name", "text", func(b events.BrandState) string { return b.Name }),
		pg.Col("slug", "text", func(b events.BrandState) string { return b.Slug }),
		pg.Col("description", "text", func(b events.BrandState) string { return b.Description }),
	),
}

var brandList = pg.Listing[events.BrandState]{
	Columns:     brandColumns,
	From:        `brand where brand.deleted_at is null`,
	ID:          `brand.id`,
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: `brand.created_at`, Type: "timestamptz"}, "name": {SQL: `brand.name collate "C"`, Type: "text"}},
	DefaultSort: "-createdAt",
	Scan:        scanBrand,
}

func brandDestinations(b *events.BrandState) []any {
	return []any{&b.ID, &b.Version, &b.CreatedAt, &b.UpdatedAt, &b.Name, &b.Slug, &b.Description}
}

func scanBrand(row pgx.CollectableRow) (b events.BrandState, err error) {
	err = row.Scan(brandDestinations(&b)...)
	utc(&b.Meta)
	return b, err
}

func getBrand(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.BrandState, error) {
	return crudGet(ctx, s, domain.Brands, e.Data, scanBrand, `select `+brandColumns+` from brand where id = $1 and deleted_at is null`)
}

func listBrands(ctx context.Context, s *inbox.Store, e events.Received[events.BrandFilter]) (events.Page[events.BrandState], error) {
	return brandList.Page(ctx, s.Reads, e.Data.Paging, &pg.Filter{})
}
