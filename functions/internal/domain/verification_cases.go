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
		"The link is not good any more: a newer one was asked for, it was used, a new password has closed it, it is older than %d hours, or it was never one. Ask for a new one.", int(VerificationLife/time.Hour))
	ErrVerified           = events.Refuse("already_verified", "Your e-mail address is confirmed already.")
	ErrEmailUnchanged     = events.Refuse("email_unchanged", "That is your e-mail address already.")
	ErrVerificationsSpent = events.TooMany("too_many_links", "You were sent several links within the hour. Look into your mailbox, or try again later.")
)

// EmailVerification is the newest of a customer's. An older one is forgotten with its token.
type EmailVerification struct {
	ID         string
	CustomerID string
	TokenHash  string
	ExpiresAt  time.Time
	UsedAt     *time.Time
	Asked      Tries           // how often of late
	Email      events.Personal // what the customer's address becomes by it; none: what it is
	Address    string          // that of Email, in the spelling in which it is looked for
	Mailbox    string          // MailboxKey of it
	// Former is what their address was before one, by id, made it another: it is kept, behind newer ones, for whoever reads it to be told.
	Former        events.Personal
	FormerOf      string
	FormerMailbox string
	Session       string // the log-in by which another address was asked for, which outlives the change
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
	before, _ := Verifications.Find(c.Rows, v.CustomerID)
	v.Former, v.FormerOf, v.FormerMailbox = before.Former, before.FormerOf, before.FormerMailbox
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
	asked, err := c.spendVerification(customer.ID)
	if err != nil {
		return nil, err
	}
	v := c.putVerification(EmailVerification{ID: ID(m.Subject), CustomerID: customer.ID, TokenHash: m.Data.TokenHash, Asked: asked})
	return events.Send(events.VerificationIssued.New(v.ID, v.issue())), nil
}

// spendVerification counts a link that a customer asks for. Error: ErrVerificationsSpent.
func (c Case) spendVerification(customer string) (Tries, error) {
	before, _ := Verifications.Find(c.Rows, customer)
	asked := before.Asked.now(verificationsPerHour, c.Now)
	if wait := asked.wait(verificationsPerHour); wait > 0 {
		return asked, ErrVerificationsSpent.After(int(wait / time.Second))
	}
	asked.Spent++
	return asked, nil
}

// RequestEmailChange has a link sent to the address that the customer who asks wants to have, or to whoever has an account with it already one to a new
// password. What it answers is the same. Errors: Problems forbidden, not_found, email_unchanged, too_many_links.
func RequestEmailChange(c Case, m events.Received[events.EmailChange]) ([]events.Outgoing, error) {
	if m.By.Type != events.Shopper {
		return nil, events.Forbidden("Only customers change their address.")
	}
	customer, live := c.liveCustomer(ID(m.By.ID))
	address := FoldEmail(m.Data.Email.Plaintext())
	switch {
	case !live:
		return nil, events.NotFound("customer", m.By.ID)
	case customer.Address == address:
		return nil, ErrEmailUnchanged
	}
	asked, err := c.spendVerification(customer.ID)
	if err != nil {
		return nil, err
	}
	id := ID(m.Subject)
	other, taken := c.customerAt(address)
	v := c.putVerification(EmailVerification{
		ID: id, CustomerID: customer.ID, TokenHash: m.Data.TokenHash, Asked: asked, Email: m.Data.Email, Address: address, Mailbox: MailboxKey(c.Keys, address),
		Session: m.Session,
	})
	told := events.Send(events.EmailChangeRequested.New(id, events.EmailChangeHeard{CustomerID: customer.ID}))
	if taken {
		return append(told, c.remind(other, id, m.Data.ResetHash)...), nil
	}
	return append(told, events.VerificationIssued.New(id, v.issue())), nil
}

// EmailChange is what somebody says who wants another address. Error: 422.
func EmailChange(e events.EmailChange) (events.EmailChange, error) {
	var faults faults
	e.Email = faults.personalEmail("body.email", e.Email)
	return e, faults.problem()
}

// RedeemVerification confirms the address of whoever has the token, once, and makes it theirs where it is another; then whoever is logged in is not any more, but
// for where it was asked for. Where they are is known at the account from then on. Errors: ErrVerificationClosed; EmailTaken,
// when somebody else has it by now.
func RedeemVerification(c Case, m events.Received[events.VerificationRedemption]) ([]events.Outgoing, error) {
	v, found := c.openVerification(ID(m.Data.CustomerID))
	if !found || v.ID != ID(m.Subject) || v.TokenHash != m.Data.TokenHash {
		return nil, ErrVerificationClosed
	}
	customer, _ := c.liveCustomer(v.CustomerID)
	told := events.Send(events.VerificationRedeemed.New(v.ID, v.issue()))
	if v.Address != "" {
		if _, taken := c.customerAt(v.Address); taken {
			return nil, EmailTaken
		}
		c.closeReset(customer.ID)
		c.endSessions(customer.ID, v.Session)
		v.Former, v.FormerOf, v.FormerMailbox = customer.Email, v.ID, customer.Mailbox
		customer.Email, customer.Address, customer.Mailbox = v.Email, v.Address, v.Mailbox
		v.Email, v.Address, v.Mailbox, v.Session = events.Personal{}, "", "", ""
		told = append(told, events.EmailChanged.New(v.ID, v.issue()))
	}
	v.UsedAt = &c.Now
	Verifications.Put(c.Rows, v.CustomerID, v)
	c.showPlace(customer.ID, m.Data.Network)
	customer.EmailVerified = true
	customer.Version++
	customer.UpdatedAt = c.Now
	CustomerRows.Put(c.Rows, customer.ID, customer)
	return append(told, events.CustomerUpdated.New(customer.ID, customer.CustomerState)), nil
}

// closeLinks makes worthless every link that an account was mailed, and a change of address that waits for one.
func (c Case) closeLinks(account string) {
	c.closeReset(account)
	if v, found := Verifications.Find(c.Rows, account); found && v.Open(c.Now) {
		v.Email, v.Address, v.Mailbox, v.UsedAt = events.Personal{}, "", "", &c.Now
		Verifications.Put(c.Rows, account, v)
	}
}

// closeReset makes the link to a new password worthless.
func (c Case) closeReset(account string) {
	if r, found := Resets.Find(c.Rows, account); found && r.Open(c.Now) {
		r.UsedAt = &c.Now
		Resets.Put(c.Rows, account, r)
	}
}

// eraseVerification leaves nothing personal of a customer's links, and none of them good.
func (c Case) eraseVerification(customer string) {
	if v, found := Verifications.Find(c.Rows, customer); found {
		v.Email, v.Address, v.Mailbox, v.UsedAt = events.Personal{}, "", "", &c.Now
		v.Former, v.FormerOf, v.FormerMailbox = events.Personal{}, "", ""
		Verifications.Put(c.Rows, customer, v)
	}
}

// openVerification is a customer's whose token can be used.
func (c Case) openVerification(customer string) (EmailVerification, bool) {
	v, found := Verifications.Find(c.Rows, customer)
	row, live := c.liveCustomer(customer)
	return v, found && v.Open(c.Now) && live && row.Status == events.AccountActive && (v.Address != "" || !row.EmailVerified)
}
