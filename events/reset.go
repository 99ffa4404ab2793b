package events

import "time"

// Who has forgotten a password asks for a link by mail, with a token in it that sets a new one, once. The subject is the reset: its id, from
// which those who have the keys make the token (functions/internal/mailtoken), so that no message, no row and no log has to hold it.

// ResetRequest asks for a link. Nobody who asks is told whether there is such an account.
type ResetRequest struct {
	Account   AuthType `json:"account" enum:"user,app_user"` // of staff or of a customer
	Email     Personal `json:"email" maxLength:"254"`
	TokenHash string   `json:"tokenHash"` // SHA-256 of the token: nothing to guess
}

// ResetHeard says that a request was heard, and nothing of whoever has that address.
type ResetHeard struct {
	Account AuthType `json:"account"`
}

// ResetIssue says that somebody's link may go out.
type ResetIssue struct {
	Owner     Principal `json:"owner"`
	ExpiresAt time.Time `json:"expiresAt"`
	// Registration: nobody has forgotten a password, but somebody registers with the address of this account.
	Registration bool `json:"registration,omitempty"`
	// Invitation: it is the first one, of somebody who was added without.
	Invitation bool `json:"invitation,omitempty"`
}

// ResetRedemption sets a new password by a token.
type ResetRedemption struct {
	Owner        Principal `json:"owner"` // as db has answered; it looks again
	TokenHash    string    `json:"tokenHash"`
	PasswordHash Personal  `json:"passwordHash"` // argon2id
	// Network is a digest of where the link is used, as in LoginTry: whoever reads the mailbox is known from there. A function of the release before has not said.
	Network string `json:"network,omitempty" maxLength:"64"`
}

// ResetState is a reset as it is at this moment, for the functions that need it.
type ResetState struct {
	ID        string    `json:"id"`
	Owner     Principal `json:"owner"`
	Email     Personal  `json:"email,omitzero"` // which the new password must not be
	TokenHash string    `json:"tokenHash"`
	ExpiresAt time.Time `json:"expiresAt"`
	Open      bool      `json:"open"` // its token can be used: it is the newest, unused and not too old, and its owner may log in
}

// The messages about resets of passwords.
var (
	RequestReset = Message[ResetRequest]{Kind: Command, Noun: "reset", Verb: "request", Producers: by(Auth), Consumers: to(DB)}
	RedeemReset  = Message[ResetRedemption]{Kind: Command, Noun: "reset", Verb: "redeem", Producers: by(Auth), Consumers: to(DB)}

	ResetRequested = Message[ResetHeard]{Kind: Event, Noun: "reset", Verb: "requested", Producers: by(DB)}
	ResetIssued    = Message[ResetIssue]{Kind: Event, Noun: "reset", Verb: "issued", Producers: by(DB), Consumers: to(Notification)}
	ResetRedeemed  = Message[ResetIssue]{Kind: Event, Noun: "reset", Verb: "redeemed", Producers: by(DB)}

	GetReset = Query[Lookup, ResetState]{Noun: "reset", Verb: "get", Producers: by(Auth, Notification)}
)

var resetMessages = []Declared{RequestReset, RedeemReset, ResetRequested, ResetIssued, ResetRedeemed, GetReset}
