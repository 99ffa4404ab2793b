package events

import "time"

// Customers confirm their e-mail address by a link in a mail, with a token in it that does so once. The first one is in the mail that welcomes
// them; they may ask for others. The subject is the verification: its id, from which those who have the keys make the token
// (functions/internal/mailtoken). The first one's id is its customer's.

// VerificationRequest has another link mailed to the customer who asks.
type VerificationRequest struct {
	TokenHash string `json:"tokenHash"` // SHA-256 of the token: nothing to guess
}

// EmailChange has a link mailed to another address, which becomes the customer's who asks once it is followed. Nobody is told whether it is taken:
// whoever has an account with it is sent a link to a new password, as by a registration.
type EmailChange struct {
	Email     Personal `json:"email" minLength:"3" maxLength:"254"`
	TokenHash string   `json:"tokenHash"` // SHA-256 of the token that confirms the address
	ResetHash string   `json:"resetHash"` // of the token, of the same id, that sets a new password of whoever has the address already
}

// EmailChangeHeard says that somebody wants another address, and nothing of whoever has it.
type EmailChangeHeard struct {
	CustomerID string `json:"customerId"`
}

// VerificationIssue says that somebody's link may go out, or that it was followed.
type VerificationIssue struct {
	CustomerID string    `json:"customerId"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

// VerificationRedemption confirms an address by a token.
type VerificationRedemption struct {
	CustomerID string `json:"customerId"` // as db has answered; it looks again
	TokenHash  string `json:"tokenHash"`
	Network    string `json:"network,omitempty" maxLength:"64"` // as ResetRedemption's
}

// VerificationState is a verification as it is at this moment, for the functions that need it.
type VerificationState struct {
	ID         string    `json:"id"`
	CustomerID string    `json:"customerId"`
	TokenHash  string    `json:"tokenHash"`
	ExpiresAt  time.Time `json:"expiresAt"`
	Open       bool      `json:"open"` // its token can be used: it is the newest, unused and not too old, and its customer may log in
}

// The messages about verifications of e-mail addresses.
var (
	RequestVerification = Message[VerificationRequest]{Kind: Command, Noun: "verification", Verb: "request", Producers: by(Customer), Consumers: to(DB), Needs: Shop}
	RedeemVerification  = Message[VerificationRedemption]{Kind: Command, Noun: "verification", Verb: "redeem", Producers: by(Customer), Consumers: to(DB)}

	RequestEmailChange = Message[EmailChange]{Kind: Command, Noun: "verification", Verb: "requestChange", Producers: by(Customer), Consumers: to(DB), Needs: Shop}

	EmailChangeRequested = Message[EmailChangeHeard]{Kind: Event, Noun: "verification", Verb: "changeRequested", Producers: by(DB), Consumers: to(Notification)}
	EmailChanged         = Message[VerificationIssue]{Kind: Event, Noun: "verification", Verb: "emailChanged", Producers: by(DB), Consumers: to(Notification)}

	VerificationIssued   = Message[VerificationIssue]{Kind: Event, Noun: "verification", Verb: "issued", Producers: by(DB), Consumers: to(Notification)}
	VerificationRedeemed = Message[VerificationIssue]{Kind: Event, Noun: "verification", Verb: "redeemed", Producers: by(DB)}

	GetVerification = Query[Lookup, VerificationState]{Noun: "verification", Verb: "get", Producers: by(Customer, Notification)}
)

var verificationMessages = []Declared{
	RequestVerification, RequestEmailChange, RedeemVerification, EmailChangeRequested, EmailChanged, VerificationIssued, VerificationRedeemed, GetVerification,
}
