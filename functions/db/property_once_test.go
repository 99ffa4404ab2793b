package db

import (
	"fmt"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// once carries out what the property is nothing worth without, so that no chance decides whether it was tried: each command where it succeeds, and
// all that is interesting.
func (w *world) once(t *testing.T) {
	w.begin(t, false)
	w.later(0)
	boss := staff(w.members[1])
	w.singly.clerk = w.clerk
	all := []events.Outgoing{
		events.EnsureOwner.New(boss.ID, w.employed("boss@"+w.brands[0]+".example", events.OwnerRole)),
		events.CreateUser.New(w.clerk.ID, w.employed("clerk@"+w.brands[0]+".example", events.OrdersRole)),
	}
	for _, step := range w.singly.lives(w.products[0], w.buyer, boss, 0, 1) {
		all = append(all, step...)
	}
	w.carry(t, all, []int{3, 1, 40})
	for _, part := range [][]events.Outgoing{
		leave(w.goods[0], "once"+w.brands[0], w.brands, w.categories, w.categories[2], w.brands[0], 1),
		leave(w.goods[0], "once"+w.brands[0], w.brands, w.categories, w.categories[2], w.brands[1], 1),
		w.twoRates(), w.erasure(), w.lastOwner(boss), w.tokenTwice(), w.guesses(), w.mailTwice(), w.strangers(), w.confirmed(), w.forgotten(), // who is confirmed by that
		w.sent(), w.collected(), w.unknown(), w.flooded(),
	} {
		w.carry(t, part, []int{1, 5})
	}
	w.later(time.Minute)
	w.carry(t, w.usedLinks(), []int{1, 5})
	w.compare(t, t)
	w.begin(t, true)
	w.quotes(t)
	w.compare(t, t)
}

// erasure is somebody whose address another one wants, whose password is no longer the one that was shown, and who is erased with an order that is
// open, and comes back.
func (w *world) erasure() []events.Outgoing {
	id := w.customers[1]
	gone := shopper(id)
	return []events.Outgoing{
		w.registration(id, "gone@"+w.brands[0]+".example", networks[0]),
		w.registration(w.customers[2], "gone@"+w.brands[0]+".example", networks[0]),
		events.ChangeCustomerPassword.New(id, events.NewPassword{PreviousHash: w.hash[1], PasswordHash: w.hash[0]}).AskedBy(gone),
		events.PlaceOrder.New(w.orders[0], one(w.products[1])).AskedBy(gone),
		events.DeleteCustomer.New(id, events.Deletion{ExpectedVersion: 1}).AskedBy(gone),
		events.PlaceOrder.New(w.orders[1], one(w.products[1])).AskedBy(gone),
		w.session(w.sessions[1], gone, "never"),
	}
}

func (w *world) session(id string, owner events.Principal, token string) events.Outgoing {
	return events.CreateSession.New(id, events.NewSession{ClientID: "c", Owner: owner, RefreshHash: token + id, ExpiresAt: w.now.Add(time.Hour)})
}

// lastOwner is one who would leave nobody behind, and whose password is no longer the one that was shown.
func (w *world) lastOwner(boss events.Principal) []events.Outgoing {
	return []events.Outgoing{
		events.DeleteUser.New(boss.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(boss),
		events.ChangeUserPassword.New(boss.ID, events.NewPassword{PreviousHash: w.hash[1], PasswordHash: w.hash[0]}).AskedBy(boss),
	}
}

// tokenTwice is a session that is refreshed by a token that was given up before: somebody else has it.
func (w *world) tokenTwice() []events.Outgoing {
	id := w.sessions[0]
	refresh := func(shown, given string) events.Outgoing {
		return events.RotateSession.New(id, events.Rotation{PresentedHash: shown + id, NextHash: given + id, ClientID: "c", ExpiresAt: w.now.Add(time.Hour)})
	}
	return []events.Outgoing{w.session(id, w.buyer, "first"), refresh("first", "second"), refresh("first", "third"), refresh("first", "fourth")}
}

// guesses is strangers who try to log in, from more places than one, until they have to wait and the account's owner is told.
func (w *world) guesses() (tries []events.Outgoing) {
	for _, network := range networks {
		for range 14 {
			tries = append(tries, events.TryLogin.New(w.buyer.ID, events.LoginTry{Owner: w.buyer, Network: network}))
		}
	}
	return tries
}

// mailTwice is a mail that two want to send, that is sent once, and again when somebody asks for it.
func (w *world) mailTwice() []events.Outgoing {
	id := w.mails[2]
	claim := func(token string, again bool) events.Outgoing {
		return events.ClaimNotification.New(id, events.NotificationClaim{Kind: events.WelcomeMail, CustomerID: w.buyer.ID, Token: token, LeaseSeconds: 300, Again: again})
	}
	record := func(token string) events.Outgoing {
		return events.RecordNotification.New(id, events.NotificationResult{Status: events.NotificationSent, Token: token})
	}
	return []events.Outgoing{
		claim(tokens[0], false), claim(tokens[1], false), record(tokens[1]), record(tokens[0]),
		claim(tokens[1], false), claim(tokens[1], true).AskedBy(w.clerk),
	}
}

// forgotten is links to a new password: a buyer's, whose mail is begun, and a clerk's. Each is used, and tried again.
func (w *world) forgotten() []events.Outgoing {
	ask := func(owner events.Principal, email string) events.Outgoing {
		return events.RequestReset.New(w.resetOf(owner, 1), events.ResetRequest{Account: owner.Type, Email: events.NewPersonal(email), TokenHash: "t1"})
	}
	redeem := func(owner events.Principal) events.Outgoing {
		return events.RedeemReset.New(w.resetOf(owner, 1), events.ResetRedemption{Owner: owner, TokenHash: "t1", PasswordHash: w.hash[0]})
	}
	return []events.Outgoing{
		ask(w.buyer, "buyer@"+w.brands[0]+".example"), w.linkMail(w.mails[3], tokens[0]), redeem(w.buyer), redeem(w.buyer),
		ask(w.clerk, "clerk@"+w.brands[0]+".example"), redeem(w.clerk), redeem(w.clerk),
	}
}

// usedLinks is mails with a link that is good for nothing any more: one that was begun, whose sender's time is over, and one that was not.
func (w *world) usedLinks() []events.Outgoing {
	return []events.Outgoing{w.linkMail(w.mails[3], tokens[1]), w.linkMail(w.mails[0], tokens[1])}
}

func (w *world) linkMail(id, token string) events.Outgoing {
	return events.ClaimNotification.New(id, events.NotificationClaim{
		Kind: events.PasswordResetMail, CustomerID: w.buyer.ID, ResetID: w.resetOf(w.buyer, 1), Token: token, LeaseSeconds: 5,
	})
}

// sent is a purchase whose goods go out and come back, and what is refused on the way.
func (w *world) sent() []events.Outgoing {
	order, payment := w.orders[2], w.payments[2]
	some := func(n int64) []events.OrderItem { return []events.OrderItem{{ProductID: w.products[0], Quantity: n}} }
	send := func(n int64) events.Outgoing {
		return events.FulfilOrder.New(order, events.Shipment{Lines: some(n), Carrier: "DHL", TrackingNumber: events.NewPersonal("1")}).AskedBy(w.clerk).WithID(events.NewID(), "")
	}
	arrive := func(part string) events.Outgoing {
		return events.DeliverOrder.New(order, events.Delivery{FulfilmentID: part}).AskedBy(w.clerk)
	}
	back := func() events.Outgoing {
		return events.RequestReturn.New(order, events.ReturnRequest{Lines: some(1), Reason: events.Said("why")}).AskedBy(w.buyer).WithID(events.NewID(), "")
	}
	parcel, wanted := send(1), back()
	came := func(n int64) events.Outgoing {
		return events.ReceiveReturn.New(order, events.ReturnReception{
			ReturnID: returnBy(order, wanted), Lines: []events.ReceivedItem{{OrderItem: some(n)[0], Restock: true}},
		}).AskedBy(w.clerk)
	}
	return []events.Outgoing{
		events.AdjustStock.New(w.products[0], events.StockAdjustment{Delta: 2, Reason: events.StockReceived}),
		events.PlaceOrder.New(order, events.Cart{Lines: some(2), ShippingAddress: home()}).AskedBy(w.buyer), send(1),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(w.buyer),
		answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 2000), answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 2000),
		events.CancelPart.New(order, events.PartCancellation{Lines: some(1), Reason: events.Said("why")}).AskedBy(w.buyer),
		parcel, send(2), arrive(fulfilmentBy(order, parcel)), arrive(""), events.CancelOrder.New(order, events.OrderReason{}).AskedBy(w.clerk),
		wanted, back(), came(1), events.ApproveReturn.New(order, events.ReturnDecision{ReturnID: returnBy(order, wanted)}).AskedBy(w.clerk), came(2), came(1),
	}
}

// strangers is whoever registers with another's address, is erased as they are not any more, or is invited.
func (w *world) strangers() []events.Outgoing {
	invited := newUser("invited@"+w.brands[0]+".example", events.OrdersRole)
	invited.ResetHash = "t5"
	return []events.Outgoing{
		w.enrolment(w.nobody, "buyer@"+w.brands[0]+".example"),
		events.EraseCustomer.New(w.buyer.ID, events.Deletion{ExpectedVersion: 99}),
		events.CreateUser.New(w.members[2], invited),
	}
}

// confirmed is an address that is changed to one's own, to another's, to one that another has by then, and to a free one; and links that confirm
// one: an old one, a used one, one too many, and one when there is nothing left to confirm.
func (w *world) confirmed() []events.Outgoing {
	ada := shopper(w.customers[2])
	at := func(name string) string { return name + "@" + w.brands[0] + ".example" }
	link := func(of events.Principal, n int) string { return events.DeriveID("verification", of.ID, fmt.Sprint(n)) }
	change := func(of events.Principal, n int, email string) events.Outgoing {
		return events.RequestEmailChange.New(link(of, n), events.EmailChange{Email: events.NewPersonal(email), TokenHash: "t6", ResetHash: "t7"}).AskedBy(of)
	}
	ask := func(n int) events.Outgoing {
		return events.RequestVerification.New(link(w.buyer, n), events.VerificationRequest{TokenHash: "t6"}).AskedBy(w.buyer).WithID(events.NewID(), "")
	}
	redeem := func(of events.Principal, n int) events.Outgoing {
		return events.RedeemVerification.New(link(of, n), events.VerificationRedemption{CustomerID: of.ID, TokenHash: "t6"}).WithID(events.NewID(), "")
	}
	mail := events.ClaimNotification.New(w.mails[4], events.NotificationClaim{
		Kind: events.VerificationMail, CustomerID: w.buyer.ID, VerificationID: link(w.buyer, 8), Token: tokens[0], LeaseSeconds: 5,
	})
	return []events.Outgoing{
		w.registration(ada.ID, at("ada"), networks[1]), change(ada, 4, at("lovelace")), redeem(ada, 4),
		change(w.buyer, 5, at("buyer")), change(w.buyer, 6, at("lovelace")), change(w.buyer, 7, at("free")), w.registration(w.nobody, at("free"), networks[1]), redeem(w.buyer, 7),
		ask(8), ask(9), mail, redeem(w.buyer, 8), ask(9), ask(9), ask(9), ask(9), ask(9), redeem(w.buyer, 9), redeem(w.buyer, 9), ask(9),
	}
}

// quotes is an order that is sent somehow and paid with its taxes, and others: one that does not say how, one by a way that there is not, one at what
// was quoted, and one when that is over.
func (w *world) quotes(t *testing.T) {
	method, rates := w.plainly["shippingMethod"][0], w.plainly["taxRate"]
	w.carry(t, w.chosen(events.NewID(), events.NewID(), method, rates, events.ChosenCart{ShippingMethodID: method}), []int{1, 4})
	quote, first := w.quoteOf(w.products[0]), events.NewID()
	chosen := func(id string, cart events.ChosenCart) events.Outgoing {
		cart.Cart = one(w.products[0])
		return events.PlaceChosen.New(id, cart).AskedBy(w.buyer)
	}
	w.carry(t, []events.Outgoing{
		events.PlaceOrder.New(events.NewID(), one(w.products[0])).AskedBy(w.buyer),
		chosen(events.NewID(), events.ChosenCart{ShippingMethodID: w.nobody}), chosen(first, events.ChosenCart{Quote: quote}),
		events.DeleteTaxRate.New(rates[0], events.Deletion{ExpectedVersion: 1}), chosen(events.NewID(), events.ChosenCart{Quote: quote}),
		events.CancelOrder.New(first, events.OrderReason{}).AskedBy(w.buyer),
	}, []int{1, 5})
}
