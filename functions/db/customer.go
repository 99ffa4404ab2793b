package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const customerColumns = `id::text, version, created_at, updated_at, email_cipher, name, phone, status, email_verified`

var customerMutations = []mutation{
	decide(events.RegisterCustomer, func(c events.Received[events.NewCustomer]) needs {
		n := loginNeeds(c.Subject, c.Data.Network)
		n[customerByID], n[customerByEmail] = []string{c.Subject}, []string{domain.FoldEmail(c.Data.Email.Reveal())}
		return n
	}, domain.RegisterCustomer, domain.Registration),
	decide(events.UpdateCustomer, func(c events.Received[events.Change[events.CustomerFields]]) needs { return ownNeeds(c.Envelope) },
		domain.UpdateCustomer, ofChange(domain.Customer)),
	decide(events.DeleteCustomer, func(c events.Received[events.Deletion]) needs {
		return ownNeeds(c.Envelope, addressesOfCustomer, sessionsOfOwner, loginAccount)
	}, domain.DeleteCustomer),
}

// How customers are found.
var (
	customerByID      = byKey("customer", domain.CustomerRows)
	customerReadBy    = byKey("customer who is only read", domain.CustomerRows)
	customerByEmail   = throughText("customer with an address")
	customerOfSession = through("customer whose session it is")
)

// ownNeeds is the customer who asks for something of their own, and what else is theirs; nothing is needed to refuse anybody else.
func ownNeeds(e events.Envelope, others ...*need) needs {
	if !domain.OwnCustomer(e) {
		return nil
	}
	n := needs{customerByID: {e.Subject}}
	for _, other := range others {
		n[other] = []string{e.Subject}
	}
	return n
}

var customerTable = table{
	lock: query{sql: `select from customer where id = any($1::uuid[]) order by id for no key update`, by: []*need{customerByID}},
	read: query{
		sql: `select ` + customerColumns + `, email, password_hash, deleted_at from customer where id = any($1::uuid[] || $2::uuid[]
			|| array(select c.id from customer c where c.email = any($3::text[]) and c.deleted_at is null)
			|| array(select s.owner_id from session s where s.id = any($4::uuid[])))`,
		by: []*need{customerByID, customerReadBy, customerByEmail, customerOfSession},
	},
	load: loads(domain.CustomerRows, scanStoredCustomer, func(c domain.StoredCustomer) string { return c.ID }),
	save: func(_ moment, rows *domain.Rows) []write {
		return customerSet.saves(domain.CustomerRows.Changes(rows), versionOfCustomer)
	},
}

func versionOfCustomer(c domain.StoredCustomer) int64 { return c.Version }

var customerSet = setOf("customer", []field[domain.StoredCustomer]{
	col("id", "uuid", func(c domain.StoredCustomer) string { return c.ID }),
	col("version", "bigint", versionOfCustomer),
	col("created_at", "timestamptz", func(c domain.StoredCustomer) time.Time { return c.CreatedAt }),
	col("updated_at", "timestamptz", func(c domain.StoredCustomer) time.Time { return c.UpdatedAt }),
	col("deleted_at", "timestamptz", func(c domain.StoredCustomer) *time.Time { return c.DeletedAt }),
	col("email", "text", func(c domain.StoredCustomer) string { return c.Address }),
	col("email_cipher", "text", func(c domain.StoredCustomer) events.Personal { return c.Email }),
	col("name", "text", func(c domain.StoredCustomer) events.Personal { return c.Name }),
	col("phone", "text", func(c domain.StoredCustomer) events.Personal { return c.Phone }),
	col("password_hash", "text", func(c domain.StoredCustomer) events.Personal { return c.PasswordHash }),
	col("status", "text", func(c domain.StoredCustomer) string { return string(c.Status) }),
}, "version", "updated_at", "deleted_at", "email", "email_cipher", "name", "phone", "password_hash", "status")

func customerDestinations(c *events.CustomerState) []any {
	return []any{&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Email, &c.Name, &c.Phone, &c.Status, &c.EmailVerified}
}

func scanStoredCustomer(row pgx.CollectableRow) (c domain.StoredCustomer, err error) {
	err = row.Scan(append(customerDestinations(&c.CustomerState), &c.Address, &c.PasswordHash, &c.DeletedAt)...)
	utc(&c.Meta)
	return c, err
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
	err = row.Scan(customerDestinations(&c)...)
	utc(&c.Meta)
	return c, err
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
