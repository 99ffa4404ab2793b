package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const customerColumns = `id::text, version, created_at, updated_at, email_cipher, name, phone, status, email_verified`

var customerMutations = []mutation{
	once(events.RegisterCustomer, registerCustomer, domain.Registration),
	on(events.UpdateCustomer, updateCustomer, ofChange(domain.Customer)),
	on(events.DeleteCustomer, deleteCustomer),
}

var customerList = listing[events.CustomerState]{
	columns: customerColumns,
	from:    `customer where customer.deleted_at is null`,
	id:      `customer.id`,
	orders:  map[string]column{"createdAt": {`customer.created_at`, "timestamptz"}},
	usual:   "-createdAt",
	scan:    scanCustomer,
}

func scanCustomer(row pgx.CollectableRow) (c events.CustomerState, err error) {
	err = row.Scan(&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Email, &c.Name, &c.Phone, &c.Status, &c.EmailVerified)
	utc(&c.Meta)
	return c, err
}

func registerCustomer(now time.Time, c events.Received[events.NewCustomer]) statement {
	return statement{
		sql: `with registered as (
				insert into customer (id, created_at, updated_at, email, email_cipher, name, phone, password_hash)
				values ($1, $2, $2, $3, $4, $5, $6, $7) on conflict do nothing returning *
			), known as (
				insert into login_place (account, place, spent_at, known_until, forget_at) select id, $8, $2, $9, $9 from registered where $8 <> ''
			) select ` + customerColumns + ` from registered`,
		args: []any{
			c.Subject, now, domain.FoldEmail(c.Data.Email.Reveal()), c.Data.Email, c.Data.Name, c.Data.Phone, c.Data.PasswordHash,
			c.Data.Network, now.Add(networkKnown),
		},
		read: collected(c.Subject, scanCustomer, events.CustomerRegistered),
		why:  func(context.Context, *Tx) error { return errEmailTaken },
	}
}

// lockCustomer locks the customer who asks, for something of theirs. Errors: somebody else's is not found; 412.
func lockCustomer(ctx context.Context, tx *Tx, e events.Envelope, expected int64) error {
	if e.By != (events.Principal{Type: events.Shopper, ID: e.Subject}) {
		return events.NotFound("customer", e.Subject)
	}
	var version int64
	err := tx.QueryRow(ctx, `select version from customer where id = $1 and deleted_at is null for update`, e.Subject).Scan(&version)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return events.NotFound("customer", e.Subject)
	case err != nil:
		return err
	case version != expected:
		return events.Stale("customer", version)
	}
	return nil
}

func updateCustomer(ctx context.Context, tx *Tx, c events.Received[events.Change[events.CustomerFields]]) ([]events.Outgoing, error) {
	if err := lockCustomer(ctx, tx, c.Envelope, c.Data.ExpectedVersion); err != nil {
		return nil, err
	}
	rows, err := tx.Write(ctx, `
		update customer set name = $2, phone = $3, version = version + 1, updated_at = $4
		where id = $1 returning `+customerColumns, c.Subject, c.Data.Fields.Name, c.Data.Fields.Phone, tx.Now)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanCustomer, events.CustomerUpdated)(rows)
}

// deleteCustomer leaves a row that orders can refer to, and nothing personal in it. Orders keep the copies they need.
func deleteCustomer(ctx context.Context, tx *Tx, c events.Received[events.Deletion]) ([]events.Outgoing, error) {
	if err := lockCustomer(ctx, tx, c.Envelope, c.Data.ExpectedVersion); err != nil {
		return nil, err
	}
	if err := errors.Join(endSessions(ctx, tx, c.Subject), eraseLogin(ctx, tx, c.Subject)); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, eraseAddresses+`customer_id = $1 and deleted_at is null`, c.Subject, tx.Now); err != nil {
		return nil, err
	}
	rows, err := tx.Write(ctx, `
		update customer set deleted_at = $2, status = 'disabled', email = '', email_cipher = '', name = '', phone = '', password_hash = '',
			version = version + 1, updated_at = $2
		where id = $1 returning `+customerColumns, c.Subject, tx.Now)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanCustomer, events.CustomerDeleted)(rows)
}

func (s *Store) getCustomer(ctx context.Context, e events.Received[events.Lookup]) (events.CustomerState, error) {
	return atLeast(ctx, s.news, "customer", e.Data.ID, e.Data.MinVersion, func() (events.CustomerState, int64, error) {
		rows, err := s.reads.Query(ctx, `select `+customerColumns+` from customer where id = $1 and deleted_at is null`, e.Data.ID)
		if err != nil {
			return events.CustomerState{}, 0, err
		}
		c, err := pgx.CollectExactlyOneRow(rows, scanCustomer)
		return c, c.Version, err
	})
}

func (s *Store) listCustomers(ctx context.Context, e events.Received[events.CustomerFilter]) (events.Page[events.CustomerState], error) {
	var f filter
	if !e.Data.Email.IsZero() {
		f.and(`customer.email = ?`, domain.FoldEmail(e.Data.Email.Reveal()))
	}
	return customerList.page(ctx, s.reads, e.Data.Paging, &f)
}
