package db

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const userColumns = `id::text, version, created_at, updated_at, email_cipher, name, roles, status`

var userMutations = []mutation{
	decide(events.CreateUser, newUserNeeds, domain.CreateUser, domain.Staff),
	decide(events.EnsureOwner, func(c events.Received[events.NewUser]) needs {
		if c.By.Type != events.System {
			return nil
		}
		n := newUserNeeds(c)
		n[anyUser] = []string{domain.TheStaff}
		return n
	}, domain.EnsureOwner, domain.Staff),
	decide(events.UpdateUser, func(c events.Received[events.Change[events.UserFields]]) needs {
		n := changedUser(c.Subject)
		n[userByEmail] = []string{domain.FoldEmail(c.Data.Fields.Email.Reveal())}
		n[userByID] = append(n[userByID], ifAny(domain.StaffID(c.Envelope))...)
		return n
	}, domain.UpdateUser, ofChange(domain.User)),
	decide(events.DeleteUser, func(c events.Received[events.Deletion]) needs {
		n := changedUser(c.Subject)
		n[loginAccount] = []string{c.Subject}
		return n
	}, domain.DeleteUser),
	decide(events.ChangeUserPassword, func(c events.Received[events.NewPassword]) needs {
		return needs{userByID: {c.Subject}, sessionsOfOwner: {c.Subject}}
	}, domain.ChangeUserPassword),
}

// How members of staff are found.
var (
	userByID      = byKey("user", domain.UserRows)
	userReadBy    = byKey("user who is only read", domain.UserRows)
	userByEmail   = throughText("user with an address")
	userOfSession = through("user whose session it is")
	activeOwners  = throughText("active owners") // whatever the key
	anyUser       = &need{name: "is there any user", ask: domain.Staffed.Ask, text: true}
)

func newUserNeeds(c events.Received[events.NewUser]) needs {
	return needs{userByID: {c.Subject}, userByEmail: {domain.FoldEmail(c.Data.Email.Reveal())}}
}

// changedUser is a member of staff with their sessions and every active owner: of two owners who dismiss each other one comes second, and
// sees it.
func changedUser(id string) needs {
	return needs{userByID: {id}, activeOwners: {domain.TheStaff}, sessionsOfOwner: {id}}
}

const (
	lockedUsers = `$1::uuid[] || array(select o.id from staff o where cardinality($2::text[]) > 0 and o.deleted_at is null and o.status = 'active' and 'owner' = any(o.roles))`
)

var userTable = table{
	lock: query{sql: `select from staff where id = any(` + lockedUsers + `) order by id for no key update`, by: []*need{userByID, activeOwners}},
	read: query{
		sql: `select ` + userColumns + `, email, password_hash, deleted_at from staff where id = any(` + lockedUsers + ` || $3::uuid[]
			|| array(select u.id from staff u where u.email = any($4::text[]) and u.deleted_at is null)
			|| array(select s.owner_id from session s where s.id = any($5::uuid[])))`,
		by: []*need{userByID, activeOwners, userReadBy, userByEmail, userOfSession},
	},
	load: loads(domain.UserRows, scanStoredUser, func(u domain.StoredUser) string { return u.ID }),
	save: func(_ moment, rows *domain.Rows) []write {
		return userSet.saves(domain.UserRows.Changes(rows), versionOfUser)
	},
}

// anyUserTable keeps two first owners from being made at once.
var anyUserTable = table{
	lock: query{sql: `select pg_advisory_xact_lock(hashtext('the first owner')) from unnest($1::text[]) limit 1`, by: []*need{anyUser}},
	read: query{sql: `select exists (select from staff where deleted_at is null) from unnest($1::text[]) limit 1`, by: []*need{anyUser}},
	load: loads(domain.Staffed, pgx.RowTo[bool], func(bool) string { return domain.TheStaff }),
}

func versionOfUser(u domain.StoredUser) int64 { return u.Version }

var userSet = setOf("staff", []field[domain.StoredUser]{
	col("id", "uuid", func(u domain.StoredUser) string { return u.ID }),
	col("version", "bigint", versionOfUser),
	col("created_at", "timestamptz", func(u domain.StoredUser) time.Time { return u.CreatedAt }),
	col("updated_at", "timestamptz", func(u domain.StoredUser) time.Time { return u.UpdatedAt }),
	col("deleted_at", "timestamptz", func(u domain.StoredUser) *time.Time { return u.DeletedAt }),
	col("email", "text", func(u domain.StoredUser) string { return u.Address }),
	col("email_cipher", "text", func(u domain.StoredUser) events.Personal { return u.Email }),
	col("name", "text", func(u domain.StoredUser) events.Personal { return u.Name }),
	col("password_hash", "text", func(u domain.StoredUser) events.Personal { return u.PasswordHash }),
	col("roles", "text", rolesOf).as("string_to_array(c.roles, ',')"), // lists of lists are no rows
	col("status", "text", func(u domain.StoredUser) string { return string(u.Status) }),
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

var userList = listing[events.UserState]{
	columns: userColumns,
	from:    `staff where staff.deleted_at is null`,
	id:      `staff.id`,
	orders:  map[string]column{"createdAt": {`staff.created_at`, "timestamptz"}},
	usual:   "-createdAt",
	scan:    scanUser,
}

func scanUser(row pgx.CollectableRow) (u events.UserState, err error) {
	err = row.Scan(userDestinations(&u)...)
	utc(&u.Meta)
	return u, err
}
