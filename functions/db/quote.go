package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// quote is what goods would cost. No table has it.
var quote = noun{Tables: []inbox.Table{marketTable}, Queries: []inbox.Query{inbox.Answer(events.MakeQuote, makeQuote)}}

// costsAt is what an order costs besides its goods, by the country and the region that it goes to.
var costsAt = inbox.ThroughText("what orders cost at a place")

// placeKey is a country and a region of it as costsAt finds them.
func placeKey(country, region string) string { return country + "/" + region }

// marketTable is the shipping methods that can be chosen, wherever they go, because it matters whether there are any; and what is owed at a place. It is
// one statement for both: every purchase asks it.
var marketTable = inbox.Table{
	Read: inbox.Statement{
		SQL: `
			select json_build_object('id', id, 'version', version, 'createdAt', created_at, 'updatedAt', updated_at, 'name', name, 'description', description,
				'zones', zones, 'price', price, 'delivery', json_build_object('minDays', min_days, 'maxDays', max_days), 'taxClass', tax_class, 'status', status)::text, null
			from shipping_method where deleted_at is null and status = 'active'
			union all
			select null, json_build_object('id', id, 'version', version, 'createdAt', created_at, 'updatedAt', updated_at, 'name', name, 'country', country,
				'region', region, 'taxClass', tax_class, 'rate', rate, 'included', included, 'validFrom', valid_from, 'validTo', valid_to)::text
			from tax_rate where deleted_at is null and country || '/' || region = any($1::text[])`,
		By: []*inbox.Need{costsAt},
	},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		var method, rate *string
		_, err := pgx.ForEachRow(answer, []any{&method, &rate}, func() error {
			if method != nil {
				return loadJSON(rows, domain.ShippingMethodRows, domain.ShippingMethods.Meta, *method)
			}
			return loadRate(rows, *rate)
		})
		return err
	},
}

// loadJSON takes in a row of a plain noun that was read as JSON.
func loadJSON[S any](rows *domain.Rows, t domain.Table[domain.Row[S]], meta metaOf[S], text string) error {
	var row domain.Row[S]
	if err := json.Unmarshal([]byte(text), &row.State); err != nil {
		return fmt.Errorf("read %s: %w", t.Name, err)
	}
	utc(meta(&row.State))
	t.Load(rows, meta(&row.State).ID, row)
	return nil
}

func loadRate(rows *domain.Rows, text string) error {
	return loadJSON(rows, domain.TaxRateRows, func(r *events.TaxRateState) *events.Meta {
		r.ValidFrom, r.ValidTo = r.ValidFrom.UTC(), r.ValidTo.UTC()
		return &r.Meta
	}, text)
}

// makeQuote answers with what goods cost now. Errors: Problems of QuoteRequest and of Quote.
func makeQuote(ctx context.Context, s *inbox.Store, e events.Received[events.QuoteRequest]) (events.Quote, error) {
	q, err := domain.QuoteRequest(e.Data)
	if err != nil {
		return events.Quote{}, err
	}
	now := s.Now().UTC()
	offers, market, err := readMarket(ctx, s, q, now)
	if err != nil {
		return events.Quote{}, err
	}
	made, err := domain.Quote(q, offers, market, now)
	return domain.ProveQuote(s.Keys, q.Destination, made), err
}

// readMarket reads what is for sale of what is wanted, and what sending it and its taxes cost.
func readMarket(ctx context.Context, s *inbox.Store, q events.QuoteRequest, now time.Time) (offers map[string]domain.Offer, m domain.Market, err error) {
	var ids []string
	for _, line := range q.Lines {
		ids = append(ids, line.ProductID)
	}
	var b pgx.Batch
	offers = map[string]domain.Offer{}
	b.Queue(`select `+productColumns+`, `+productAvailable+` from product where id = any($1::uuid[]) and deleted_at is null and status = 'published'`, ids).
		Query(func(rows pgx.Rows) error {
			products, err := pgx.CollectRows(rows, scanProduct)
			for _, p := range products {
				offers[p.ID] = domain.OfferOf(p)
			}
			return err
		})
	b.Queue(`select array(select distinct price ->> 'currency' from shipping_method where deleted_at is null and status = 'active')`).QueryRow(func(row pgx.Row) error {
		return row.Scan(&m.Ships)
	})
	b.Queue(`select `+shippingMethodColumns+` from shipping_method where deleted_at is null and status = 'active' and `+goesTo("$1"), q.Destination.Country).
		Query(func(rows pgx.Rows) (err error) {
			m.Methods, err = pgx.CollectRows(rows, scanShippingMethod)
			return err
		})
	b.Queue(`select `+taxRateColumns+` from tax_rate where deleted_at is null and country = $1 and valid_from <= $2 and (valid_to is null or valid_to > $2)`,
		q.Destination.Country, now).
		Query(func(rows pgx.Rows) error {
			states, err := pgx.CollectRows(rows, scanTaxRate)
			m.Rates = domain.RatesAt(fieldsOfRates(states), q.Destination.Country, q.Destination.Region, now)
			return err
		})
	return offers, m, s.Reads.SendBatch(ctx, &b).Close()
}

func fieldsOfRates(states []events.TaxRateState) []events.TaxRateFields {
	fields := make([]events.TaxRateFields, len(states))
	for i, s := range states {
		fields[i] = s.TaxRateFields
	}
	return fields
}
