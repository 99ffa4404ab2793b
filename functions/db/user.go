package db

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const userColumns = `id::text, version, created_at, updated_at, email_cipher, name, roles, status`

// user is the staff: their accounts and what they may do.
var user = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateUser, newUserNeeds, domain.CreateUser, domain.Staff),
		inbox.Decide(events.EnsureOwner, func(c events.Received[events.NewUser]) inbox.Needs {
			if c.By.Type != events.System {
				return nil
			}
			n := newUserNeeds(c)
			n[anyUser] = []string{theStaff}
			return n
		}, domain.EnsureOwner, domain.Staff),
		inbox.Decide(events.UpdateUser, func(c events.Received[events.Change[events.UserFields]]) inbox.Needs {
			n := changedUser(c.Subject)
			n[userByEmail] = []string{domain.FoldEmail(c.Data.Fields.Email.Plaintext())}
			n[userByID] = append(n[userByID], ifAny(domain.StaffID(c.Envelope))...)
			return n
		}, domain.UpdateUser, inbox.OfChange(domain.User)),
		inbox.Decide(events.DeleteUser, func(c events.Received[events.Deletion]) inbox.Needs {
			n := changedUser(c.Subject)
			n[loginAccount] = []string{c.Subject}
			return n
		}, domain.DeleteUser),
		inbox.Decide(events.ChangeUserPassword, func(c events.Received[events.NewPassword]) inbox.Needs {
			return inbox.Needs{userByID: {c.Subject}, sessionsOfOwner: {c.Subject}, resetOfAccount: {c.Subject}}
		}, domain.ChangeUserPassword),
	},
	Tables: []inbox.Table{anyUserTable, userTable},
	Queries: []inbox.Query{
		inbox.Answer(events.GetUser, getUser), inbox.Answer(events.ListUsers, listUsers), inbox.Answer(events.GetUserName, getUserName), inbox.Answer(events.FindStaff, findStaff), inbox.Answer(events.GetUserCredentials, userCredentials),
	},
	Refusals: map[string]*events.Problem{"live staff have different addresses": domain.EmailTaken},
}

// How members of staff are found.
var (
	userByID        = inbox.ByKey("user", domain.UserRows)
	userReadOnly    = inbox.ByKey("user who is only read", domain.UserRows)
	userByEmail     = inbox.ThroughText("user with an address")
	userHeldByEmail = inbox.ThroughText("user with an address, who is locked")
	userOfSession   = inbox.Through("user whose session it is")
	activeOwners    = inbox.ThroughText("active owners") // whatever the key
	anyUser         = inbox.ThroughText("any users")     // more of them than a batch could dismiss
)

// theStaff is the key of what is found of all of them.
const theStaff = "the staff"

func newUserNeeds(c events.Received[events.NewUser]) inbox.Needs {
	return inbox.Needs{userByID: {c.Subject}, resetByID: {c.Subject}, userByEmail: {domain.FoldEmail(c.Data.Email.Plaintext())}}
}

// changedUser is a member of staff with their sessions, their link to a new password and every active owner: of two owners who dismiss each other one comes second, and
// sees it.
func changedUser(id string) inbox.Needs {
	return inbox.Needs{userByID: {id}, activeOwners: {theStaff}, sessionsOfOwner: {id}, resetOfAccount: {id}}
}

// lockedUsers are those whose rows are locked: by id, the active owners, and whoever has an address.
const lockedUsers = `$1::uuid[] || array(select o.id from staff o where cardinality($2::text[]) > 0 and o.deleted_at is null and o.status = 'active' and 'owner' = any(o.roles))
	|| array(select h.id from staff h where h.email = any($3::text[]) and h.deleted_at is null)`

var userTable = inbox.Table{
	Writes: []string{"staff"},
	Lock:   inbox.Statement{SQL: `select from staff where id = any(` + lockedUsers + `) order by id for no key update`, By: []*inbox.Need{userByID, activeOwners, userHeldByEmail}},
	Read: inbox.Statement{
		SQL: `select ` + userColumns + `, email, password_hash, deleted_at from staff where id = any(` + lockedUsers + ` || $4::uuid[]
			|| array(select u.id from staff u where u.email = any($5::text[]) and u.deleted_at is null)
			|| array(select s.owner_id from session s where s.id = any($6::uuid[]))
			|| array(select a.id from staff a where cardinality($7::text[]) > 0 and a.deleted_at is null limit 1000))`,
		By: []*inbox.Need{userByID, activeOwners, userHeldByEmail, userReadOnly, userByEmail, userOfSession, anyUser},
	},
	Load: inbox.Loads(domain.UserRows, scanStoredUser, func(u domain.StoredUser) string { return u.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(userSet, domain.UserRows.Changes(rows), versionOfUser)
	},
}

// anyUserTable keeps two first owners from being made at once.
var anyUserTable = inbox.Table{
	Lock: inbox.Statement{SQL: `select pg_advisory_xact_lock(hashtext('the first owner')) from unnest($1::text[]) limit 1`, By: []*inbox.Need{anyUser}},
}

func versionOfUser(u domain.StoredUser) int64 { return u.Version }

var userSet = pg.SetOf("staff", []pg.Column[domain.StoredUser]{
	pg.Col("id", "uuid", func(u domain.StoredUser) string { return u.ID }),
	pg.Col("version", "bigint", versionOfUser),
	pg.Col("created_at", "timestamptz", func(u domain.StoredUser) time.Time { return u.CreatedAt }),
	pg.Col("updated_at", "timestamptz", func(u domain.StoredUser) time.Time { return u.UpdatedAt }),
	pg.Col("deleted_at", "timestamptz", func(u domain.StoredUser) *time.Time { return u.DeletedAt }),
	pg.Col("email", "text", func(u domain.StoredUser) string { return u.Address }),
	pg.Col("email_cipher", "text", func(u domain.StoredUser) events.Personal { return u.Email }),
	pg.Col("name", "text", func(u domain.StoredUser) events.Personal { return u.Name }),
	pg.Col("password_hash", "text", func(u domain.StoredUser) events.Personal { return u.PasswordHash }),
	pg.Col("roles", "text", rolesOf).As("string_to_array(c.roles, ',')"), // lists of lists are no rows
	pg.Col("status", "text", func(u domain.StoredUser) string { return string(u.Status) }),
}, "version", "updated_at", "deleted_at", "email", "email_cipher", "name", "password_hash", "roles", "status")

func rolesOf(u domain.StoredUser) string {
	roles := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		roles[i] = string(r)
	}
	return strings.Join(roles, ",")
}

func userDestinations(u *events.UserState) []any {
	return []any{&u.ID, &u.Version, &u.CreatedAt, &u.UpdatedAt, &u.Email, &u.Name, &u.Roles, &u.Status}
}

func scanStoredUser(row pgx.CollectableRow) (u domain.StoredUser, err error) {
	err = row.Scan(append(userDestinations(&u.UserState), &u.Address, &u.PasswordHash, &u.DeletedAt)...)
	utc(&u.Meta)
	return u, err
}

var userList = pg.Listing[events.UserState]{
	Columns:     userColumns,
	From:        `staff where staff.deleted_at is null`,
	ID:          `staff.id`,
	Orders:      map[string]pg.SortColumn{"createdAt": {SQL: `staff.created_at`, Type: "timestamptz"}},
	DefaultSort: "-createdAt",
	Scan:        scanUser,
}

func scanUser(row pgx.CollectableRow) (u events.UserState, err error) {
	err = row.Scan(userDestinations(&u)...)
	utc(&u.Meta)
	return u, err
}

// selectAccounts gives those who ask, as they are now, and of the log-ins by which they ask those that have ended. $1 ids of staff, $2 ids of customers, $3 of sessions.
const selectAccounts = `
	select 'user'::text, id::text, status, roles, null::timestamptz from staff where id = any($1::uuid[]) and deleted_at is null
	union all
	select 'app_user'::text, id::text, status, '{}'::text[], null from customer where id = any($2::uuid[]) and deleted_at is null
	union all
	select '', id::text, '', '{}'::text[], revoked_at from session where id = any($3::uuid[]) and revoked_at is not null`

// accounts are those of staff and of customers.
var accounts = inbox.Accounts{
	SQL:     selectAccounts,
	Of:      domain.AccountOf,
	Grants:  func(r events.Role, p events.Permission) bool { return domain.Grants([]events.Role{r}, p) },
	Over:    domain.SessionOver,
	ErrOver: domain.ErrSessionOver,
}

func getUser(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.UserState, error) {
	if err := s.Permit(ctx, e.By, domain.ReadsUser(e.By, e.Data.ID)); err != nil {
		return events.UserState{}, err
	}
	return inbox.AtLeast(ctx, s, "user", e.Data.ID, e.Data.MinVersion, func() (events.UserState, int64, error) {
		rows, err := s.Reads.Query(ctx, `select `+userColumns+` from staff where id = $1 and deleted_at is null`, e.Data.ID)
		if err != nil {
			return events.UserState{}, 0, err
		}
		u, err := pgx.CollectExactlyOneRow(rows, scanUser)
		return u, u.Version, err
	})
}

// getUserName answers with what a member of staff is called, whoever they are. Error: Problem not_found.
func getUserName(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (u events.UserName, err error) {
	err = s.Reads.QueryRow(ctx, `select id::text, name from staff where id = $1 and deleted_at is null`, e.Data.ID).Scan(&u.ID, &u.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		err = events.NotFound("user", e.Data.ID)
	}
	return u, err
}

func listUsers(ctx context.Context, s *inbox.Store, e events.Received[events.UserFilter]) (events.Page[events.UserState], error) {
	return userList.Page(ctx, s.Reads, e.Data.Paging, &pg.Filter{})
}

// findStaff answers with whoever of the staff may do something and may log in.
func findStaff(ctx context.Context, s *inbox.Store, e events.Received[events.StaffQuestion]) (found events.StaffFound, err error) {
	rows, err := s.Reads.Query(ctx, `select id::text, roles from staff where deleted_at is null and status = 'active' order by id`)
	if err != nil {
		return found, err
	}
	var id string
	var roles []events.Role
	found.IDs = []string{}
	_, err = pgx.ForEachRow(rows, []any{&id, &roles}, func() error {
		if domain.Grants(roles, e.Data.May) {
			found.IDs = append(found.IDs, id)
		}
		return nil
	})
	return found, err
}

const (
	selectStaffCredentials    = `select id::text, password_hash, status, roles from staff where deleted_at is null and `
	selectCustomerCredentials = `select id::text, password_hash, status, '{}'::text[] from customer where deleted_at is null and `
)

func userCredentials(ctx context.Context, s *inbox.Store, e events.Received[events.CredentialsQuestion]) (events.Credentials, error) {
	return credentials(ctx, s, "user", selectStaffCredentials, e.Data)
}

func customerCredentials(ctx context.Context, s *inbox.Store, e events.Received[events.CredentialsQuestion]) (events.Credentials, error) {
	return credentials(ctx, s, "customer", selectCustomerCredentials, e.Data)
}

// credentials are found by the id, else by the folded address.
func credentials(ctx context.Context, s *inbox.Store, noun, sql string, q events.CredentialsQuestion) (c events.Credentials, err error) {
	by, value := `id = $1`, q.ID
	if q.ID == "" {
		by, value = `email = $1`, domain.FoldEmail(q.Email.Plaintext())
	} else if uuid.Validate(q.ID) != nil {
		return c, events.NotFound(noun, q.ID)
	}
	err = s.Reads.QueryRow(ctx, sql+by, value).Scan(&c.ID, &c.PasswordHash, &c.Status, &c.Roles)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, events.NotFound(noun, q.ID)
	}
	return c, err
}
