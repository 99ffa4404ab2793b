package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const shippingMethodColumns = `id::text, version, created_at, updated_at, name, description, zones, price, min_days, max_days, tax_class, status`

// shippingMethod is how goods are sent.
var shippingMethod = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateShippingMethod, createNeeds(shippingMethodReadOnly, shippingMethodNeeds), domain.ShippingMethods.Create, domain.ShippingMethod),
		inbox.Decide(events.UpdateShippingMethod, updateNeeds(shippingMethodByID, shippingMethodNeeds), domain.ShippingMethods.Update, inbox.OfChange(domain.ShippingMethod)),
		inbox.Decide(events.DeleteShippingMethod, deleteNeeds(shippingMethodByID), domain.ShippingMethods.Delete),
	},
	Tables: []inbox.Table{shippingMethodTable},
	Queries: []inbox.Query{
		inbox.Answer(events.GetShippingMethod, getShippingMethod), inbox.Answer(events.ListShippingMethods, listShippingMethods),
	},
}

// How shipping methods are found.
var (
	shippingMethodByID     = inbox.ByKey("shipping method", domain.ShippingMethodRows)
	shippingMethodReadOnly = inbox.ByKey("shipping method that is only read", domain.ShippingMethodRows)
)

func shippingMethodNeeds(events.ShippingMethodFields) inbox.Needs { return nil }

// goesTo is the condition that a method goes to a country, or to a part of it.
func goesTo(country string) string {
	return `shipping_method.zones @> jsonb_build_array(jsonb_build_object('countries', jsonb_build_array(` + country + `::text)))`
}

var shippingMethodTable = inbox.Table{
	Writes: []string{"shipping_method"},
	Take:   crudTake("shipping_method", shippingMethodColumns, shippingMethodByID),
	Read:   crudRead("shipping_method", shippingMethodColumns, shippingMethodReadOnly),
	Load:   crudLoad(domain.ShippingMethodRows, domain.ShippingMethods.Meta, shippingMethodDestinations),
	Save: crudSave(domain.ShippingMethodRows, domain.ShippingMethods.Meta,
		pg.Col("name", "text", func(s events.ShippingMethodState) string { return s.Name }),
		pg.Col("description", "text", func(s events.ShippingMethodState) string { return s.Description }),
		pg.Col("zones", "text", func(s events.ShippingMethodState) string { return asJSON(s.Zones) }).As("c.zones::jsonb"),
		pg.Col("price", "text", func(s events.ShippingMethodState) string { return asJSON(s.Price) }).As("c.price::jsonb"),
		pg.Col("min_days", "bigint", func(s events.ShippingMethodState) int64 { return s.Delivery.MinDays }),
		pg.Col("max_days", "bigint", func(s events.ShippingMethodState) int64 { return s.Delivery.MaxDays }),
		pg.Col("tax_class", "text", func(s events.ShippingMethodState) string { return s.TaxClass }),
		pg.Col("status", "text", func(s events.ShippingMethodState) string { return string(s.Status) }),
	),
}

var shippingMethodList = pg.Listing[events.ShippingMethodState]{
	Columns: shippingMethodColumns,
	From:    `shipping_method where shipping_method.deleted_at is null`,
	ID:      `shipping_method.id`,
	Orders: map[string]pg.SortColumn{
		"createdAt": {SQL: `shipping_method.created_at`, Type: "timestamptz"}, "name": {SQL: `shipping_method.name collate "C"`, Type: "text"},
	},
	DefaultSort: "-createdAt",
	Scan:        scanShippingMethod,
}

func shippingMethodDestinations(s *events.ShippingMethodState) []any {
	return []any{
		&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.Name, &s.Description, &s.Zones, &s.Price, &s.Delivery.MinDays, &s.Delivery.MaxDays, &s.TaxClass, &s.Status,
	}
}

func scanShippingMethod(row pgx.CollectableRow) (s events.ShippingMethodState, err error) {
	err = row.Scan(shippingMethodDestinations(&s)...)
	utc(&s.Meta)
	return s, err
}

// getShippingMethod answers with a shipping method. To who may not see it, what is retired is not there: also as long as they wait for a version.
func getShippingMethod(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.ShippingMethodState, error) {
	shown, err := shownTo(ctx, s, e, events.ShippingWrite, ` and status = 'active'`)
	if err != nil {
		return events.ShippingMethodState{}, err
	}
	return crudGet(ctx, s, domain.ShippingMethods, e.Data, scanShippingMethod,
		`select `+shippingMethodColumns+` from shipping_method where id = $1 and deleted_at is null`+shown)
}

func listShippingMethods(ctx context.Context, s *inbox.Store, e events.Received[events.ShippingMethodFilter]) (events.Page[events.ShippingMethodState], error) {
	f := &pg.Filter{}
	if e.Data.Status != events.ShippingActive {
		if err := s.Permit(ctx, e.By, events.ShippingWrite); err != nil {
			return events.Page[events.ShippingMethodState]{}, err
		}
	}
	if e.Data.Country != "" {
		f.And(goesTo("?"), e.Data.Country)
	}
	if e.Data.Status != "" {
		f.And(`shipping_method.status = ?`, string(e.Data.Status))
	}
	return shippingMethodList.Page(ctx, s.Reads, e.Data.Paging, f)
}
