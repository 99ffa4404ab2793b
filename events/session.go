package events

import "time"

// NewSession is a log-in: a family of refresh tokens, of which the newest is stored as a hash. Its subject is the session.
type NewSession struct {
	ClientID    string    `json:"clientId"`
	Owner       Principal `json:"owner"`
	RefreshHash string    `json:"refreshHash"` // SHA-256 of a random 256-bit token: nothing to guess
	ExpiresAt   time.Time `json:"expiresAt"`
}

// Rotation exchanges a refresh token for the next of its family. Presenting one that was exchanged before ends the family.
type Rotation struct {
	PresentedHash string    `json:"presentedHash"`
	NextHash      string    `json:"nextHash"`
	ClientID      string    `json:"clientId"`
	ExpiresAt     time.Time `json:"expiresAt"`
}

// Revocation ends a session by any refresh token of its family.
type Revocation struct {
	RefreshHash string `json:"refreshHash"`
}

// SessionState is a log-in as it is stored.
type SessionState struct {
	Meta
	ClientID  string    `json:"clientId"`
	Owner     Principal `json:"owner"`
	Roles     []Role    `json:"roles,omitempty"` // of staff, as they are now
	ExpiresAt time.Time `json:"expiresAt"`
	Revoked   bool      `json:"revoked"`
	Current   bool      `json:"current,omitempty"` // answering FindSession: the token asked about is the newest of its family
}

// SessionQuestion asks for the session a refresh token belongs to, be it the newest of its family or an earlier one, or for one by its id.
type SessionQuestion struct {
	RefreshHash string `json:"refreshHash"` // "" where it is asked for by its id
	ID          string `json:"id,omitempty"`
}

// The messages about sessions.
var (
	CreateSession = Message[NewSession]{Kind: Command, Noun: "session", Verb: "create", Producers: by(Auth), Consumers: to(DB)}
	RotateSession = Message[Rotation]{Kind: Command, Noun: "session", Verb: "rotate", Producers: by(Auth), Consumers: to(DB)}
	RevokeSession = Message[Revocation]{Kind: Command, Noun: "session", Verb: "revoke", Producers: by(Auth), Consumers: to(DB)}

	SessionCreated = Message[SessionState]{Kind: Event, Noun: "session", Verb: "created", Producers: by(DB)}
	SessionRotated = Message[SessionState]{Kind: Event, Noun: "session", Verb: "rotated", Producers: by(DB)}
	SessionRevoked = Message[SessionState]{Kind: Event, Noun: "session", Verb: "revoked", Producers: by(DB)}

	FindSession = Query[SessionQuestion, SessionState]{Noun: "session", Verb: "find", Producers: by(Auth)}
)

var sessionMessages = []Declared{CreateSession, RotateSession, RevokeSession, SessionCreated, SessionRotated, SessionRevoked, FindSession}
