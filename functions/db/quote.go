package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/quotetoken"
)

// quote is what goods would cost. No table has it.
var quote = noun{Queries: []inbox.Query{inbox.Answer(events.MakeQuote, makeQuote)}}

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
	for i, choice := range made.Choices {
		made.Choices[i].Quote = quotetoken.New(s.Keys, offered(q.Destination, made.Lines, choice.Sum), made.ValidUntil)
	}
	return made, err
}

// offered is all that must be the same when somebody takes a quote at its word. Within a country and a region the postal code matters only for which
// methods there are, and of a method only what it costs.
func offered(to events.Destination, lines []events.OrderLine, sum events.Sum) string {
	return asJSON(struct {
		Country, Region string
		Lines           []events.OrderLine
		Sum             events.Sum
	}{to.Country, to.Region, lines, sum})
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
