package db

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const addressColumns = `id::text, version, created_at, updated_at, customer_id::text, name, line1, line2, city, postal_code, country`

var addressMutations = []mutation{
	decide(events.CreateAddress, func(c events.Received[events.PostalAddress]) needs {
		if c.By.Type != events.Shopper {
			return nil
		}
		return needs{customerByID: {c.By.ID}, addressesOfCustomer: {c.By.ID}, addressByID: {c.Subject}}
	}, domain.CreateAddress, domain.Address),
	decide(events.UpdateAddress, func(c events.Received[events.Change[events.PostalAddress]]) needs { return addressNeeds(c.Envelope) },
		domain.UpdateAddress, ofChange(domain.Address)),
	decide(events.DeleteAddress, func(c events.Received[events.Deletion]) needs { return addressNeeds(c.Envelope) }, domain.DeleteAddress),
}

// How addresses are found.
var (
	addressByID         = byKey("address", domain.AddressRows)
	addressesOfCustomer = through("addresses of customer")
)

func addressNeeds(e events.Envelope) needs {
	if !domain.HasAddress(e) {
		return nil
	}
	return needs{addressByID: {e.Subject}}
}

const someAddresses = `id = any($1::uuid[] || array(select a.id from address a where a.customer_id = any($2::uuid[]) and a.deleted_at is null))`

var addressTable = table{
	lock: query{sql: `select from address where ` + someAddresses + ` order by id for no key update`, by: []*need{addressByID, addressesOfCustomer}},
	read: query{sql: `select ` + addressColumns + `, deleted_at from address where ` + someAddresses, by: []*need{addressByID, addressesOfCustomer}},
	load: loadsRows(domain.AddressRows, metaOfAddress, addressDestinations),
	save: savesRows(domain.AddressRows, metaOfAddress,
		col("customer_id", "uuid", func(a events.AddressState) string { return a.CustomerID }),
		col("name", "text", func(a events.AddressState) events.Personal { return a.Name }),
		col("line1", "text", func(a events.AddressState) events.Personal { return a.Line1 }),
		col("line2", "text", func(a events.AddressState) events.Personal { return a.Line2 }),
		col("city", "text", func(a events.AddressState) events.Personal { return a.City }),
		col("postal_code", "text", func(a events.AddressState) events.Personal { return a.PostalCode }),
		col("country", "text", func(a events.AddressState) string { return a.Country }),
	),
}

func metaOfAddress(a *events.AddressState) *events.Meta { return &a.Meta }

func addressDestinations(a *events.AddressState) []any {
	return []any{&a.ID, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.CustomerID, &a.Name, &a.Line1, &a.Line2, &a.City, &a.PostalCode, &a.Country}
}

var addressList = listing[events.AddressState]{
	columns: addressColumns,
	from:    `address where address.deleted_at is null`,
	id:      `address.id`,
	orders:  map[string]column{"createdAt": {`address.created_at`, "timestamptz"}},
	usual:   "-createdAt",
	scan:    scanAddress,
}

func scanAddress(row pgx.CollectableRow) (a events.AddressState, err error) {
	err = row.Scan(addressDestinations(&a)...)
	utc(&a.Meta)
	return a, err
}

func (s *Store) getAddress(ctx context.Context, e events.Received[events.OwnedLookup]) (events.AddressState, error) {
	return atLeast(ctx, s.news, "address", e.Data.ID, e.Data.MinVersion, func() (events.AddressState, int64, error) {
		rows, err := s.reads.Query(ctx, `
			select `+addressColumns+` from address where id = $1 and ($2 = '' or customer_id::text = $2) and deleted_at is null`, e.Data.ID, e.Data.CustomerID)
		if err != nil {
			return events.AddressState{}, 0, err
		}
		a, err := pgx.CollectExactlyOneRow(rows, scanAddress)
		return a, a.Version, err
	})
}

func (s *Store) listAddresses(ctx context.Context, e events.Received[events.AddressFilter]) (events.Page[events.AddressState], error) {
	if uuid.Validate(e.Data.CustomerID) != nil {
		return events.Page[events.AddressState]{}, events.NotFound("customer", e.Data.CustomerID)
	}
	var f filter
	f.and(`address.customer_id = ?`, e.Data.CustomerID)
	return addressList.page(ctx, s.reads, e.Data.Paging, &f)
}
