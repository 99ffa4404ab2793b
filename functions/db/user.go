package db

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const userColumns = `id::text, version, created_at, updated_at, email_cipher, name, roles, status`

var userMutations = []mutation{
	once(events.CreateUser, createUser, domain.Staff),
	on(events.EnsureOwner, ensureOwner, domain.Staff),
	on(events.UpdateUser, updateUser, ofChange(domain.User)),
	on(events.DeleteUser, deleteUser),
	on(events.ChangeUserPassword, changeUserPassword),
}

var userList = listing[events.UserState]{
	columns: userColumns,
	from:    `staff where staff.deleted_at is null`,
	id:      `staff.id`,
	orders:  map[string]column{"createdAt": {`staff.created_at`, "timestamptz"}},
	usual:   "-createdAt",
	scan:    scanUser,
}

var errEmailTaken = events.Refuse("email_taken", "There is an account with this e-mail address already.")

func scanUser(row pgx.CollectableRow) (u events.UserState, err error) {
	err = row.Scan(&u.ID, &u.Version, &u.CreatedAt, &u.UpdatedAt, &u.Email, &u.Name, &u.Roles, &u.Status)
	utc(&u.Meta)
	return u, err
}

// collected reads the one row of a statement and says what was done.
func collected[S any](subject string, scan func(pgx.CollectableRow) (S, error), done events.Message[S]) func(pgx.Rows) ([]events.Outgoing, error) {
	return func(rows pgx.Rows) ([]events.Outgoing, error) {
		state, err := pgx.CollectExactlyOneRow(rows, scan)
		if err != nil {
			return nil, err
		}
		return events.Send(done.New(subject, state)), nil
	}
}

func createUser(now time.Time, c events.Received[events.NewUser]) statement {
	return statement{
		sql: `insert into staff (id, created_at, updated_at, email, email_cipher, name, password_hash, roles)
			values ($1, $2, $2, $3, $4, $5, $6, $7) on conflict do nothing returning ` + userColumns,
		args: []any{c.Subject, now, domain.FoldEmail(c.Data.Email.Reveal()), c.Data.Email, c.Data.Name, c.Data.PasswordHash, c.Data.Roles},
		read: collected(c.Subject, scanUser, events.UserCreated),
		why:  func(context.Context, *Tx) error { return errEmailTaken },
	}
}

// ensureOwner makes the first owner. The lock keeps two first owners from being made at once.
func ensureOwner(ctx context.Context, tx *Tx, c events.Received[events.NewUser]) ([]events.Outgoing, error) {
	if c.By.Type != events.System {
		return nil, events.Forbidden("The first owner is made by the user function itself.")
	}
	if err := tx.QueryRow(ctx, `select from pg_advisory_xact_lock(hashtext('the first owner'))`).Scan(); err != nil {
		return nil, err
	}
	var staffed bool
	if err := tx.QueryRow(ctx, `select exists (select from staff where deleted_at is null)`).Scan(&staffed); err != nil {
		return nil, err
	}
	if staffed {
		return nil, events.Refuse("already_staffed", "There are members of staff already.")
	}
	c.Data.Roles = []events.Role{events.OwnerRole}
	st := createUser(tx.Now, c)
	rows, err := tx.Write(ctx, st.sql, st.args...)
	if err != nil {
		return nil, err
	}
	messages, err := st.read(rows)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errEmailTaken
	}
	return messages, err
}

// colleague is a locked member of staff.
type colleague struct {
	domain.Member
	version int64
	hash    string
}

// lockStaff locks some members of staff and every active owner, always in the same order, so that of two owners who dismiss each
// other one comes second and sees it.
func lockStaff(ctx context.Context, tx *Tx, ids ...string) (map[string]colleague, error) {
	rows, err := tx.Query(ctx, `
		select id::text, version, email, roles, status, password_hash from staff
		where deleted_at is null and (id = any($1::uuid[]) or status = 'active' and 'owner' = any(roles))
		order by id for update`, slices.DeleteFunc(ids, func(id string) bool { return id == "" }))
	if err != nil {
		return nil, err
	}
	found := map[string]colleague{}
	var m colleague
	_, err = pgx.ForEachRow(rows, []any{&m.ID, &m.version, &m.Email, &m.Roles, &m.Status, &m.hash}, func() error {
		found[m.ID] = m
		m.Roles = nil
		return nil
	})
	return found, err
}

// otherOwners counts the active owners beside one member of staff.
func otherOwners(staff map[string]colleague, but string) (n int) {
	for id, m := range staff {
		if id != but && m.Owns() {
			n++
		}
	}
	return n
}

// staffID is the id of whoever asks, when they are staff.
func staffID(e events.Envelope) string {
	if e.By.Type == events.Staff {
		return e.By.ID
	}
	return ""
}

func updateUser(ctx context.Context, tx *Tx, c events.Received[events.Change[events.UserFields]]) ([]events.Outgoing, error) {
	staff, err := lockStaff(ctx, tx, c.Subject, staffID(c.Envelope))
	if err != nil {
		return nil, err
	}
	before, ok := staff[c.Subject]
	if !ok {
		return nil, events.NotFound("user", c.Subject)
	}
	f := c.Data.Fields
	after := domain.Member{ID: c.Subject, Email: domain.FoldEmail(f.Email.Reveal()), Roles: f.Roles, Status: f.Status}
	if err := domain.ChangeMember(staff[staffID(c.Envelope)].Member, before.Member, after, otherOwners(staff, c.Subject)); err != nil {
		return nil, err
	}
	if before.version != c.Data.ExpectedVersion {
		return nil, events.Stale("user", before.version)
	}
	if err := taken(ctx, tx, `select from staff where email = $1 and id <> $2 and deleted_at is null`, after.Email, c.Subject, errEmailTaken); err != nil {
		return nil, err
	}
	if after.Status != before.Status || !slices.Equal(after.Roles, before.Roles) {
		if err := endSessions(ctx, tx, c.Subject); err != nil {
			return nil, err
		}
	}
	rows, err := tx.Write(ctx, `
		update staff set email = $2, email_cipher = $3, name = $4, roles = $5, status = $6, version = version + 1, updated_at = $7
		where id = $1 returning `+userColumns, c.Subject, after.Email, f.Email, f.Name, f.Roles, f.Status, tx.Now)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanUser, events.UserUpdated)(rows)
}

func deleteUser(ctx context.Context, tx *Tx, c events.Received[events.Deletion]) ([]events.Outgoing, error) {
	staff, err := lockStaff(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	m, ok := staff[c.Subject]
	if !ok {
		return nil, events.NotFound("user", c.Subject)
	}
	if m.version != c.Data.ExpectedVersion {
		return nil, events.Stale("user", m.version)
	}
	if err := domain.DismissMember(m.Member, otherOwners(staff, c.Subject)); err != nil {
		return nil, err
	}
	if err := endSessions(ctx, tx, c.Subject); err != nil {
		return nil, err
	}
	rows, err := tx.Write(ctx, `
		update staff set deleted_at = $2, status = 'disabled', password_hash = '', version = version + 1, updated_at = $2
		where id = $1 returning `+userColumns, c.Subject, tx.Now)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanUser, events.UserDeleted)(rows)
}

// changeUserPassword lets staff change their own, provided that it is still the one they have proven to know. Whoever is logged in
// with the old one is not any more.
func changeUserPassword(ctx context.Context, tx *Tx, c events.Received[events.NewPassword]) ([]events.Outgoing, error) {
	if staffID(c.Envelope) != c.Subject {
		return nil, events.Forbidden("Everybody changes their own password only.")
	}
	staff, err := lockStaff(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	m, ok := staff[c.Subject]
	switch {
	case !ok || m.Status != events.AccountActive:
		return nil, events.Forbidden("The account is not known or not active.")
	case m.hash != c.Data.PreviousHash.Ciphertext():
		return nil, events.Refuse("password_changed", "The password was changed meanwhile.")
	}
	if err := endSessions(ctx, tx, c.Subject); err != nil {
		return nil, err
	}
	rows, err := tx.Write(ctx, `
		update staff set password_hash = $2, version = version + 1, updated_at = $3
		where id = $1 returning `+userColumns, c.Subject, c.Data.PasswordHash, tx.Now)
	if err != nil {
		return nil, err
	}
	return collected(c.Subject, scanUser, events.UserPasswordChanged)(rows)
}
