package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// VerificationLife is how long the link that confirms an address is good for.
const VerificationLife = 72 * time.Hour

// verificationsPerHour is how many further links one customer is sent at once, and again over an hour.
const verificationsPerHour = 5

// VerificationPause is after how long one more link goes out at the latest to whoever was sent too many.
const VerificationPause = time.Hour / verificationsPerHour

// What is refused of links that confirm an address.
var (
	ErrVerificationClosed = events.Refuse("verification_closed",
		"The link is not good any more: a newer one was asked for, it was used, it is older than %d hours, or it was never one. Ask for a new one.", int(VerificationLife/time.Hour))
	ErrVerified           = events.Refuse("already_verified", "Your e-mail address is confirmed already.")
	ErrVerificationsSpent = events.TooMany("too_many_links", "You were sent several links within the hour. Look into your mailbox, or try again later.")
)

// EmailVerification is the newest of a customer's. An older one is forgotten with its token.
type EmailVerification struct {
	ID         string
	CustomerID string
	TokenHash  string
	ExpiresAt  time.Time
	UsedAt     *time.Time
	Asked      Tries // how often of late
}

// Verifications are those verifications, each under the id of its customer.
var Verifications = Table[EmailVerification]{"email_verification"}

// Open tells whether its token can be used, as far as that is up to the verification.
func (v EmailVerification) Open(at time.Time) bool { return v.UsedAt == nil && v.ExpiresAt.After(at) }

func (v EmailVerification) issue() events.VerificationIssue {
	return events.VerificationIssue{CustomerID: v.CustomerID, ExpiresAt: v.ExpiresAt.UTC()}
}

// putVerification makes one the newest, and the ones before worthless.
func (c Case) putVerification(v EmailVerification) EmailVerification {
	v.ExpiresAt = c.Now.Add(VerificationLife)
	Verifications.Put(c.Rows, v.CustomerID, v)
	return v
}

// RequestVerification has a link sent to the customer who asks. Errors: Problems forbidden, not_found, already_verified, too_many_links.
func RequestVerification(c Case, m events.Received[events.VerificationRequest]) ([]events.Outgoing, error) {
	if m.By.Type != events.Shopper {
		return nil, events.Forbidden("Only customers confirm an address.")
	}
	customer, live := c.liveCustomer(ID(m.By.ID))
	switch {
	case !live:
		return nil, events.NotFound("customer", m.By.ID)
	case customer.EmailVerified:
		return nil, ErrVerified
	}
	before, _ := Verifications.Find(c.Rows, customer.ID)
	asked := before.Asked.now(verificationsPerHour, c.Now)
	if asked.wait(verificationsPerHour) > 0 {
		return nil, ErrVerificationsSpent
	}
	asked.Spent++
	v := c.putVerification(EmailVerification{ID: ID(m.Subject), CustomerID: customer.ID, TokenHash: m.Data.TokenHash, Asked: asked})
	return events.Send(events.VerificationIssued.New(v.ID, v.issue())), nil
}

// RedeemVerification confirms the address of whoever has the token, once. Error: ErrVerificationClosed.
func RedeemVerification(c Case, m events.Received[events.VerificationRedemption]) ([]events.Outgoing, error) {
	v, found := c.openVerification(ID(m.Data.CustomerID))
	if !found || v.ID != ID(m.Subject) || v.TokenHash != m.Data.TokenHash {
		return nil, ErrVerificationClosed
	}
	v.UsedAt = &c.Now
	Verifications.Put(c.Rows, v.CustomerID, v)
	customer, _ := c.liveCustomer(v.CustomerID)
	customer.EmailVerified = true
	customer.Version++
	customer.UpdatedAt = c.Now
	CustomerRows.Put(c.Rows, customer.ID, customer)
	return events.Send(events.VerificationRedeemed.New(v.ID, v.issue()), events.CustomerUpdated.New(customer.ID, customer.CustomerState)), nil
}

// openVerification is a customer's whose token can be used.
func (c Case) openVerification(customer string) (EmailVerification, bool) {
	v, found := Verifications.Find(c.Rows, customer)
	row, live := c.liveCustomer(customer)
	return v, found && v.Open(c.Now) && live && row.Status == events.AccountActive && !row.EmailVerified
}
