package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const familyColumns = `id::text, version, created_at, updated_at, name, slug, description, options`

// family is products that are the same thing in several sizes, colours and the like.
var family = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateFamily, createNeeds(familyReadOnly, familyFieldsNeeds), domain.Families.Create, domain.Family),
		inbox.Decide(events.UpdateFamily, changedFamily(updateNeeds(familyByID, familyFieldsNeeds)), domain.UpdateFamily, inbox.OfChange(domain.Family)),
		inbox.Decide(events.DeleteFamily, deleteNeeds(familyByID, useOfFamily), domain.Families.Delete),
		inbox.Decide(events.MergeFamily, mergedFamily(mergeNeeds(familyByID, familyHeldBy, useOfFamily, productsOfFamily)), domain.Families.Merge),
	},
	Tables:   []inbox.Table{familyTable, familyOptionsTable},
	Queries:  []inbox.Query{inbox.Answer(events.GetFamily, getFamily), inbox.Answer(events.ListFamilies, listFamilies)},
	Refusals: map[string]*events.Problem{"live families have different slugs": domain.FamilySlugTaken},
}

// How families are found.
var (
	familyByID     = inbox.ByKey("family", domain.FamilyRows)
	familyHeldBy   = inbox.ByKey("family that must stay", domain.FamilyRows)
	familyReadOnly = inbox.ByKey("family that is only read", domain.FamilyRows)
	familyBySlug   = inbox.ThroughText("family with a slug")
	optionsOf      = inbox.ByKey("options of products of a family", domain.FamilyOptions)
)

func familyFieldsNeeds(f events.FamilyFields) inbox.Needs { return inbox.Needs{familyBySlug: {f.Slug}} }

// changedFamily adds what its products have of it, which must stay.
func changedFamily[T any](wants func(events.Received[T]) inbox.Needs) func(events.Received[T]) inbox.Needs {
	return func(c events.Received[T]) inbox.Needs {
		return rowAnd(optionsOf, c.Subject, rowAnd(useOfFamily, c.Subject, wants(c)))
	}
}

// mergedFamily adds the products of the other family that those which move would be like.
func mergedFamily(wants func(events.Received[events.Merger]) inbox.Needs) func(events.Received[events.Merger]) inbox.Needs {
	return func(c events.Received[events.Merger]) inbox.Needs {
		return rowAnd(productsAlike, c.Subject+"/"+c.Data.IntoID, wants(c))
	}
}

var familyTable = inbox.Table{
	Writes: []string{"family"},
	Take:   crudTakeOrHold("family", familyColumns, familyByID, familyHeldBy),
	Read:   crudReadBy("family", familyColumns, familyReadOnly, "slug", familyBySlug),
	Load:   crudLoad(domain.FamilyRows, domain.Families.Meta, familyDestinations),
	Save: crudSave(domain.FamilyRows, domain.Families.Meta,
		pg.Col("name", "text", func(b events.FamilyState) string { return b.Name }),
		pg.Col("slug", "text", func(b events.FamilyState) string { return b.Slug }),
		pg.Col("description", "text", func(b events.FamilyState) string { return b.Description }),
		pg.Col("options", "text", func(b events.FamilyState) string { return asJSON(b.Options) }).As("c.options::jsonb"),
	),
}

// familyOptionsTable counts what products have of the options of a family that changes, once its lock is held, as useTable does.
var familyOptionsTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `select p.family_id::text, o.key, o.value, count(*) from product p, jsonb_each_text(p.options) o
			where p.family_id = any($1::uuid[]) and p.deleted_at is null group by 1, 2, 3`,
		By: []*inbox.Need{optionsOf},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		all, id, use := map[string][]domain.OptionUse{}, "", domain.OptionUse{}
		_, err := pgx.ForEachRow(answer, []any{&id, &use.Option, &use.Value, &use.Products}, func() error {
			all[id] = append(all[id], use)
			return nil
		})
		for family, uses := range all {
			domain.FamilyOptions.Load(rows, family, uses)
		}
		return err
	},
}

var familyList = pg.Listing[events.FamilyState]{
	Columns:     familyColumns,
	From:        `family where family.deleted_at is null`,
	ID:          `family.id`,
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: `family.created_at`, Type: "timestamptz"}, "name": {SQL: `family.name collate "C"`, Type: "text"}},
	DefaultSort: "-createdAt",
	Scan:        scanFamily,
}

func familyDestinations(b *events.FamilyState) []any {
	return []any{&b.ID, &b.Version, &b.CreatedAt, &b.UpdatedAt, &b.Name, &b.Slug, &b.Description, &b.Options}
}

func scanFamily(row pgx.CollectableRow) (b events.FamilyState, err error) {
	err = row.Scan(familyDestinations(&b)...)
	utc(&b.Meta)
	return b, err
}

func getFamily(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.FamilyState, error) {
	return crudGet(ctx, s, domain.Families, e.Data, scanFamily, `select `+familyColumns+` from family where id = $1 and deleted_at is null`)
}

func listFamilies(ctx context.Context, s *inbox.Store, e events.Received[events.FamilyFilter]) (events.Page[events.FamilyState], error) {
	return familyList.Page(ctx, s.Reads, e.Data.Paging, &pg.Filter{})
}
