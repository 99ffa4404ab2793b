package domain

import (
	"errors"
	"slices"

	"github.com/onlinemart/mart/events"
)

var guestLimits = limitsOf[events.GuestContact]()

// GuestContact is who buys without an account, as they are stored. Error: 422 with every fault.
func GuestContact(g events.GuestContact) (events.GuestContact, error) {
	var all faults
	g = all.guest(g)
	return g, all.problem()
}

func (f *faults) guest(g events.GuestContact) events.GuestContact {
	g.Email = f.personalEmail("body.guest.email", g.Email)
	g.Name = f.personsName("body.guest.name", g.Name, guestLimits["name"])
	g.Phone = f.phone("body.guest.phone", g.Phone)
	f.languageAt("body.guest.language", g.Language, guestLimits["language"])
	return g
}

// GuestCart is ChosenCart, and for whom. Error: 422 with every fault.
func GuestCart(c events.GuestCart) (events.GuestCart, error) {
	var all faults
	cart, err := ChosenCart(c.ChosenCart)
	if p, refused := errors.AsType[*events.Problem](err); refused {
		all = append(all, p.Errors...)
	}
	c.ChosenCart, c.Guest = cart, all.guest(c.Guest)
	return c, all.problem()
}

// GuestCartOrder is what is ordered of a cart by a guest, as it is stored. Error: 422 with every fault.
func GuestCartOrder(o events.GuestCartOrder) (events.GuestCartOrder, error) {
	var err error
	o.GuestCart, err = GuestCart(o.GuestCart)
	return o, err
}

// guestKey keeps the digests of guests' addresses apart from all others.
const guestKey = "guest's address"

// GuestKey is what tells that two orders are of one address: a digest of it, so that db finds the orders of an address and has none in clear.
func GuestKey(k *events.Keys, email string) string { return k.Digest(guestKey, FoldEmail(email)) }

// GuestKeys are all that GuestKey may have given, by each key of the ring.
func GuestKeys(k *events.Keys, email string) []string { return k.Digests(guestKey, FoldEmail(email)) }

// isGuestKey tells whether a key is that of an address.
func isGuestKey(k *events.Keys, key, email string) bool {
	return k.Digested(key, guestKey, FoldEmail(email))
}

// OfGuest tells whether an order was bought without an account. So long as there is none, the order itself is who they are.
func (o Order) OfGuest() bool { return o.CustomerID == o.ID }

// OfStranger tells whether an order is a guest's who has not paid for it. Anybody may have written what it says of people, and named somebody else's mailbox.
func (o Order) OfStranger() bool {
	return o.OfGuest() && !OrderConfirmed(o.Status) && !slices.ContainsFunc(o.History, func(s events.OrderStep) bool { return OrderConfirmed(s.Status) })
}

// WithoutWords is a guest's order without what they have written: their address, the country and the goods are left.
func (o Order) WithoutWords() Order {
	o.CustomerName, o.Phone = events.Personal{}, events.Personal{}
	o.ShippingAddress = events.PostalAddress{Country: o.ShippingAddress.Country, Region: o.ShippingAddress.Region}
	o.History = slices.Clone(o.History)
	for i := range o.History {
		if o.History[i].By.IsGuest() {
			o.History[i].Note = events.Words{}
		}
	}
	return o
}

// isBuyer tells whether somebody asks for an order of their own, as customers and guests do, and not for others' as staff.
func isBuyer(by events.Principal) bool { return by.Type == events.Shopper || by.IsGuest() }
