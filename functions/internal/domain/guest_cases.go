package domain

import (
	"github.com/onlinemart/mart/events"
)

// GuestDeclines are, by a guest's order, how many payments were declined of late of all orders of its guest's address.
var GuestDeclines = Table[int]{"declined payments of a guest"}

// PlaceAsGuest is PlaceChosen for whoever has no account: the order is theirs who show its token. Errors: those of PlaceChosen.
func PlaceAsGuest(c Case, m events.Received[events.GuestCart]) ([]events.Outgoing, error) {
	b, err := c.guest(m.Envelope, m.Data.Guest)
	if err != nil {
		return nil, err
	}
	return c.place(m.Envelope, m.Data.ChosenCart, b)
}

// OrderAsGuest is OrderCart for whoever has no account. Errors: those of OrderCart.
func OrderAsGuest(c Case, m events.Received[events.GuestCartOrder]) ([]events.Outgoing, error) {
	order := m.Envelope
	order.Subject = CartOrderID(ID(m.Subject))
	b, err := c.guest(order, m.Data.Guest)
	if err != nil {
		return nil, err
	}
	return c.orderCart(m.Envelope, m.Data.CartKey, m.Data.ChosenCart, b)
}

// guest is the buyer of an order that is placed without an account: whoever asks is its guest and nobody else. Errors: forbidden; 422.
func (c Case) guest(order events.Envelope, g events.GuestContact) (buyer, error) {
	id := ID(order.Subject)
	if order.By != events.Guest(id) {
		return buyer{}, events.Forbidden("Whoever has an account orders with it.")
	}
	if !isGuestKey(c.Keys, g.Key, g.Email.Plaintext()) {
		return buyer{}, events.Invalid(events.FieldError{Location: "body.guest.key", Message: "must be the digest of the address, by a key of the ring"})
	}
	return buyer{id: id, key: g.Key, email: g.Email, name: g.Name, phone: g.Phone, language: g.Language}, nil
}

// EraseGuest forgets who has bought an order without an account: nobody's token opens it any more, and no mail is sent about it. What is not paid is
// cancelled; what is on its way keeps what the shop needs to send it, and loses it with its end (db's sweep). Errors: Problems not_found, also
// where it is a customer's or was done before; payment_in_progress.
func EraseGuest(c Case, m events.Received[events.GuestErasure]) ([]events.Outgoing, error) {
	o, found := Orders.Get(c.Rows, ID(m.Subject))
	if !found || !o.OfGuest() || !o.ErasedAt.IsZero() {
		return nil, events.NotFound("guest", m.Subject)
	}
	var cancelled []events.Outgoing
	if OrderAwaitsMoney(o.Status) {
		var err error
		if o.Order, err = o.Cancel(m.By, events.Own(guestForgotten), c.Now); err != nil {
			return nil, err
		}
		if cancelled, err = c.endOrder(o, events.OrderCancelled.New(o.ID, events.OrderState(o.Order)), m.By); err != nil {
			return nil, err
		}
	}
	o.ErasedAt = c.Now
	Orders.Put(c.Rows, o.ID, o)
	return append(events.Send(events.OrderGuestErased.New(o.ID, o.withoutGuest())), cancelled...), nil
}

// withoutGuest is an order as it is told without whom it is for, and without what anybody has said of it.
func (o StoredOrder) withoutGuest() events.OrderState {
	state := events.OrderState(o.Order)
	state.Email, state.CustomerName, state.Phone, state.Language = events.Personal{}, events.Personal{}, events.Personal{}, ""
	state.ShippingAddress = events.PostalAddress{Country: o.ShippingAddress.Country, Region: o.ShippingAddress.Region}
	state.History, state.OrderParts = nil, events.OrderParts{}
	return state
}
