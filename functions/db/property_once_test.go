package db

import (
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
		w.erasure(), w.lastOwner(boss), w.tokenTwice(), w.guesses(), w.mailTwice(), w.forgotten(),
	} {
		w.carry(t, part, []int{1, 5})
	}
	w.later(time.Minute)
	w.carry(t, w.usedLinks(), []int{1, 5})
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
