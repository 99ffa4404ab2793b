package db

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const (
	addressColumns = `id::text, version, created_at, updated_at, customer_id::text, name, line1, line2, city, postal_code, country`
	eraseAddresses = `update address set deleted_at = $2, name = '', line1 = '', line2 = '', city = '', postal_code = '', version = version + 1, updated_at = $2 where `
	maxAddresses   = 50 // of one customer
)

var addressMutations = []mutation{
	on(events.CreateAddress, createAddress, domain.Address),
	on(events.UpdateAddress, updateAddress, ofChange(domain.Address)),
	on(events.DeleteAddress, deleteAddress),
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
	err = row.Scan(&a.ID, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.CustomerID, &a.Name, &a.Line1, &a.Line2, &a.City, &a.PostalCode, &a.Country)
	utc(&a.Meta)
	return a, err
}

// createAddress locks the customer: against being deleted meanwhile, and to count.
func createAddress(ctx context.Context, tx *Tx, c events.Received[events.PostalAddress]) ([]events.Outgoing, error) {
	if c.By.Type != events.Shopper {
		return nil, events.Forbidden("Only customers have an address book.")
	}
	err := tx.QueryRow(ctx, `select from customer where id = $1 and deleted_at is null for update`, c.By.ID).Scan()
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, events.NotFound("customer", c.By.ID)
	}
	if err != nil {
		return nil, err
	}
	var kept int
	if err := tx.QueryRow(ctx, `select count(*) from address where customer_id = $1 and deleted_at is null`, c.By.ID).Scan(&kept); err != nil {
		return nil, err
	}
	if kept >= maxAddresses {
		return nil, events.Refuse("too_many_addresses", "An address book holds %d addresses; delete one first.", maxAddresses)
	}
	rows, err := tx.Write(ctx, `
		insert into address (id, created_at, updated_at, customer_id, name, line1, line2, city, postal_code, country)
		values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9) returning `+addressColumns,
		c.Subject, tx.Now, c.By.ID, c.Data.Name, c.Data.Line1, c.Data.Line2, c.Data.City, c.Data.PostalCode, c.Data.Country)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanAddress, events.AddressCreated)(rows)
}

// lockAddress locks an address of whoever asks. Errors: somebody else's is not found; 412.
func lockAddress(ctx context.Context, tx *Tx, e events.Envelope, expected int64) error {
	missing := events.NotFound("address", e.Subject)
	if e.By.Type != events.Shopper || uuid.Validate(e.Subject) != nil {
		return missing
	}
	var version int64
	err := tx.QueryRow(ctx, `select version from address where id = $1 and customer_id = $2 and deleted_at is null for update`, e.Subject, e.By.ID).Scan(&version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return missing
	case err != nil:
		return err
	case version != expected:
		return events.Stale("address", version)
	}
	return nil
}

func updateAddress(ctx context.Context, tx *Tx, c events.Received[events.Change[events.PostalAddress]]) ([]events.Outgoing, error) {
	if err := lockAddress(ctx, tx, c.Envelope, c.Data.ExpectedVersion); err != nil {
		return nil, err
	}
	f := c.Data.Fields
	rows, err := tx.Write(ctx, `
		update address set name = $2, line1 = $3, line2 = $4, city = $5, postal_code = $6, country = $7, version = version + 1, updated_at = $8
		where id = $1 returning `+addressColumns, c.Subject, f.Name, f.Line1, f.Line2, f.City, f.PostalCode, f.Country, tx.Now)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanAddress, events.AddressUpdated)(rows)
}

func deleteAddress(ctx context.Context, tx *Tx, c events.Received[events.Deletion]) ([]events.Outgoing, error) {
	if err := lockAddress(ctx, tx, c.Envelope, c.Data.ExpectedVersion); err != nil {
		return nil, err
	}
	rows, err := tx.Write(ctx, eraseAddresses+`id = $1 returning `+addressColumns, c.Subject, tx.Now)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanAddress, events.AddressDeleted)(rows)
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
