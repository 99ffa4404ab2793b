package db

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const sessionColumns = `id::text, version, created_at, updated_at, client_id, owner_type, owner_id::text, expires_at, revoked_at is not null`

var sessionMutations = []mutation{
	decide(events.CreateSession, sessionNeeds, domain.CreateSession),
	decide(events.RotateSession, func(c events.Received[events.Rotation]) needs {
		n := familyNeeds(c.Subject, c.Data.PresentedHash)
		if n != nil {
			n[customerOfSession], n[userOfSession] = []string{c.Subject}, []string{c.Subject}
		}
		return n
	}, domain.RotateSession),
	decide(events.RevokeSession, func(c events.Received[events.Revocation]) needs { return familyNeeds(c.Subject, c.Data.RefreshHash) },
		domain.RevokeSession),
}

// How sessions are found.
var (
	sessionByID     = byKey("session", domain.SessionRows)
	sessionsOfOwner = through("sessions of an account")
	sessionOfToken  = &need{name: "session of a refresh token", ask: domain.RefreshTokens.Ask, text: true}
)

// sessionNeeds locks the account against a change of its password, which ends all sessions, this one included.
func sessionNeeds(c events.Received[events.NewSession]) needs {
	owner := c.Data.Owner
	if !domain.HasAccount(owner) {
		return nil
	}
	n := needs{sessionByID: {c.Subject}, sessionsOfOwner: {owner.ID}, customerByID: {owner.ID}}
	if owner.Type == events.Staff {
		delete(n, customerByID)
		n[userByID] = []string{owner.ID}
	}
	return n
}

// familyNeeds is a session by its id, and whose token it is that was shown.
func familyNeeds(id, hash string) needs {
	if uuid.Validate(id) != nil {
		return nil // nobody's
	}
	return needs{sessionByID: {id}, sessionOfToken: {hash}}
}

var sessionTable = table{
	lock: query{
		sql: `select from session where id = any($1::uuid[] || array(select s.id from session s where s.owner_id = any($2::uuid[])))
			order by id for no key update`,
		by: []*need{sessionByID, sessionsOfOwner},
	},
	read: query{
		sql: `select ` + sessionColumns + `, refresh_hash, revoked_at from session
			where id = any($1::uuid[] || array(select s.id from session s where s.owner_id = any($2::uuid[]) and s.revoked_at is null))`,
		by: []*need{sessionByID, sessionsOfOwner},
	},
	load: loads(domain.SessionRows, func(row pgx.CollectableRow) (s domain.StoredSession, err error) {
		err = row.Scan(append(sessionDestinations(&s.SessionState), &s.RefreshHash, &s.RevokedAt)...)
		utcSession(&s.SessionState)
		return s, err
	}, func(s domain.StoredSession) string { return s.ID }),
	save: func(now moment, rows *domain.Rows) []write {
		all := sessionSet.saves(domain.SessionRows.Changes(rows), versionOfSession)
		if owners := domain.TidiedOwners.Added(rows); len(owners) > 0 {
			all = append(all, write{tidySessions, []any{owners, now.at}, -1})
		}
		return all
	},
}

const tidySessions = `delete from session where owner_id = any($1::uuid[]) and (expires_at < $2 or revoked_at < $2 - interval '7 days')`

func versionOfSession(s domain.StoredSession) int64 { return s.Version }

var sessionSet = setOf("session", []field[domain.StoredSession]{
	col("id", "uuid", func(s domain.StoredSession) string { return s.ID }),
	col("version", "bigint", versionOfSession),
	col("created_at", "timestamptz", func(s domain.StoredSession) time.Time { return s.CreatedAt }),
	col("updated_at", "timestamptz", func(s domain.StoredSession) time.Time { return s.UpdatedAt }),
	col("client_id", "text", func(s domain.StoredSession) string { return s.ClientID }),
	col("owner_type", "text", func(s domain.StoredSession) string { return string(s.Owner.Type) }),
	col("owner_id", "uuid", func(s domain.StoredSession) string { return s.Owner.ID }),
	col("refresh_hash", "text", func(s domain.StoredSession) string { return s.RefreshHash }),
	col("expires_at", "timestamptz", func(s domain.StoredSession) time.Time { return s.ExpiresAt }),
	col("revoked_at", "timestamptz", func(s domain.StoredSession) *time.Time { return s.RevokedAt }),
}, "version", "updated_at", "refresh_hash", "expires_at", "revoked_at")

// token is a refresh token and its session.
type token struct{ Hash, Session string }

// tokenTable is without a lock: a token's session is its own for ever.
var tokenTable = table{
	read: query{sql: `select hash, session_id::text from refresh_token where hash = any($1::text[])`, by: []*need{sessionOfToken}},
	load: func(rows *domain.Rows, answer pgx.Rows) error {
		all, err := pgx.CollectRows(answer, pgx.RowToStructByPos[token])
		for _, t := range all {
			domain.RefreshTokens.Load(rows, t.Hash, t.Session)
		}
		return err
	},
	save: func(_ moment, rows *domain.Rows) []write { return tokenSet.adds(newTokens(rows)) },
}

func newTokens(rows *domain.Rows) (tokens []token) {
	for hash, session := range domain.RefreshTokens.Written(rows) {
		tokens = append(tokens, token{hash, session})
	}
	return tokens
}

var tokenSet = setOf("refresh_token", []field[token]{
	col("hash", "text", func(t token) string { return t.Hash }),
	col("session_id", "uuid", func(t token) string { return t.Session }),
})

func sessionDestinations(s *events.SessionState) []any {
	return []any{&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.ClientID, &s.Owner.Type, &s.Owner.ID, &s.ExpiresAt, &s.Revoked}
}

func utcSession(s *events.SessionState) {
	utc(&s.Meta)
	s.ExpiresAt = s.ExpiresAt.UTC()
}

// findSession finds a session by any refresh token of its family.
func (s *Store) findSession(ctx context.Context, e events.Received[events.SessionQuestion]) (found events.SessionState, err error) {
	err = s.reads.QueryRow(ctx, `
		select `+sessionColumns+`, refresh_hash = $1 from session where id = (select session_id from refresh_token where hash = $1)`, e.Data.RefreshHash).
		Scan(append(sessionDestinations(&found), &found.Current)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, &events.Problem{Status: 404, Code: "not_found", Detail: "There is no session with this refresh token."}
	}
	utcSession(&found)
	return found, err
}
