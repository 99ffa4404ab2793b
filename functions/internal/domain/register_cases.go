package domain

import "github.com/onlinemart/mart/events"

// RegisterCustomer opens an account, or has whoever has one with that address told how they come to a new password: what it answers is the same,
// unless a function of the release before asks. Errors: Problems email_taken, too_many_attempts.
func RegisterCustomer(c Case, m events.Received[events.NewCustomer]) ([]events.Outgoing, error) {
	id, address := ID(m.Subject), FoldEmail(m.Data.Email.Plaintext())
	if _, exists := CustomerRows.Get(c.Rows, id); exists {
		return nil, EmailTaken
	}
	if err := c.takeAtNetwork(m.Envelope, RegistrationsAtNetwork, m.Data.Network, c.Limits.RegistrationsAtNetwork); err != nil {
		return nil, err
	}
	var told []events.Outgoing
	if m.Data.ResetHash != "" {
		told = events.Send(events.CustomerRegistrationHeard.New(id, events.RegistrationHeard{Account: events.Shopper}))
	}
	switch other, taken := c.customerAt(address); {
	case taken && told == nil:
		return nil, EmailTaken
	case taken:
		return append(told, c.remind(other, id, m.Data.ResetHash)...), nil
	}
	state := events.CustomerState{
		Meta:  events.Meta{ID: id, Version: 1, CreatedAt: c.Now, UpdatedAt: c.Now},
		Email: m.Data.Email, Name: m.Data.Name, Phone: m.Data.Phone, Language: m.Data.Language, Status: events.AccountActive,
	}
	CustomerRows.Put(c.Rows, id, StoredCustomer{CustomerState: state, Address: address, Mailbox: MailboxKey(c.Keys, address), PasswordHash: m.Data.PasswordHash})
	c.knowPlace(id, m.Data.Network, c.Now.Add(networkKnown))
	if m.Data.VerificationHash != "" {
		c.putVerification(EmailVerification{ID: id, CustomerID: id, TokenHash: m.Data.VerificationHash, Asked: Tries{At: c.Now}})
	}
	return append(told, events.CustomerRegistered.New(id, state)), nil
}

// customerAt is whoever has an account with that address.
func (c Case) customerAt(address string) (StoredCustomer, bool) {
	for customer := range CustomerRows.All(c.Rows) {
		if customer.DeletedAt == nil && customer.Address == address {
			return customer, true
		}
	}
	return StoredCustomer{}, false
}

// remind has a link to a new password sent to somebody who registers again, or in whose name others do. Who may not log in is sent none.
func (c Case) remind(customer StoredCustomer, id, hash string) []events.Outgoing {
	if customer.Status != events.AccountActive {
		return nil
	}
	owner := events.Principal{Type: events.Shopper, ID: customer.ID}
	issue, may := c.issueReset(PasswordReset{ID: id, Owner: owner, TokenHash: hash}, ResetLife)
	if !may {
		return nil
	}
	issue.Registration = true
	return events.Send(events.ResetIssued.New(id, issue))
}
