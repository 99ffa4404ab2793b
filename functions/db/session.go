package db

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

const sessionColumns = `id::text, version, created_at, updated_at, client_id, owner_type, owner_id::text, expires_at, revoked_at is not null`

// session is who is logged in, on which device.
var session = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.CreateSession, sessionNeeds, domain.CreateSession),
		inbox.Decide(events.RotateSession, func(c events.Received[events.Rotation]) inbox.Needs {
			n := familyNeeds(c.Subject, c.Data.PresentedHash)
			if n != nil {
				n[customerOfSession], n[userOfSession] = []string{c.Subject}, []string{c.Subject}
			}
			return n
		}, domain.RotateSession),
		inbox.Decide(events.RevokeSession, func(c events.Received[events.Revocation]) inbox.Needs {
			return familyNeeds(c.Subject, c.Data.RefreshHash)
		},
			domain.RevokeSession),
	},
	Tables:  []inbox.Table{sessionTable, tokenTable},
	Queries: []inbox.Query{inbox.Answer(events.FindSession, findSession)},
}

// How sessions are found.
var (
	sessionByID     = inbox.ByKey("session", domain.SessionRows)
	sessionsOfOwner = inbox.Through("sessions of an account")
	sessionOfToken  = &inbox.Need{Name: "session of a refresh token", Ask: domain.RefreshTokens.Ask, Text: true}
)

// sessionNeeds locks the account against a change of its password, which ends all sessions, this one included.
func sessionNeeds(c events.Received[events.NewSession]) inbox.Needs {
	owner := c.Data.Owner
	if !domain.HasAccount(owner) {
		return nil
	}
	n := inbox.Needs{sessionByID: {c.Subject}, sessionsOfOwner: {owner.ID}, customerByID: {owner.ID}}
	if owner.Type == events.Staff {
		delete(n, customerByID)
		n[userByID] = []string{owner.ID}
	}
	return n
}

// familyNeeds is a session by its id, and whose token it is that was shown.
func familyNeeds(id, hash string) inbox.Needs {
	if uuid.Validate(id) != nil {
		return nil // nobody's
	}
	return inbox.Needs{sessionByID: {id}, sessionOfToken: {hash}}
}

var sessionTable = inbox.Table{
	Writes: []string{"session"},
	Lock: inbox.Statement{
		SQL: `select from session where id = any($1::uuid[] || array(select s.id from session s where s.owner_id = any($2::uuid[])))
			order by id for no key update`,
		By: []*inbox.Need{sessionByID, sessionsOfOwner},
	},
	Read: inbox.Statement{
		SQL: `select ` + sessionColumns + `, refresh_hash, revoked_at from session
			where id = any($1::uuid[] || array(select s.id from session s where s.owner_id = any($2::uuid[]) and s.revoked_at is null))`,
		By: []*inbox.Need{sessionByID, sessionsOfOwner},
	},
	Load: inbox.Loads(domain.SessionRows, func(row pgx.CollectableRow) (s domain.StoredSession, err error) {
		err = row.Scan(append(sessionDestinations(&s.SessionState), &s.RefreshHash, &s.RevokedAt)...)
		utcSession(&s.SessionState)
		return s, err
	}, func(s domain.StoredSession) string { return s.ID }),
	Save: func(now inbox.Moment, rows *domain.Rows) []pg.Write {
		all := inbox.Saves(sessionSet, domain.SessionRows.Changes(rows), versionOfSession)
		if owners := domain.TidiedOwners.Added(rows); len(owners) > 0 {
			all = append(all, pg.AnyRows(tidySessions, owners, now.At))
		}
		return all
	},
}

const tidySessions = `delete from session where owner_id = any($1::uuid[]) and (expires_at < $2 or revoked_at < $2 - interval '7 days')`

func versionOfSession(s domain.StoredSession) int64 { return s.Version }

var sessionSet = pg.SetOf("session", []pg.Column[domain.StoredSession]{
	pg.Col("id", "uuid", func(s domain.StoredSession) string { return s.ID }),
	pg.Col("version", "bigint", versionOfSession),
	pg.Col("created_at", "timestamptz", func(s domain.StoredSession) time.Time { return s.CreatedAt }),
	pg.Col("updated_at", "timestamptz", func(s domain.StoredSession) time.Time { return s.UpdatedAt }),
	pg.Col("client_id", "text", func(s domain.StoredSession) string { return s.ClientID }),
	pg.Col("owner_type", "text", func(s domain.StoredSession) string { return string(s.Owner.Type) }),
	pg.Col("owner_id", "uuid", func(s domain.StoredSession) string { return s.Owner.ID }),
	pg.Col("refresh_hash", "text", func(s domain.StoredSession) string { return s.RefreshHash }),
	pg.Col("expires_at", "timestamptz", func(s domain.StoredSession) time.Time { return s.ExpiresAt }),
	pg.Col("revoked_at", "timestamptz", func(s domain.StoredSession) *time.Time { return s.RevokedAt }),
}, "version", "updated_at", "refresh_hash", "expires_at", "revoked_at")

// token is a refresh token and its session.
type token struct{ Hash, Session string }

// tokenTable is without a lock: a token's session is its own for ever.
var tokenTable = inbox.Table{
	Writes: []string{"refresh_token"},
	Read:   inbox.Statement{SQL: `select hash, session_id::text from refresh_token where hash = any($1::text[])`, By: []*inbox.Need{sessionOfToken}},
	Load: func(rows *domain.Rows, answer pgx.Rows) error {
		all, err := pgx.CollectRows(answer, pgx.RowToStructByPos[token])
		for _, t := range all {
			domain.RefreshTokens.Load(rows, t.Hash, t.Session)
		}
		return err
	},
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write { return tokenSet.Insert(newTokens(rows)) },
}

func newTokens(rows *domain.Rows) (tokens []token) {
	for hash, session := range domain.RefreshTokens.Written(rows) {
		tokens = append(tokens, token{hash, session})
	}
	return tokens
}

var tokenSet = pg.SetOf("refresh_token", []pg.Column[token]{
	pg.Col("hash", "text", func(t token) string { return t.Hash }),
	pg.Col("session_id", "uuid", func(t token) string { return t.Session }),
})

func sessionDestinations(s *events.SessionState) []any {
	return []any{&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.ClientID, &s.Owner.Type, &s.Owner.ID, &s.ExpiresAt, &s.Revoked}
}

func utcSession(s *events.SessionState) {
	utc(&s.Meta)
	s.ExpiresAt = s.ExpiresAt.UTC()
}

// findSession finds a session by any refresh token of its family, or by its id.
func findSession(ctx context.Context, s *inbox.Store, e events.Received[events.SessionQuestion]) (found events.SessionState, err error) {
	err = s.Reads.QueryRow(ctx, `
		select `+sessionColumns+`, refresh_hash = $1 from session where id = coalesce($2::uuid, (select session_id from refresh_token where hash = $1))`, e.Data.RefreshHash, pg.OrNull(e.Data.ID)).
		Scan(append(sessionDestinations(&found), &found.Current)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return found, &events.Problem{Status: 404, Code: "not_found", Detail: "There is no such session."}
	}
	utcSession(&found)
	return found, err
}
