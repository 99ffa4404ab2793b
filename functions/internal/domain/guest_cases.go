package domain

import (
	"cmp"
	"time"

	"github.com/onlinemart/mart/events"
)

// GuestDeclines are, by GuestDeclinesKey, how many payments were declined of late of all orders of a guest's address, from one network.
var GuestDeclines = Table[int]{"declined payments of a guest"}

// GuestDeclinesKey is a guest's order and a network. Nobody has shown the address to be theirs: whoever names somebody's and is declined from elsewhere does not
// keep them from paying.
func GuestDeclinesKey(order, network string) string { return order + " " + network }

// GuestOrder is what bounds are counted by of an order that was placed without an account, for as long as it counts; or by a customer who has shown no address to
// be theirs, of whom it has the network alone.
type GuestOrder struct {
	OrderID  string
	Mailbox  string // MailboxKey of its guest's address
	Place    string // GuestPlace
	Network  string // a digest of where they have ordered from; "": a function of the release before has not said
	ForgetAt time.Time
}

// GuestOrders are those, each under its order's id.
var GuestOrders = Table[GuestOrder]{"guest_order"}

// GuestPlace is by what is counted what a guest has not paid: by their mailbox and by where they order from. Anybody can order in somebody's name, from elsewhere.
func GuestPlace(g events.GuestContact) string { return cmp.Or(g.Mailbox, g.Key) + " " + g.Network }

// noteGuest keeps by what an order of whoever has shown no address is counted: until nothing about an unpaid one can be mailed any more.
func (c Case) noteGuest(order string, b buyer) {
	GuestOrders.Put(c.Rows, order, GuestOrder{
		OrderID: order, Mailbox: b.mailbox, Place: b.place, Network: b.network, ForgetAt: c.Now.Add(max(c.Limits.LongestUnpaid(), UnpaidWithin) + time.Hour),
	})
}

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
	if g.Mailbox != "" && !isMailboxKey(c.Keys, g.Mailbox, g.Email.Plaintext()) {
		return buyer{}, events.Invalid(events.FieldError{Location: "body.guest.mailbox", Message: "must be the digest of the address's mailbox, by a key of the ring"})
	}
	mailbox := cmp.Or(g.Mailbox, MailboxKey(c.Keys, g.Email.Plaintext()))
	return buyer{id: id, key: g.Key, mailbox: mailbox, place: GuestPlace(g), network: g.Network, email: g.Email, name: g.Name, phone: g.Phone, language: g.Language}, nil
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
