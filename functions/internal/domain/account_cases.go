package domain

import (
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// StoredCustomer is a customer as they are stored.
type StoredCustomer struct {
	events.CustomerState
	Address      string // of e-mail, in the spelling in which it is looked for
	Mailbox      string // MailboxKey of it; "" of who has registered before there was one
	PasswordHash events.Personal
	DeletedAt    *time.Time
}

// CustomerRows are the customers, the deleted ones among them.
var CustomerRows = Table[StoredCustomer]{"customer"}

// EmailTaken refuses a second account with one address.
var EmailTaken = events.Refuse("email_taken", "There is an account with this e-mail address already.")

func (c Case) liveCustomer(id string) (StoredCustomer, bool) {
	row, found := CustomerRows.Get(c.Rows, id)
	return row, found && row.DeletedAt == nil
}

// OwnCustomer tells whether a command is its asker's own.
func OwnCustomer(e events.Envelope) bool {
	return e.By == events.Principal{Type: events.Shopper, ID: e.Subject}
}

// ownCustomer is the customer who asks, for something of theirs. Errors: somebody else's is not found; 412.
func (c Case) ownCustomer(e events.Envelope, expected int64) (StoredCustomer, error) {
	if !OwnCustomer(e) {
		return StoredCustomer{}, events.NotFound("customer", e.Subject)
	}
	row, live := c.liveCustomer(e.Subject)
	if !live {
		return row, events.NotFound("customer", e.Subject)
	}
	if row.Version != expected {
		return row, events.Stale("customer", row.Version)
	}
	row.Version++
	row.UpdatedAt = c.Now
	return row, nil
}

// UpdateCustomer replaces what customers may change of themselves.
func UpdateCustomer(c Case, m events.Received[events.Change[events.CustomerFields]]) ([]events.Outgoing, error) {
	row, err := c.ownCustomer(m.Envelope, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	row.Language = languageAfter(row.Language, m.Data.Fields)
	row.Name, row.Phone = m.Data.Fields.Name, m.Data.Fields.Phone
	CustomerRows.Put(c.Rows, row.ID, row)
	return events.Send(events.CustomerUpdated.New(row.ID, row.CustomerState)), nil
}

// DeleteCustomer leaves a row that orders can refer to, and nothing personal in it. Orders keep the copies they need; those that are not paid
// are cancelled. Errors: Problems not_found, stale_version; payment_in_progress, while an order is being paid.
func DeleteCustomer(c Case, m events.Received[events.Deletion]) ([]events.Outgoing, error) {
	row, err := c.ownCustomer(m.Envelope, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	return c.eraseCustomer(row, m.Envelope)
}

// EraseCustomer is the same by staff. Errors: Problems not_found, stale_version, payment_in_progress.
func EraseCustomer(c Case, m events.Received[events.Deletion]) ([]events.Outgoing, error) {
	row, live := c.liveCustomer(ID(m.Subject))
	switch {
	case !live:
		return nil, events.NotFound("customer", m.Subject)
	case row.Version != m.Data.ExpectedVersion:
		return nil, events.Stale("customer", row.Version)
	}
	row.Version++
	row.UpdatedAt = c.Now
	return c.eraseCustomer(row, m.Envelope)
}

// eraseCustomer does so, of a row whose version is the next one. The log-in by which customers ask for it themselves opens nothing any more, and is left to be answered should
// the request come again.
func (c Case) eraseCustomer(row StoredCustomer, asked events.Envelope) ([]events.Outgoing, error) {
	cancelled, err := c.cancelUnpaidOrders(row.ID, asked.By)
	if err != nil {
		return nil, err
	}
	c.endSessions(row.ID, asked.Session)
	c.eraseLogin(row.ID)
	c.eraseVerification(row.ID)
	cart := c.eraseCart(row.ID)
	for address := range AddressRows.All(c.Rows) {
		if address.DeletedAt == nil && address.State.CustomerID == row.ID {
			c.removeAddress(address)
		}
	}
	row.CustomerState = events.CustomerState{Meta: row.Meta, Status: events.AccountDisabled, EmailVerified: row.EmailVerified}
	row.Address, row.Mailbox, row.PasswordHash, row.DeletedAt = "", "", events.Personal{}, &c.Now
	CustomerRows.Put(c.Rows, row.ID, row)
	return slices.Concat(events.Send(events.CustomerDeleted.New(row.ID, row.CustomerState)), cancelled, cart), nil
}

// SetCustomerStatus suspends a customer, whose log-ins and links end with it, or reinstates them. What is so already is said once more, and changes nothing. Error:
// Problem not_found.
func SetCustomerStatus(c Case, m events.Received[events.CustomerStatusChange]) ([]events.Outgoing, error) {
	row, live := c.liveCustomer(ID(m.Subject))
	if !live {
		return nil, events.NotFound("customer", m.Subject)
	}
	done := events.CustomerReinstated
	if m.Data.Status != events.AccountActive {
		done = events.CustomerSuspended
		c.endSessions(row.ID, "")
		c.closeLinks(row.ID)
	}
	if row.Status != m.Data.Status {
		row.Status = m.Data.Status
		row.Version++
		row.UpdatedAt = c.Now
		CustomerRows.Put(c.Rows, row.ID, row)
	}
	return events.Send(done.New(row.ID, row.CustomerState)), nil
}

// CustomerStatus judges a change of it. Error: 422.
func CustomerStatus(s events.CustomerStatusChange) (events.CustomerStatusChange, error) {
	var faults faults
	if s.Status != events.AccountActive && s.Status != events.AccountDisabled {
		faults.add("body.status", "must be active or disabled")
	}
	return s, faults.problem()
}

// ChangeCustomerPassword lets customers change their own, provided that it is still the one they have proven to know. Whoever is logged in
// with the old one is not any more, but for where it is changed. Errors: Problems not_found, forbidden, password_changed.
func ChangeCustomerPassword(c Case, m events.Received[events.NewPassword]) ([]events.Outgoing, error) {
	if !OwnCustomer(m.Envelope) {
		return nil, events.NotFound("customer", m.Subject)
	}
	row, live := c.liveCustomer(m.Subject)
	if err := c.mayChangePassword(live && row.Status == events.AccountActive, row.PasswordHash, m.Data); err != nil {
		return nil, err
	}
	return c.setCustomerPassword(row, m.Data.PasswordHash, m.Session, events.CustomerPasswordChanged), nil
}

// mayChangePassword refuses who is not active, and a change that was proven by a password that is another by now.
func (c Case) mayChangePassword(active bool, stored events.Personal, n events.NewPassword) error {
	if !active {
		return events.Forbidden("The account is not known or not active.")
	}
	if err := c.Keys.Decrypt(&stored); err != nil {
		return err
	}
	if !stored.Equal(n.PreviousHash) {
		return events.Refuse("password_changed", "The password was changed meanwhile.")
	}
	return nil
}

// setCustomerPassword ends every log-in that the old one has opened, but the one by which it is changed, and every link that was asked for until now: who knew the old one may have asked.
func (c Case) setCustomerPassword(row StoredCustomer, hash events.Personal, session string, done events.Message[events.CustomerState]) []events.Outgoing {
	c.endSessions(row.ID, session)
	c.closeLinks(row.ID)
	row.PasswordHash = hash
	row.Version++
	row.UpdatedAt = c.Now
	CustomerRows.Put(c.Rows, row.ID, row)
	return events.Send(done.New(row.ID, row.CustomerState))
}
