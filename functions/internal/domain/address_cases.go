package domain

import (
	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
)

// AddressRows are the entries of address books: with one of a customer's, all of theirs.
var AddressRows = Table[Row[events.AddressState]]{"address"}

// maxAddresses is how many one customer keeps.
const maxAddresses = 50

// CreateAddress adds to the address book of whoever asks. Errors: Problems forbidden, not_found, too_many_addresses, already_exists.
func CreateAddress(c Case, m events.Received[events.PostalAddress]) ([]events.Outgoing, error) {
	if m.By.Type != events.Shopper {
		return nil, events.Forbidden("Only customers have an address book.")
	}
	if _, live := c.liveCustomer(m.By.ID); !live {
		return nil, events.NotFound("customer", m.By.ID)
	}
	kept := 0
	for address := range AddressRows.All(c.Rows) {
		if address.DeletedAt == nil && address.State.CustomerID == m.By.ID {
			kept++
		}
	}
	if kept >= maxAddresses {
		return nil, events.Refuse("too_many_addresses", "An address book holds %d addresses; delete one first.", maxAddresses)
	}
	id := ID(m.Subject)
	if _, exists := AddressRows.Get(c.Rows, id); exists {
		return nil, events.Refuse("already_exists", "There is or was an address %s already.", m.Subject)
	}
	state := events.AddressState{
		Meta: events.Meta{ID: id, Version: 1, CreatedAt: c.Now, UpdatedAt: c.Now}, CustomerID: m.By.ID, PostalAddress: m.Data,
	}
	AddressRows.Put(c.Rows, id, Row[events.AddressState]{State: state})
	return events.Send(events.AddressCreated.New(id, state)), nil
}

// HasAddress tells whether a command could be about an address of whoever asks.
func HasAddress(e events.Envelope) bool { return e.By.Type == events.Shopper && isID(e.Subject) }

// isID tells whether a text is an id as Postgres reads it.
func isID(text string) bool { return uuid.Validate(text) == nil }

// ownAddress is an address of whoever asks. Errors: somebody else's is not found; 412.
func (c Case) ownAddress(e events.Envelope, expected int64) (row Row[events.AddressState], err error) {
	found := false
	if HasAddress(e) {
		row, found = AddressRows.Get(c.Rows, ID(e.Subject))
	}
	switch {
	case !found || row.DeletedAt != nil || row.State.CustomerID != e.By.ID:
		return row, events.NotFound("address", e.Subject)
	case row.State.Version != expected:
		return row, events.Stale("address", row.State.Version)
	}
	return row, nil
}

// UpdateAddress replaces an address.
func UpdateAddress(c Case, m events.Received[events.Change[events.PostalAddress]]) ([]events.Outgoing, error) {
	row, err := c.ownAddress(m.Envelope, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	row.State.PostalAddress = m.Data.Fields
	row.State.Version++
	row.State.UpdatedAt = c.Now
	AddressRows.Put(c.Rows, row.State.ID, row)
	return events.Send(events.AddressUpdated.New(row.State.ID, row.State)), nil
}

// DeleteAddress erases an address.
func DeleteAddress(c Case, m events.Received[events.Deletion]) ([]events.Outgoing, error) {
	row, err := c.ownAddress(m.Envelope, m.Data.ExpectedVersion)
	if err != nil {
		return nil, err
	}
	state := c.removeAddress(row)
	return events.Send(events.AddressDeleted.New(state.ID, state)), nil
}

// removeAddress hides an address, and erases what is personal in it.
func (c Case) removeAddress(row Row[events.AddressState]) events.AddressState {
	eraseAddress(&row.State)
	row.State.Version++
	row.State.UpdatedAt = c.Now
	row.DeletedAt = &c.Now
	AddressRows.Put(c.Rows, row.State.ID, row)
	return row.State
}
