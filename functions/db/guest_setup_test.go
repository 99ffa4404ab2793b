package db

import (
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// guestCalled is somebody without an account, at an address.
func guestCalled(k *events.Keys, email string) events.GuestContact {
	return events.GuestContact{
		Email: events.NewPersonal(email), Name: events.NewPersonal("Gil Guest"), Phone: events.NewPersonal("+493012345678"), Language: events.German,
		Key: domain.GuestKey(k, email), Mailbox: domain.MailboxKey(k, email), Network: "here",
	}
}

// asGuest places an order without an account.
func asGuest(k *events.Keys, order, email string, cart events.Cart) events.Outgoing {
	return events.PlaceAsGuest.New(order, events.GuestCart{ChosenCart: events.ChosenCart{Cart: cart}, Guest: guestCalled(k, email)}).AskedBy(events.Guest(order))
}

// cartAsGuest orders a cart without an account.
func cartAsGuest(k *events.Keys, cart, hash, email string, lines ...events.OrderItem) events.Outgoing {
	return events.OrderAsGuest.New(cart, events.GuestCartOrder{
		CartKey: keyed(hash), GuestCart: events.GuestCart{ChosenCart: events.ChosenCart{Cart: cartOf(lines...)}, Guest: guestCalled(k, email)},
	}).AskedBy(events.Guest(orderOfCart(cart))).WithID(events.NewID(), "")
}

// guest is an order that is placed without an account.
func (m *market) guest(email string, cart events.Cart) (order string, by events.Principal) {
	m.t.Helper()
	order = events.NewID()
	m.must(asGuest(m.keys, order, email, cart))
	return order, events.Guest(order)
}

// guestLife is two orders without an account, of which one comes from a cart, and the other is forgotten.
func (m *market) guestLife(product string) []events.Outgoing {
	order, cart := events.NewID(), events.NewID()
	return []events.Outgoing{
		asGuest(m.keys, order, order+"@example.com", one(product)),
		events.EraseGuest.New(order, events.GuestErasure{}),
		events.OpenCart.New(cart, keyed("s")).AskedBy(nobody), put(cart, product, 1, "s").AskedBy(nobody),
		cartAsGuest(m.keys, cart, "s", cart+"@example.com", one(product).Lines...),
	}
}

// guesting is what somebody without an account buys, pays and cancels, or somebody else in their place, and who is forgotten.
func (w *world) guesting(t *rapid.T) []events.Outgoing {
	order, other, payment, product, cart := pick(t, "order", w.orders...), pick(t, "another order", w.orders...), pick(t, "payment", w.payments...), pick(t, "product", w.products...), pick(t, "cart", w.carts...)
	by, email := pick(t, "who", events.Guest(order), events.Guest(order), events.Guest(order), events.Guest(other), w.buyer, nobody), w.email(t)
	return some(
		t,
		asGuest(testKeys(), order, email, one(product)),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(by),
		said(payment, events.AuthorizeStep, pick(t, "status", events.PaymentAuthStatus, events.PaymentAuthStatus, events.PaymentDeclinedStatus)),
		events.EraseGuest.New(order, events.GuestErasure{}),
		said(payment, events.CaptureStep, events.PaymentCapturedStatus),
		events.CancelOrder.New(order, events.OrderReason{}).AskedBy(by),
		asGuest(testKeys(), other, email, one(product)),
		events.OpenCart.New(cart, keyed("s")).AskedBy(nobody),
		put(cart, product, 1, "s").AskedBy(nobody),
		cartAsGuest(testKeys(), cart, pick(t, "secret", "s", "s", "t"), email, one(product).Lines...),
		events.EraseGuest.New(pick(t, "forgotten", order, orderOfCart(cart)), events.GuestErasure{}),
		expire(order),
	)
}

// unknown is guests and what is refused them: an order of one address too many, another's order, one that is asked for by a customer, and all once they are forgotten.
func (w *world) unknown() []events.Outgoing {
	product, email := w.products[1], "gil@"+w.brands[0]+".example"
	first, second, third, paid := events.NewID(), events.NewID(), events.NewID(), events.NewID()
	of := func(order string, by events.Principal) events.Outgoing {
		return events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(by)
	}
	forget := func(order string) events.Outgoing {
		return events.EraseGuest.New(order, events.GuestErasure{}).WithID(events.NewID(), "")
	}
	mail := func(id, order string) events.Outgoing {
		return events.ClaimNotification.New(id, events.NotificationClaim{Kind: events.OrderShipment, CustomerID: order, OrderID: order, Token: tokens[0], LeaseSeconds: 60})
	}
	posed := asGuest(testKeys(), events.NewID(), email, one(product)).AskedBy(w.buyer)
	return []events.Outgoing{
		events.AdjustStock.New(product, events.StockAdjustment{Delta: 3, Reason: events.StockReceived}).WithID(events.NewID(), ""),
		asGuest(testKeys(), first, email, one(product)), asGuest(testKeys(), second, email, one(product)), asGuest(testKeys(), third, email, one(product)), posed,
		of(first, events.Guest(second)), of(first, w.buyer), of(first, nobody),
		events.StartPayment.New(paid, events.PaymentRequest{OrderID: first, PaymentMethod: "pm_card_visa"}).AskedBy(events.Guest(first)),
		said(paid, events.AuthorizeStep, events.PaymentAuthStatus), forget(first), said(paid, events.CaptureStep, events.PaymentCapturedStatus),
		mail(w.mails[5], first), forget(first), forget(first), mail(events.DeriveID("mail", first), first), forget(second), of(second, events.Guest(second)), forget(third),
	}
}

// flooded is somebody's address for which orders are placed and taken back until no more are.
func (w *world) flooded() (all []events.Outgoing) {
	email := "flooded@" + w.brands[0] + ".example"
	for range 5 {
		order := events.NewID()
		all = append(all, asGuest(testKeys(), order, email, one(w.products[1])), events.CancelOrder.New(order, events.OrderReason{}).AskedBy(events.Guest(order)))
	}
	return all
}
