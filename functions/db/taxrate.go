package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const taxRateColumns = `id::text, version, created_at, updated_at, name, country, region, tax_class, rate, included, valid_from, valid_to`

// taxRate is what is owed to a country.
var taxRate = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateTaxRate, createNeeds(taxRateReadOnly, taxRateNeeds), domain.TaxRates.Create, domain.TaxRate),
		inbox.Decide(events.UpdateTaxRate, updateNeeds(taxRateByID, taxRateNeeds), domain.TaxRates.Update, inbox.OfChange(domain.TaxRate)),
		inbox.Decide(events.DeleteTaxRate, deleteNeeds(taxRateByID), domain.TaxRates.Delete),
	},
	Tables:   []inbox.Table{taxRateTable},
	Queries:  []inbox.Query{inbox.Answer(events.GetTaxRate, getTaxRate), inbox.Answer(events.ListTaxRates, listTaxRates)},
	Refusals: map[string]*events.Problem{"one tax rate holds at a time": domain.TaxRateOverlaps},
}

// How tax rates are found.
var (
	taxRateByID     = inbox.ByKey("tax rate", domain.TaxRateRows)
	taxRateReadOnly = inbox.ByKey("tax rate that is only read", domain.TaxRateRows)
	taxRatesAlike   = inbox.ThroughText("tax rates of one country, region and class")
)

func taxRateNeeds(f events.TaxRateFields) inbox.Needs {
	return inbox.Needs{taxRatesAlike: {domain.TaxedAlike(f)}}
}

var taxRateTable = inbox.Table{
	Writes: []string{"tax_rate"},
	Take:   crudTake("tax_rate", taxRateColumns, taxRateByID),
	Read:   crudReadBy("tax_rate", taxRateColumns, taxRateReadOnly, "alike", taxRatesAlike),
	Load:   crudLoad(domain.TaxRateRows, domain.TaxRates.Meta, taxRateDestinations),
	Save: crudSave(domain.TaxRateRows, domain.TaxRates.Meta,
		pg.Col("name", "text", func(r events.TaxRateState) string { return r.Name }),
		pg.Col("country", "text", func(r events.TaxRateState) string { return r.Country }),
		pg.Col("region", "text", func(r events.TaxRateState) string { return r.Region }),
		pg.Col("tax_class", "text", func(r events.TaxRateState) string { return r.TaxClass }),
		pg.Col("rate", "bigint", func(r events.TaxRateState) int64 { return r.Rate }),
		pg.Col("included", "boolean", func(r events.TaxRateState) bool { return r.Included }),
		pg.Col("valid_from", "timestamptz", func(r events.TaxRateState) time.Time { return r.ValidFrom }),
		pg.Col("valid_to", "timestamptz", func(r events.TaxRateState) *time.Time { return nullIfZero(r.ValidTo) }),
	),
}

var taxRateList = pg.Listing[events.TaxRateState]{
	Columns: taxRateColumns,
	From:    `tax_rate where tax_rate.deleted_at is null`,
	ID:      `tax_rate.id`,
	Orders: map[string]pg.SortColumn{
		"createdAt": {SQL: `tax_rate.created_at`, Type: "timestamptz"}, "country": {SQL: `tax_rate.country collate "C"`, Type: "text"},
	},
	DefaultSort: "-createdAt",
	Scan:        scanTaxRate,
}

func taxRateDestinations(r *events.TaxRateState) []any {
	return []any{
		&r.ID, &r.Version, &r.CreatedAt, &r.UpdatedAt, &r.Name, &r.Country, &r.Region, &r.TaxClass, &r.Rate, &r.Included,
		(*utcTime)(&r.ValidFrom), (*utcTime)(&r.ValidTo),
	}
}

func scanTaxRate(row pgx.CollectableRow) (r events.TaxRateState, err error) {
	err = row.Scan(taxRateDestinations(&r)...)
	utc(&r.Meta)
	return r, err
}

// utcTime reads a moment that there may be.
type utcTime time.Time

// ScanTimestamptz is how pgx gives it. Source: pgtype.TimestamptzScanner.
func (t *utcTime) ScanTimestamptz(at pgtype.Timestamptz) error {
	*t = utcTime(at.Time.UTC()) // zero where there is none
	return nil
}

func getTaxRate(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.TaxRateState, error) {
	return crudGet(ctx, s, domain.TaxRates, e.Data, scanTaxRate, `select `+taxRateColumns+` from tax_rate where id = $1 and deleted_at is null`)
}

func listTaxRates(ctx context.Context, s *inbox.Store, e events.Received[events.TaxRateFilter]) (events.Page[events.TaxRateState], error) {
	f := &pg.Filter{}
	if e.Data.Country != "" {
		f.And(`tax_rate.country = ?`, e.Data.Country)
	}
	return taxRateList.Page(ctx, s.Reads, e.Data.Paging, f)
}
