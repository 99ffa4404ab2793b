package db

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const addressColumns = `id::text, version, created_at, updated_at, customer_id::text, name, line1, line2, city, postal_code, country, region`

// address is where a customer's parcels go.
var address = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateAddress, func(c events.Received[events.PostalAddress]) inbox.Needs {
			if c.By.Type != events.Shopper {
				return nil
			}
			return inbox.Needs{customerByID: {c.By.ID}, addressesOfCustomer: {c.By.ID}, addressByID: {c.Subject}}
		}, domain.CreateAddress, domain.Address),
		inbox.Decide(events.UpdateAddress, func(c events.Received[events.Change[events.PostalAddress]]) inbox.Needs {
			return addressNeeds(c.Envelope)
		},
			domain.UpdateAddress, inbox.OfChange(domain.Address)),
		inbox.Decide(events.DeleteAddress, func(c events.Received[events.Deletion]) inbox.Needs { return addressNeeds(c.Envelope) }, domain.DeleteAddress),
	},
	Tables:  []inbox.Table{addressTable},
	Queries: []inbox.Query{inbox.Answer(events.GetAddress, getAddress), inbox.Answer(events.ListAddresses, listAddresses)},
}

// How addresses are found.
var (
	addressByID         = inbox.ByKey("address", domain.AddressRows)
	addressesOfCustomer = inbox.Through("addresses of customer")
)

func addressNeeds(e events.Envelope) inbox.Needs {
	if !domain.HasAddress(e) {
		return nil
	}
	return inbox.Needs{addressByID: {e.Subject}}
}

const someAddresses = `id = any($1::uuid[] || array(select a.id from address a where a.customer_id = any($2::uuid[]) and a.deleted_at is null))`

var addressTable = inbox.Table{
	Writes: []string{"address"},
	Lock:   inbox.Statement{SQL: `select from address where ` + someAddresses + ` order by id for no key update`, By: []*inbox.Need{addressByID, addressesOfCustomer}},
	Read:   inbox.Statement{SQL: `select ` + addressColumns + `, deleted_at from address where ` + someAddresses, By: []*inbox.Need{addressByID, addressesOfCustomer}},
	Load:   crudLoad(domain.AddressRows, metaOfAddress, addressDestinations),
	Save: crudSave(domain.AddressRows, metaOfAddress,
		pg.Col("customer_id", "uuid", func(a events.AddressState) string { return a.CustomerID }),
		pg.Col("name", "text", func(a events.AddressState) events.Personal { return a.Name }),
		pg.Col("line1", "text", func(a events.AddressState) events.Personal { return a.Line1 }),
		pg.Col("line2", "text", func(a events.AddressState) events.Personal { return a.Line2 }),
		pg.Col("city", "text", func(a events.AddressState) events.Personal { return a.City }),
		pg.Col("postal_code", "text", func(a events.AddressState) events.Personal { return a.PostalCode }),
		pg.Col("country", "text", func(a events.AddressState) string { return a.Country }),
		pg.Col("region", "text", func(a events.AddressState) string { return a.Region }),
	),
}

func metaOfAddress(a *events.AddressState) *events.Meta { return &a.Meta }

func addressDestinations(a *events.AddressState) []any {
	return []any{&a.ID, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.CustomerID, &a.Name, &a.Line1, &a.Line2, &a.City, &a.PostalCode, &a.Country, &a.Region}
}

var addressList = pg.Listing[events.AddressState]{
	Columns:     addressColumns,
	From:        `address where address.deleted_at is null`,
	ID:          `address.id`,
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: `address.created_at`, Type: "timestamptz"}},
	DefaultSort: "-createdAt",
	Scan:        scanAddress,
}

func scanAddress(row pgx.CollectableRow) (a events.AddressState, err error) {
	err = row.Scan(addressDestinations(&a)...)
	utc(&a.Meta)
	return a, err
}

func getAddress(ctx context.Context, s *inbox.Store, e events.Received[events.OwnedLookup]) (events.AddressState, error) {
	return inbox.AtLeast(ctx, s, "address", e.Data.ID, e.Data.MinVersion, func() (events.AddressState, int64, error) {
		rows, err := s.Reads.Query(ctx, `
			select `+addressColumns+` from address where id = $1 and ($2 = '' or customer_id::text = $2) and deleted_at is null`, e.Data.ID, e.Data.CustomerID)
		if err != nil {
			return events.AddressState{}, 0, err
		}
		a, err := pgx.CollectExactlyOneRow(rows, scanAddress)
		return a, a.Version, err
	})
}

func listAddresses(ctx context.Context, s *inbox.Store, e events.Received[events.AddressFilter]) (events.Page[events.AddressState], error) {
	if uuid.Validate(e.Data.CustomerID) != nil {
		return events.Page[events.AddressState]{}, events.NotFound("customer", e.Data.CustomerID)
	}
	var f pg.Filter
	f.And(`address.customer_id = ?`, e.Data.CustomerID)
	return addressList.Page(ctx, s.Reads, e.Data.Paging, &f)
}
