package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// StoredSession is a log-in as it is stored.
type StoredSession struct {
	events.SessionState
	RefreshHash string // of the newest refresh token of its family
	RevokedAt   *time.Time
}

// The rows of sessions: with an account, all of its that are live.
var (
	SessionRows = Table[StoredSession]{"session"}
	// RefreshTokens is the session of each refresh token there ever was, by its hash.
	RefreshTokens = Table[string]{"refresh_token"}
	// TidiedOwners are the accounts whose sessions that have long ended may go.
	TidiedOwners = Log[string]{"owners of old sessions"}
)

// errNoGrant says as little as OAuth does: not whether the token was wrong, old or revoked.
var errNoGrant = events.Refuse("invalid_grant", "The refresh token is not valid any more. Log in again.")

// ErrSessionOver refuses what is asked by an access token whose log-in has ended, as a token is refused that has expired.
var ErrSessionOver = &events.Problem{Status: 401, Code: "token_expired", Detail: "The log-in that the access token is of has ended. Log in again: POST /oauth/token."}

// SessionOver tells whether a log-in had ended when something was asked by it; one that is still good has ended never. What was asked before is carried out, however
// late it is decided. Messages say their time in whole milliseconds: what is of the same one counts as later.
func SessionOver(ended, asked time.Time) bool {
	return !ended.IsZero() && !asked.Before(ended.Truncate(time.Millisecond))
}

// HasAccount tells whether a session could be somebody's.
func HasAccount(owner events.Principal) bool {
	return (owner.Type == events.Staff || owner.Type == events.Shopper) && isID(owner.ID)
}

// AccountOf is somebody's account as rows have it; a zero one of whoever is deleted. It reports false when the rows know nothing of them.
func AccountOf(rows *Rows, who events.Principal) (account Account, known bool) {
	switch {
	case !HasAccount(who):
	case who.Type == events.Staff:
		u, found := UserRows.Find(rows, ID(who.ID))
		if known = found; u.DeletedAt == nil {
			account = Account{Status: u.Status, Roles: u.Roles}
		}
	default:
		p, found := CustomerRows.Find(rows, ID(who.ID))
		if known = found; p.DeletedAt == nil {
			account = Account{Status: p.Status}
		}
	}
	return account, known
}

// CreateSession begins a log-in. Errors: Problems invalid_grant, already_exists.
func CreateSession(c Case, m events.Received[events.NewSession]) ([]events.Outgoing, error) {
	account, _ := AccountOf(c.Rows, m.Data.Owner)
	if account.Status != events.AccountActive || !m.Data.ExpiresAt.After(c.Now) {
		return nil, errNoGrant
	}
	id := ID(m.Subject)
	if _, exists := SessionRows.Get(c.Rows, id); exists {
		return nil, events.Refuse("already_exists", "There is a session with this id already.")
	}
	TidiedOwners.Add(c.Rows, ID(m.Data.Owner.ID))
	s := StoredSession{RefreshHash: m.Data.RefreshHash, SessionState: events.SessionState{
		Meta:     events.Meta{ID: id, Version: 1, CreatedAt: c.Now, UpdatedAt: c.Now},
		ClientID: m.Data.ClientID, Owner: m.Data.Owner, ExpiresAt: storedTime(m.Data.ExpiresAt),
	}}
	RefreshTokens.Put(c.Rows, m.Data.RefreshHash, id)
	return c.writeSession(s, account, events.SessionCreated), nil
}

// storedTime is a time as Postgres keeps it.
func storedTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// family finds a live session by its id, provided that hash is or was one of its refresh tokens. Error: errNoGrant.
func (c Case) family(subject, hash string) (StoredSession, error) {
	if !isID(subject) {
		return StoredSession{}, errNoGrant
	}
	id := ID(subject)
	s, found := SessionRows.Get(c.Rows, id)
	of, given := RefreshTokens.Get(c.Rows, hash)
	if !found || s.RevokedAt != nil || !s.ExpiresAt.After(c.Now) || !given || of != id {
		return s, errNoGrant
	}
	return s, nil
}

// RotateSession exchanges the newest refresh token for the next. An earlier one means that somebody has a copy, and nobody knows
// which of the two is the owner: the family ends. So does one whose owner may not log in any more. Source: RFC 9700 §4.14.2.
func RotateSession(c Case, m events.Received[events.Rotation]) ([]events.Outgoing, error) {
	s, err := c.family(m.Subject, m.Data.PresentedHash)
	if err != nil {
		return nil, err
	}
	if s.ClientID != m.Data.ClientID || !m.Data.ExpiresAt.After(c.Now) {
		return nil, errNoGrant
	}
	account, _ := AccountOf(c.Rows, s.Owner)
	if s.RefreshHash != m.Data.PresentedHash || account.Status != events.AccountActive {
		return c.revoke(s), nil
	}
	s.RefreshHash, s.ExpiresAt = m.Data.NextHash, storedTime(m.Data.ExpiresAt)
	s.Version++
	s.UpdatedAt = c.Now
	RefreshTokens.Put(c.Rows, m.Data.NextHash, s.ID)
	return c.writeSession(s, account, events.SessionRotated), nil
}

// RevokeSession ends a session. Error: Problem invalid_grant.
func RevokeSession(c Case, m events.Received[events.Revocation]) ([]events.Outgoing, error) {
	s, err := c.family(m.Subject, m.Data.RefreshHash)
	if err != nil {
		return nil, err
	}
	return c.revoke(s), nil
}

func (c Case) revoke(s StoredSession) []events.Outgoing {
	return c.writeSession(c.revoked(s), Account{}, events.SessionRevoked)
}

func (c Case) revoked(s StoredSession) StoredSession {
	s.Revoked, s.RevokedAt = true, &c.Now
	s.Version++
	s.UpdatedAt = c.Now
	return s
}

// writeSession tells of a session with the roles that its owner has now.
func (c Case) writeSession(s StoredSession, account Account, done events.Message[events.SessionState]) []events.Outgoing {
	SessionRows.Put(c.Rows, s.ID, s)
	state := s.SessionState
	state.Roles = account.Roles
	return events.Send(done.New(s.ID, state))
}

// endSessions logs an account out everywhere, but for one log-in; "": for none. Access tokens end with their log-ins.
func (c Case) endSessions(owner, but string) {
	for s := range SessionRows.All(c.Rows) {
		if s.Owner.ID == owner && s.ID != but && s.RevokedAt == nil {
			SessionRows.Put(c.Rows, s.ID, c.revoked(s))
		}
	}
}
