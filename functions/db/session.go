package db

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

const sessionColumns = `id::text, version, created_at, updated_at, client_id, owner_type, owner_id::text, expires_at, revoked_at is not null`

var sessionMutations = []mutation{
	on(events.CreateSession, createSession),
	on(events.RotateSession, rotateSession),
	on(events.RevokeSession, revokeSession),
}

// errNoGrant says as little as OAuth does: not whether the token was wrong, old or revoked.
var errNoGrant = events.Refuse("invalid_grant", "The refresh token is not valid any more. Log in again.")

func scanSession(row pgx.CollectableRow) (s events.SessionState, err error) {
	err = row.Scan(&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.ClientID, &s.Owner.Type, &s.Owner.ID, &s.ExpiresAt, &s.Revoked)
	utc(&s.Meta)
	s.ExpiresAt = s.ExpiresAt.UTC()
	return s, err
}

// standings are the accounts sessions belong to, by the kind of their owner.
var standings = map[events.AuthType]string{
	events.Staff:   `select status, roles from staff where id = $1 and deleted_at is null`,
	events.Shopper: `select status, '{}'::text[] from customer where id = $1 and deleted_at is null`,
}

// standing is the account as it is now; a zero one when there is none. lock is "" or a locking clause.
func standing(ctx context.Context, tx *Tx, owner events.Principal, lock string) (a Account, err error) {
	sql, ok := standings[owner.Type]
	if !ok || uuid.Validate(owner.ID) != nil {
		return a, nil
	}
	err = tx.QueryRow(ctx, sql+lock, owner.ID).Scan(&a.Status, &a.Roles)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, nil
	}
	return a, err
}

// createSession locks the account against a change of its password, which ends all sessions, this one included.
func createSession(ctx context.Context, tx *Tx, c events.Received[events.NewSession]) ([]events.Outgoing, error) {
	account, err := standing(ctx, tx, c.Data.Owner, " for share")
	if err != nil {
		return nil, err
	}
	if account.Status != events.AccountActive || !c.Data.ExpiresAt.After(tx.Now) {
		return nil, errNoGrant
	}
	if _, err := tx.Exec(ctx, `
		delete from session where owner_id = $1 and (expires_at < $2 or revoked_at < $2 - interval '7 days')`, c.Data.Owner.ID, tx.Now); err != nil {
		return nil, err
	}
	rows, err := tx.Write(ctx, `
		with token as (insert into refresh_token (hash, session_id) values ($6, $1))
		insert into session (id, created_at, updated_at, client_id, owner_type, owner_id, refresh_hash, expires_at)
		values ($1, $2, $2, $3, $4, $5, $6, $7) returning `+sessionColumns,
		c.Subject, tx.Now, c.Data.ClientID, c.Data.Owner.Type, c.Data.Owner.ID, c.Data.RefreshHash, c.Data.ExpiresAt)
	if err != nil {
		return nil, err
	}
	return concerning(rows, account, events.SessionCreated)
}

// concerning tells of a session, with the roles its owner has now.
func concerning(rows pgx.Rows, account Account, done events.Message[events.SessionState]) ([]events.Outgoing, error) {
	s, err := pgx.CollectExactlyOneRow(rows, scanSession)
	if err != nil {
		return nil, err
	}
	s.Roles = account.Roles
	return events.Send(done.New(s.ID, s)), nil
}

// family is a locked session.
type family struct {
	events.SessionState
	hash string // of the newest refresh token
}

// lockFamily finds the live session by its id, provided that hash is or was one of its refresh tokens. Error: errNoGrant.
func lockFamily(ctx context.Context, tx *Tx, id, hash string) (f family, err error) {
	if uuid.Validate(id) != nil {
		return f, errNoGrant
	}
	err = tx.QueryRow(ctx, `
		select `+sessionColumns+`, refresh_hash from session
		where id = $1 and revoked_at is null and expires_at > $2 and exists (select from refresh_token t where t.hash = $3 and t.session_id = session.id)
		for update`, id, tx.Now, hash).
		Scan(&f.ID, &f.Version, &f.CreatedAt, &f.UpdatedAt, &f.ClientID, &f.Owner.Type, &f.Owner.ID, &f.ExpiresAt, &f.Revoked, &f.hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, errNoGrant
	}
	return f, err
}

// rotateSession exchanges the newest refresh token for the next. An earlier one means that somebody has a copy, and nobody knows
// which of the two is the owner: the family ends. So does one whose owner may not log in any more. Source: RFC 9700 §4.14.2.
func rotateSession(ctx context.Context, tx *Tx, c events.Received[events.Rotation]) ([]events.Outgoing, error) {
	f, err := lockFamily(ctx, tx, c.Subject, c.Data.PresentedHash)
	if err != nil {
		return nil, err
	}
	if f.ClientID != c.Data.ClientID || !c.Data.ExpiresAt.After(tx.Now) {
		return nil, errNoGrant
	}
	account, err := standing(ctx, tx, f.Owner, "")
	if err != nil {
		return nil, err
	}
	if f.hash != c.Data.PresentedHash || account.Status != events.AccountActive {
		return revoke(ctx, tx, f.ID)
	}
	rows, err := tx.Write(ctx, `
		with token as (insert into refresh_token (hash, session_id) values ($2, $1))
		update session set refresh_hash = $2, expires_at = $3, version = version + 1, updated_at = $4
		where id = $1 returning `+sessionColumns, f.ID, c.Data.NextHash, c.Data.ExpiresAt, tx.Now)
	if err != nil {
		return nil, err
	}
	return concerning(rows, account, events.SessionRotated)
}

func revokeSession(ctx context.Context, tx *Tx, c events.Received[events.Revocation]) ([]events.Outgoing, error) {
	f, err := lockFamily(ctx, tx, c.Subject, c.Data.RefreshHash)
	if err != nil {
		return nil, err
	}
	return revoke(ctx, tx, f.ID)
}

func revoke(ctx context.Context, tx *Tx, id string) ([]events.Outgoing, error) {
	rows, err := tx.Write(ctx, `
		update session set revoked_at = $2, version = version + 1, updated_at = $2 where id = $1 returning `+sessionColumns, id, tx.Now)
	if err != nil {
		return nil, err
	}
	return concerning(rows, Account{}, events.SessionRevoked)
}

// endSessions logs an account out everywhere. It tells nobody: access tokens end within minutes.
func endSessions(ctx context.Context, tx *Tx, owner string) error {
	_, err := tx.Exec(ctx, `
		update session set revoked_at = $2, version = version + 1, updated_at = $2 where owner_id = $1 and revoked_at is null`, owner, tx.Now)
	return err
}

// findSession finds a session by any refresh token of its family.
func (s *Store) findSession(ctx context.Context, e events.Received[events.SessionQuestion]) (found events.SessionState, err error) {
	err = s.reads.QueryRow(ctx, `
		select `+sessionColumns+`, refresh_hash = $1 from session where id = (select session_id from refresh_token where hash = $1)`, e.Data.RefreshHash).
		Scan(&found.ID, &found.Version, &found.CreatedAt, &found.UpdatedAt, &found.ClientID, &found.Owner.Type, &found.Owner.ID, &found.ExpiresAt, &found.Revoked, &found.Current)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, &events.Problem{Status: 404, Code: "not_found", Detail: "There is no session with this refresh token."}
	}
	utc(&found.Meta)
	found.ExpiresAt = found.ExpiresAt.UTC()
	return found, err
}
