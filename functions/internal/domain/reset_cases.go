package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// ResetLife is how long the link to a new password is good for.
const ResetLife = 30 * time.Minute

// InvitationLife is how long that to the first one is, for whoever was added without: as long as any link that opens nothing by itself.
const InvitationLife = VerificationLife

// resetsPerHour is how many links one account is sent at once, and again over an hour: more would only fill somebody's mailbox.
const resetsPerHour = 5

// ErrResetClosed refuses a token, whatever is wrong with it: whoever tries one learns nothing of it.
var ErrResetClosed = events.Refuse("reset_closed",
	"The link is not good any more: a newer one was asked for, it was used, a new password has closed it, it is older than %d minutes (an invitation: %d hours), or it was never one. Ask for a new one.", int(ResetLife/time.Minute), int(InvitationLife/time.Hour))

// PasswordReset is the newest of an account. An older one is forgotten with its token.
type PasswordReset struct {
	ID        string
	Owner     events.Principal
	TokenHash string
	ExpiresAt time.Time
	UsedAt    *time.Time
	Asked     Tries // how often of late
	ForgetAt  time.Time
}

// Resets are those resets, each under the id of its account.
var Resets = Table[PasswordReset]{"password_reset"}

// Open tells whether its token can be used, as far as that is up to the reset.
func (r PasswordReset) Open(at time.Time) bool { return r.UsedAt == nil && r.ExpiresAt.After(at) }

// RequestReset has a link sent to whoever has an account with that address, and makes the ones before worthless. What it answers is the same
// where there is no such account, where it may not log in, and where it was sent too many links already.
func RequestReset(c Case, m events.Received[events.ResetRequest]) ([]events.Outgoing, error) {
	told := events.Send(events.ResetRequested.New(m.Subject, events.ResetHeard{Account: m.Data.Account}))
	owner, found := c.addressee(m.Data.Account, FoldEmail(m.Data.Email.Plaintext()))
	if !found {
		return told, nil
	}
	if issue, may := c.issueReset(PasswordReset{ID: ID(m.Subject), Owner: owner, TokenHash: m.Data.TokenHash}, ResetLife); may {
		told = append(told, events.ResetIssued.New(m.Subject, issue))
	}
	return told, nil
}

// issueReset makes a reset the newest of its owner's, unless they were sent too many of late. One id is one reset: a request that comes again, after
// a restore for example, when the address has passed to another, is not that one's.
func (c Case) issueReset(r PasswordReset, life time.Duration) (issue events.ResetIssue, may bool) {
	for other := range Resets.All(c.Rows) {
		if other.ID == r.ID && other.Owner != r.Owner {
			return issue, false
		}
	}
	before, _ := Resets.Find(c.Rows, r.Owner.ID)
	r.Asked = before.Asked.now(resetsPerHour, c.Now)
	if r.Asked.wait(resetsPerHour) > 0 {
		return issue, false
	}
	r.Asked.Spent++
	r.ExpiresAt, r.ForgetAt = c.Now.Add(life), c.Now.Add(max(life, triesKept))
	Resets.Put(c.Rows, r.Owner.ID, r)
	return r.issue(), true
}

func (r PasswordReset) issue() events.ResetIssue {
	return events.ResetIssue{Owner: r.Owner, ExpiresAt: r.ExpiresAt.UTC()}
}

// addressee is whoever has an account with that address and may log in.
func (c Case) addressee(kind events.AuthType, address string) (events.Principal, bool) {
	if kind == events.Staff {
		for u := range UserRows.All(c.Rows) {
			if u.DeletedAt == nil && u.Address == address && u.Status == events.AccountActive {
				return events.Principal{Type: kind, ID: u.ID}, true
			}
		}
		return events.Principal{}, false
	}
	if customer, found := c.customerAt(address); found && customer.Status == events.AccountActive {
		return events.Principal{Type: kind, ID: customer.ID}, true
	}
	return events.Principal{}, false
}

// RedeemReset sets a new password for whoever has the token, once, ends all their log-ins and links, and confirms a customer's address, to which it was mailed. Where they
// are is known at the account from then on. Error: ErrResetClosed.
func RedeemReset(c Case, m events.Received[events.ResetRedemption]) ([]events.Outgoing, error) {
	owner := m.Data.Owner
	owner.ID = ID(owner.ID)
	r, found := Resets.Find(c.Rows, owner.ID)
	account, _ := AccountOf(c.Rows, owner)
	fits := found && r.ID == ID(m.Subject) && r.Owner == owner && r.TokenHash == m.Data.TokenHash
	if !fits || !r.Open(c.Now) || account.Status != events.AccountActive {
		return nil, ErrResetClosed
	}
	r.UsedAt = &c.Now
	Resets.Put(c.Rows, owner.ID, r)
	c.showPlace(owner.ID, m.Data.Network)
	told := events.Send(events.ResetRedeemed.New(m.Subject, r.issue()))
	if owner.Type == events.Staff {
		u, _ := c.liveUser(owner.ID)
		return append(told, c.setUserPassword(u, m.Data.PasswordHash, "", events.UserPasswordChanged)...), nil
	}
	customer, _ := c.liveCustomer(owner.ID)
	customer.EmailVerified = true // whoever has the token reads the mailbox: another address would have closed the reset
	return append(told, c.setCustomerPassword(customer, m.Data.PasswordHash, "", events.CustomerPasswordChanged)...), nil
}

// resetOver tells whether the link in a mail is good for nothing any more.
func (c Case) resetOver(claim events.NotificationClaim) bool {
	owner := events.Principal{Type: events.Shopper, ID: ID(claim.CustomerID)}
	if claim.UserID != "" {
		owner = events.Principal{Type: events.Staff, ID: ID(claim.UserID)}
	}
	r, found := Resets.Find(c.Rows, owner.ID)
	account, _ := AccountOf(c.Rows, owner)
	return !found || r.ID != ID(claim.ResetID) || r.Owner != owner || !r.Open(c.Now) || account.Status != events.AccountActive
}
