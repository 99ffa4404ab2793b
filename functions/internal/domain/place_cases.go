package domain

import (
	"github.com/onlinemart/mart/events"
)

// PlaceOrder sells at the prices of this moment what is on the shelf at this moment, sent for nothing where the mart has no way to send it. Errors:
// Problems of Quote; shipping_method_required, where it has; or there is no such customer, or too many of their orders are not paid.
func PlaceOrder(c Case, m events.Received[events.Cart]) ([]events.Outgoing, error) {
	return PlaceChosen(c, events.Received[events.ChosenCart]{Envelope: m.Envelope, Data: events.ChosenCart{Cart: m.Data}})
}

// PlaceChosen is PlaceOrder for whoever says how it is sent, or at what it was quoted. Errors: those of PlaceOrder; Problems
// shipping_method_unavailable, quote_changed.
func PlaceChosen(c Case, m events.Received[events.ChosenCart]) ([]events.Outgoing, error) {
	b, err := c.customer(m.By, m.Data.Network)
	if err != nil {
		return nil, err
	}
	return c.place(m.Envelope, m.Data, b)
}

// buyer is whom an order is for: a customer, or a guest, whose key is that of their address.
type buyer struct {
	id, key            string
	mailbox            string // of a guest: MailboxKey
	place              string // of a guest: GuestPlace
	network            string // where they order from, of whoever has shown no address to be theirs
	proven             bool   // they have shown that the address is theirs: what is sent to it, they have asked for
	email, name, phone events.Personal
	language           events.Language
}

// customer is the buyer who asks with an account, from a network. Error: Problem forbidden.
func (c Case) customer(by events.Principal, network string) (buyer, error) {
	if by.Type != events.Shopper {
		return buyer{}, events.Forbidden("Only customers order.")
	}
	customer, known := c.liveCustomer(by.ID)
	if !known || customer.Status != events.AccountActive {
		return buyer{}, events.Forbidden("The account is not known or not active.")
	}
	b := buyer{id: by.ID, proven: customer.EmailVerified, email: customer.Email, name: customer.Name}
	if !b.proven {
		b.network = network
	}
	return b, nil
}

func (c Case) place(e events.Envelope, cart events.ChosenCart, b buyer) ([]events.Outgoing, error) {
	offers := c.offers(cart.Lines)
	asked, unpaid := c.askedAt(e), c.unpaidOf(b)
	if len(offers) > 0 {
		if err := c.checkUnpaid(asked, b, unpaid); err != nil {
			return nil, err
		}
	}
	costs, err := c.costs(cart, offers, asked)
	if err == nil {
		err = c.checkHeld(asked, b, cart.Lines, unpaid)
	}
	if err != nil {
		return nil, err
	}
	id := ID(e.Subject)
	if _, exists := Orders.Get(c.Rows, id); exists {
		return nil, OrderExists
	}
	number := OrderNumbers.Next(c.Rows)
	o := StoredOrder{Number: number, ExpiresAt: c.Now.Add(c.Limits.PayWithin), GuestKey: b.key, Order: Order{
		Meta:       events.Meta{ID: id, Version: 1, CreatedAt: c.Now, UpdatedAt: c.Now},
		CustomerID: b.id, Status: events.OrderPlacedStatus, PayBy: c.Now.Add(c.Limits.PayWithin),
		Lines: costs.lines, GoodsTotal: costs.sum.Goods, Charges: costs.charges, Taxes: costs.sum.Taxes, Total: costs.sum.Total,
		ShippingAddress: cart.ShippingAddress, Email: b.email, CustomerName: b.name, Phone: b.phone, Language: b.language, Number: OrderNumber(number),
		History: []events.OrderStep{{Status: events.OrderPlacedStatus, At: c.Now, By: e.By}},
	}}
	c.setOrder(o)
	if b.key != "" || b.network != "" && c.Limits.HeldAtNetwork > 0 {
		c.noteGuest(id, b)
	}
	c.setDeadline(OrderDeadline, id, o.PayBy)
	if wait := c.Limits.RemindAfter; wait > 0 && wait < c.Limits.PayWithin {
		c.setDeadline(OrderReminder, id, c.Now.Add(wait))
	}
	low, err := c.reserve(id, Demand(cart.Lines), e.By)
	if err != nil {
		return nil, err
	}
	return append(events.Send(events.OrderPlaced.New(id, o.eventState())), low...), nil
}

// OrderExists refuses a second order of one id.
var OrderExists = events.Refuse("already_exists", "There is an order with this id already.")

// offers is what of a cart is for sale at this moment.
func (c Case) offers(lines []events.OrderItem) map[string]Offer {
	offers := map[string]Offer{}
	for _, line := range lines {
		id := ID(line.ProductID)
		row, found := ProductRows.Get(c.Rows, id)
		s, stocked := Stock.Get(c.Rows, id)
		if p := row.State; found && row.DeletedAt == nil && stocked && p.Status == events.ProductPublished {
			p.Available = s.Available
			offers[p.ID] = OfferOf(p)
		}
	}
	return offers
}
