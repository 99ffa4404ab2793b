package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const customerColumns = `id::text, version, created_at, updated_at, email_cipher, name, phone, language, status, email_verified`

// customer is who buys: their accounts.
var customer = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.RegisterCustomer, func(c events.Received[events.NewCustomer]) inbox.Needs {
			n := loginNeeds(c.Subject, c.Data.Network)
			n[customerByID], n[customerHeldByEmail] = []string{c.Subject}, []string{domain.FoldEmail(c.Data.Email.Plaintext())}
			n[resetByID] = []string{c.Subject}
			n[networkTries] = []string{domain.NetworkKey(domain.RegistrationsAtNetwork, c.Data.Network)}
			return n
		}, domain.RegisterCustomer, domain.Registration),
		inbox.Decide(events.UpdateCustomer, func(c events.Received[events.Change[events.CustomerFields]]) inbox.Needs { return ownNeeds(c.Envelope) },
			domain.UpdateCustomer, inbox.OfChange(domain.Customer)),
		inbox.Decide(events.DeleteCustomer, func(c events.Received[events.Deletion]) inbox.Needs {
			return ownNeeds(c.Envelope, addressesOfCustomer, sessionsOfOwner, loginAccount, unpaidOrdersOf, verificationOfCustomer, cartOfCustomer)
		}, domain.DeleteCustomer),
		inbox.Decide(events.SetCustomerStatus, func(c events.Received[events.CustomerStatusChange]) inbox.Needs {
			return inbox.Needs{customerByID: {c.Subject}, sessionsOfOwner: {c.Subject}, verificationOfCustomer: {c.Subject}, resetOfAccount: {c.Subject}}
		}, domain.SetCustomerStatus, domain.CustomerStatus),
		inbox.Decide(events.EraseCustomer, func(c events.Received[events.Deletion]) inbox.Needs {
			return inbox.Needs{
				customerByID: {c.Subject}, addressesOfCustomer: {c.Subject}, sessionsOfOwner: {c.Subject}, loginAccount: {c.Subject}, unpaidOrdersOf: {c.Subject},
				verificationOfCustomer: {c.Subject}, cartOfCustomer: {c.Subject},
			}
		}, domain.EraseCustomer),
		inbox.Decide(events.ChangeCustomerPassword, func(c events.Received[events.NewPassword]) inbox.Needs {
			return ownNeeds(c.Envelope, sessionsOfOwner, verificationOfCustomer, resetOfAccount)
		}, domain.ChangeCustomerPassword),
	},
	Tables: []inbox.Table{customerTable},
	Queries: []inbox.Query{
		inbox.Answer(events.GetCustomer, getCustomer), inbox.Answer(events.ListCustomers, listCustomers), inbox.Answer(events.GetCustomerCredentials, customerCredentials),
		inbox.Answer(events.GetOwnCredentials, customerCredentials), inbox.Answer(events.ExportCustomer, exportCustomer),
	},
	Refusals: map[string]*events.Problem{"live customers have different addresses": domain.EmailTaken},
	Sweep:    erasing{Settled: 30 * time.Second, Again: time.Hour}.sweep,
}

// How customers are found.
var (
	customerByID        = inbox.ByKey("customer", domain.CustomerRows)
	customerReadOnly    = inbox.ByKey("customer who is only read", domain.CustomerRows)
	customerHeldByEmail = inbox.ThroughText("customer with an address, who is locked")
	customerOfSession   = inbox.Through("customer whose session it is")
)

// ownNeeds is the customer who asks for something of their own, and what else is theirs; nothing is needed to refuse anybody else.
func ownNeeds(e events.Envelope, others ...*inbox.Need) inbox.Needs {
	if !domain.OwnCustomer(e) {
		return nil
	}
	n := inbox.Needs{customerByID: {e.Subject}}
	for _, other := range others {
		n[other] = []string{e.Subject}
	}
	return n
}

var customerTable = inbox.Table{
	Writes: []string{"customer", "erasure"}, // which a trigger writes
	Take: inbox.Statement{
		SQL: `select ` + customerColumns + `, email, mailbox, password_hash, deleted_at from customer where id = any($1::uuid[]
			|| array(select h.id from customer h where h.email = any($2::text[]) and h.deleted_at is null)) order by id for no key update`,
		By: []*inbox.Need{customerByID, customerHeldByEmail},
	},
	Read: inbox.Statement{
		SQL: `select ` + customerColumns + `, email, mailbox, password_hash, deleted_at from customer where id = any($1::uuid[]
			|| array(select s.owner_id from session s where s.id = any($2::uuid[])))`,
		By: []*inbox.Need{customerReadOnly, customerOfSession},
	},
	Load: inbox.Loads(domain.CustomerRows, scanStoredCustomer, func(c domain.StoredCustomer) string { return c.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(customerSet, domain.CustomerRows.Changes(rows), versionOfCustomer)
	},
}

func versionOfCustomer(c domain.StoredCustomer) int64 { return c.Version }

var customerSet = pg.SetOf("customer", []pg.Column[domain.StoredCustomer]{
	pg.Col("id", "uuid", func(c domain.StoredCustomer) string { return c.ID }),
	pg.Col("version", "bigint", versionOfCustomer),
	pg.Col("created_at", "timestamptz", func(c domain.StoredCustomer) time.Time { return c.CreatedAt }),
	pg.Col("updated_at", "timestamptz", func(c domain.StoredCustomer) time.Time { return c.UpdatedAt }),
	pg.Col("deleted_at", "timestamptz", func(c domain.StoredCustomer) *time.Time { return c.DeletedAt }),
	pg.Col("email", "text", func(c domain.StoredCustomer) string { return c.Address }),
	pg.Col("mailbox", "text", func(c domain.StoredCustomer) string { return c.Mailbox }),
	pg.Col("email_cipher", "text", func(c domain.StoredCustomer) events.Personal { return c.Email }),
	pg.Col("name", "text", func(c domain.StoredCustomer) events.Personal { return c.Name }),
	pg.Col("phone", "text", func(c domain.StoredCustomer) events.Personal { return c.Phone }),
	pg.Col("language", "text", func(c domain.StoredCustomer) string { return string(c.Language) }),
	pg.Col("password_hash", "text", func(c domain.StoredCustomer) events.Personal { return c.PasswordHash }),
	pg.Col("status", "text", func(c domain.StoredCustomer) string { return string(c.Status) }),
	pg.Col("email_verified", "bool", func(c domain.StoredCustomer) bool { return c.EmailVerified }),
}, "version", "updated_at", "deleted_at", "email", "mailbox", "email_cipher", "name", "phone", "language", "password_hash", "status", "email_verified")

func customerDestinations(c *events.CustomerState) []any {
	return []any{&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.Email, &c.Name, &c.Phone, &c.Language, &c.Status, &c.EmailVerified}
}

func scanStoredCustomer(row pgx.CollectableRow) (c domain.StoredCustomer, err error) {
	err = row.Scan(append(customerDestinations(&c.CustomerState), &c.Address, &c.Mailbox, &c.PasswordHash, &c.DeletedAt)...)
	utc(&c.Meta)
	return c, err
}

var customerList = pg.Listing[events.CustomerState]{
	Columns:     customerColumns,
	From:        `customer where customer.deleted_at is null`,
	ID:          `customer.id`,
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: `customer.created_at`, Type: "timestamptz"}},
	DefaultSort: "-createdAt",
	Scan:        scanCustomer,
}

func scanCustomer(row pgx.CollectableRow) (c events.CustomerState, err error) {
	err = row.Scan(customerDestinations(&c)...)
	utc(&c.Meta)
	return c, err
}

func getCustomer(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.CustomerState, error) {
	return inbox.AtLeast(ctx, s, "customer", e.Data.ID, e.Data.MinVersion, func() (events.CustomerState, int64, error) {
		rows, err := s.Reads.Query(ctx, `select `+customerColumns+` from customer where id = $1 and deleted_at is null`, e.Data.ID)
		if err != nil {
			return events.CustomerState{}, 0, err
		}
		c, err := pgx.CollectExactlyOneRow(rows, scanCustomer)
		return c, c.Version, err
	})
}

func listCustomers(ctx context.Context, s *inbox.Store, e events.Received[events.CustomerFilter]) (events.Page[events.CustomerState], error) {
	var f pg.Filter
	if !e.Data.Email.IsZero() {
		f.And(`customer.email = ?`, domain.FoldEmail(e.Data.Email.Plaintext()))
	}
	return customerList.Page(ctx, s.Reads, e.Data.Paging, &f)
}
