package db

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

// things are what commands are about; each is a few ids, so that commands meet.
type things struct {
	orders, payments, products, brands, categories, goods []string
	customers, addresses, members, sessions, mails        []string
	begun                                                 []string          // sessions that may have been begun, of an earlier time, too
	hash                                                  []events.Personal // of passwords
	nobody                                                string
	carts                                                 []string
	plainly                                               map[string][]string // of each plain noun
	tokens                                                int                 // how many were given
	about                                                 []func(*rapid.T) []events.Outgoing
}

func newThings() things {
	ids := func(n int) (all []string) {
		for range n {
			all = append(all, events.NewID())
		}
		return all
	}
	th := things{
		orders: ids(3), payments: ids(3), products: ids(2), brands: ids(2), categories: ids(3), goods: ids(2),
		customers: ids(3), addresses: ids(2), members: ids(3), mails: ids(6), carts: ids(3), nobody: events.NewID(), plainly: map[string][]string{},
	}
	for _, n := range plainNouns() {
		th.plainly[n.Name] = ids(2)
	}
	for range 2 {
		hash := events.NewPersonal(fmt.Sprint("hash ", len(th.hash)))
		if err := testKeys().Encrypt(&hash); err != nil {
			panic(err)
		}
		th.hash = append(th.hash, hash)
	}
	return th
}

// Where people come from, and by what they are known there.
var (
	networks = []string{"home", "office"}
	devices  = []string{"", "phone"}
	tokens   = []string{"r1", "r2"} // of senders of mails
)

func usd(amount int64) events.Money { return events.Money{Amount: amount, Currency: "USD"} }

// some are a few that follow each other, mostly one; all are the whole life of a thing, and what else comes of it.
func some(t *rapid.T, all ...events.Outgoing) []events.Outgoing {
	last := len(all) - 1
	first := pick(t, "first", 0, rapid.IntRange(0, last).Draw(t, "anywhere"), rapid.IntRange(0, last).Draw(t, "anywhere"))
	return all[first:min(first+pick(t, "many", 1, 1, 3, len(all)), len(all))]
}

func pick[T any](t *rapid.T, name string, of ...T) T { return rapid.SampledFrom(of).Draw(t, name) }

// subjects draws what a run is about, so that its commands meet. A noun that is declared as a Resource is among what is plain; the commands of any
// other have their draw here, beside their life in roundtrips_test.go.
func (w *world) subjects(t *rapid.T) {
	w.about = nil
	for range 2 {
		w.about = append(w.about, pick(t, "about", w.plain, w.purchase, w.choosing, w.catalogue, w.costs, w.people, w.staffing, w.logins, w.sessionsOf, w.sessionsOf, w.mailing, w.forgetting, w.confirming, w.carting, w.guesting))
	}
}

// commands draws what could come, likely or not: mostly one, sometimes some that belong together.
func (w *world) commands(t *rapid.T) []events.Outgoing { return pick(t, "of", w.about...)(t) }

// plain is the life of a thing of any noun that is declared as a Resource, as its declaration gives it: one of two things, one of two examples.
func (w *world) plain(t *rapid.T) []events.Outgoing {
	noun := pick(t, "plain noun", plainNouns()...)
	one := rapid.IntRange(0, 1).Draw(t, "thing")
	return some(t, noun.Life(w.plainly[noun.Name][one], 2*w.number+rapid.IntRange(0, 1).Draw(t, "example"))...)
}

// plainNouns are those that are declared as Resources.
func plainNouns() []events.Noun {
	return slices.DeleteFunc(events.Nouns(), func(n events.Noun) bool { return n.Life == nil })
}

func (w *world) purchase(t *rapid.T) []events.Outgoing {
	if rapid.Bool().Draw(t, "sent") {
		return w.sending(t)
	}
	order, payment, product := pick(t, "order", w.orders...), pick(t, "payment", w.payments...), pick(t, "product", w.products...)
	buyer, asker := w.buyer, pick(t, "asker", w.buyer, w.clerk)
	if rapid.IntRange(0, 4).Draw(t, "of another") == 0 {
		buyer = shopper(pick(t, "customer", w.customers...))
	}
	refund := events.RefundPayment.New(payment, events.RefundRequest{Amount: usd(400), Reason: events.Said("r")}).AskedBy(w.clerk).WithID("refund of "+payment, "")
	status := pick(t, "status", events.PaymentAuthStatus, events.PaymentAuthStatus, events.PaymentCapturedStatus, events.PaymentCapturedStatus,
		events.PaymentDeclinedStatus, events.PaymentActionStatus, events.PaymentVoidedStatus, events.PaymentUnknownStatus)
	step := pick(t, "step", events.AuthorizeStep, events.CaptureStep, events.VoidStep)
	return some(
		t,
		events.PlaceOrder.New(order, one(product)).AskedBy(buyer),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer),
		said(payment, events.AuthorizeStep, events.PaymentAuthStatus),
		said(payment, events.CaptureStep, events.PaymentCapturedStatus),
		events.CommitStock.New(order, events.OrderStock{OrderID: order}),
		refund,
		events.RecordPayment.New(payment, events.PaymentAnswer{
			Step: events.RefundStep, Status: events.PaymentRefundedStatus, Amount: usd(400), RefundID: events.DeriveID("refund", payment, events.Payment.Source(), refund.ID()),
		}),
		events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("why")}).AskedBy(asker),
		events.RestockOrder.New(order, events.OrderStock{OrderID: order}),
		expire(order),
		events.PlaceOrder.New(order, cartOf(events.OrderItem{ProductID: product, Quantity: 1}, events.OrderItem{ProductID: w.products[0], Quantity: 2})).AskedBy(buyer),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer),
		said(payment, events.AuthorizeStep, events.PaymentActionStatus), events.CancelPayment.New(payment, events.PaymentCancellation{}).AskedBy(buyer),
		said(payment, step, status), said(payment, step, status),
		events.AdjustStock.New(product, events.StockAdjustment{Delta: rapid.Int64Range(-3, 3).Draw(t, "delta"), Reason: events.StockCounted}),
	)
}

// sending is a purchase whose goods go out, in one part or in several, of which some arrive.
func (w *world) sending(t *rapid.T) []events.Outgoing {
	order, payment := pick(t, "order", w.orders...), pick(t, "payment", w.payments...)
	part := func(product string) events.Outgoing {
		return events.FulfilOrder.New(order, events.Shipment{
			Lines: []events.OrderItem{{ProductID: product, Quantity: pick[int64](t, "sent", 1, 1, 2)}}, Carrier: "DHL", TrackingNumber: events.NewPersonal("1"),
		}).AskedBy(pick(t, "sender", w.clerk, w.clerk, w.clerk, w.buyer)).WithID(events.NewID(), "")
	}
	rest := events.FulfilRest.New(order, events.RestShipment{Carrier: "DHL"}).AskedBy(w.clerk).WithID(events.NewID(), "")
	commit := events.CommitStock.New(order, events.OrderStock{OrderID: order})
	one, two := part(w.products[0]), part(w.products[1])
	back := events.RequestReturn.New(order, events.ReturnRequest{
		Lines: []events.OrderItem{{ProductID: w.products[0], Quantity: 1}}, Reason: events.Said("why"),
	}).AskedBy(pick(t, "asker", w.buyer, w.clerk)).WithID(events.NewID(), "")
	came := events.ReturnReception{ReturnID: returnBy(order, back), Lines: []events.ReceivedItem{
		{OrderItem: events.OrderItem{ProductID: w.products[0], Quantity: pick[int64](t, "came", 1, 1, 2)}, Restock: rapid.Bool().Draw(t, "restock")},
	}}
	answer := events.ReturnDecision{ReturnID: returnBy(order, back), Note: events.Said("so")}
	all := []events.Outgoing{
		events.PlaceOrder.New(order, cartOf(
			events.OrderItem{ProductID: w.products[0], Quantity: 1}, events.OrderItem{ProductID: w.products[1], Quantity: 1}, events.OrderItem{ProductID: w.products[0], Quantity: 1},
		)).AskedBy(w.buyer),
		events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(w.buyer),
		answered(payment, events.AuthorizeStep, events.PaymentAuthStatus, 3000), answered(payment, events.CaptureStep, events.PaymentCapturedStatus, 3000),
		events.CancelPart.New(order, events.PartCancellation{
			Lines: []events.OrderItem{{ProductID: pick(t, "not wanted", w.products...), Quantity: pick[int64](t, "cancelled", 1, 1, 2)}}, Reason: events.Said("why"),
		}).AskedBy(pick(t, "who cancels", w.clerk, w.clerk, w.clerk, w.buyer)),
		one, events.DeliverOrder.New(order, events.Delivery{FulfilmentID: fulfilmentBy(order, one)}).AskedBy(w.clerk), commit, pick(t, "then", two, two, rest), part(w.products[0]), pick(t, "at last", two, rest),
		events.CancelOrder.New(order, events.OrderReason{}).AskedBy(w.clerk), events.DeliverOrder.New(order, events.Delivery{}).AskedBy(w.clerk), commit,
		back, pick(t, "answer", events.ApproveReturn, events.ApproveReturn, events.ApproveReturn, events.RefuseReturn).New(order, answer).AskedBy(w.clerk),
		events.ReceiveReturn.New(order, came).AskedBy(w.clerk), events.RefuseReturn.New(order, answer).AskedBy(w.clerk),
	}
	return all[:pick(t, "as far as", 5, 9, len(all), len(all))]
}

// fulfilmentBy is what a command sends, once it has an id.
func fulfilmentBy(order string, sent events.Outgoing) string {
	return events.DeriveID("fulfilment", order, events.Order.Source(), sent.ID())
}

// returnBy is the return that a command asks for, once it has an id.
func returnBy(order string, asked events.Outgoing) string {
	return events.DeriveID("return", order, events.Order.Source(), asked.ID())
}

func (w *world) catalogue(t *rapid.T) []events.Outgoing {
	slug, version := pick(t, "slug", "a", "b", "c")+w.brands[0], pick[int64](t, "version", 1, 1, 2, 3)
	next := version + pick[int64](t, "changes", 0, 1, 1)
	brand, category, parent := pick(t, "brand", w.brands...), pick(t, "category", w.categories...), pick(t, "parent", append([]string{"", "", "", "", ""}, w.categories...)...)
	other, aside := pick(t, "another brand", w.brands...), pick(t, "another category", w.categories...)
	goods := productNamed("G-"+slug[:1]+slug[len(slug)-12:], "Good", pick[int64](t, "price", 400, 500, 600)) // an id begins with its time, which it shares with others
	goods.Status = pick(t, "offered", events.ProductPublished, events.ProductPublished, events.ProductArchived)
	goods.BrandID, goods.CategoryID = pick(t, "brand of it", append([]string{"", "", "", "", ""}, w.brands...)...), parent
	goods.TaxClass, goods.WeightGrams = pick(t, "tax class", "", "", "books"), pick(t, "weight", nil, nil, new(int64), new(int64(750)))
	good := pick(t, "good", w.goods...)
	return pick(
		t, "noun", w.leaving(t, good, slug),
		some(
			t,
			events.CreateBrand.New(brand, brandNamed(slug)),
			events.UpdateBrand.New(brand, events.Change[events.BrandFields]{ExpectedVersion: version, Fields: brandNamed(slug)}),
			events.DeleteBrand.New(brand, events.Deletion{ExpectedVersion: next}),
			events.MergeBrand.New(brand, events.Merger{ExpectedVersion: version, IntoID: other}),
			events.CreateBrand.New(brand, brandNamed(slug)).AskedBy(staff(pick(t, "member", w.members...))),
		),
		some(
			t,
			events.CreateCategory.New(category, categoryNamed(slug, parent)),
			events.UpdateCategory.New(category, events.Change[events.CategoryFields]{ExpectedVersion: version, Fields: categoryNamed(slug, parent)}),
			events.DeleteCategory.New(category, events.Deletion{ExpectedVersion: next}),
			events.MergeCategory.New(category, events.Merger{ExpectedVersion: version, IntoID: aside}),
		),
		some(
			t,
			events.CreateProduct.New(good, goods),
			events.UpdateProduct.New(pick(t, "of all", slices.Concat(w.goods, w.products)...), events.Change[events.ProductFields]{ExpectedVersion: version, Fields: goods}),
			events.DeleteProduct.New(good, events.Deletion{ExpectedVersion: version}),
		),
	)
}

// leaving is a brand and a category that a product has when they are to go, and where it goes.
func (w *world) leaving(t *rapid.T, good, slug string) []events.Outgoing {
	brands, categories := w.brands, w.categories
	if rapid.Bool().Draw(t, "the other way") {
		brands, categories = []string{brands[1], brands[0]}, []string{categories[1], categories[0], categories[2]}
	}
	level, version, into := pick(t, "level", categories[0], categories[2]), pick[int64](t, "its version", 1, 1, 2), pick(t, "into", brands...)
	all := leave(good, slug, brands, categories, level, into, version)
	return all[:pick(t, "as far as", 6, 8, len(all), len(all))]
}

// leave gives a product the first of brands and the category level, and lets them go: the brand into another.
func leave(good, slug string, brands, categories []string, level, into string, version int64) []events.Outgoing {
	goods := productNamed("L-"+good[24:], "Lamp", 500)
	goods.BrandID, goods.CategoryID = brands[0], level
	return []events.Outgoing{
		events.CreateBrand.New(brands[0], brandNamed("l"+slug)),
		events.CreateBrand.New(brands[1], brandNamed("m"+slug)),
		events.CreateCategory.New(categories[0], categoryNamed("l"+slug, "")),
		events.CreateCategory.New(categories[1], categoryNamed("m"+slug, "")),
		events.CreateCategory.New(categories[2], categoryNamed("n"+slug, categories[0])),
		events.CreateProduct.New(good, goods),
		events.DeleteBrand.New(brands[0], events.Deletion{ExpectedVersion: version}),
		events.DeleteCategory.New(goods.CategoryID, events.Deletion{ExpectedVersion: version}),
		events.MergeBrand.New(brands[0], events.Merger{ExpectedVersion: version, IntoID: into}),
		events.MergeCategory.New(categories[0], events.Merger{ExpectedVersion: version, IntoID: categories[1]}),
		events.MergeCategory.New(categories[2], events.Merger{ExpectedVersion: 1, IntoID: categories[1]}),
		events.MergeCategory.New(categories[0], events.Merger{ExpectedVersion: version, IntoID: categories[1]}),
	}
}

// email is one that somebody else may have, in this spelling or in another.
func (w *world) email(t *rapid.T) string {
	name := pick(t, "address", "ann", "bob", "cy")
	return pick(t, "spelling", name, strings.ToUpper(name)) + "@" + w.brands[0] + ".example"
}

// people is what customers do to their accounts: one address is two people's, and whoever is erased does some more.
func (w *world) people(t *rapid.T) []events.Outgoing {
	id, other, version := pick(t, "customer", append(w.customers, w.buyer.ID)...), pick(t, "asker", w.customers...), pick[int64](t, "version", 1, 1, 2, 3)
	w.tokens += 4
	next, address := version+pick[int64](t, "changes", 0, 1, 1), pick(t, "entry", w.addresses...)
	change := events.Change[events.CustomerFields]{ExpectedVersion: version, Fields: events.CustomerFields{Name: events.NewPersonal("New")}}
	return some(
		t,
		w.registration(id, w.email(t), pick(t, "network", networks...)),
		events.CreateAddress.New(address, home()).AskedBy(shopper(id)),
		events.UpdateAddress.New(address, events.Change[events.PostalAddress]{ExpectedVersion: version, Fields: home()}).AskedBy(shopper(id)),
		events.DeleteAddress.New(address, events.Deletion{ExpectedVersion: next}).AskedBy(shopper(id)),
		events.UpdateCustomer.New(id, change).AskedBy(shopper(id)),
		events.ChangeCustomerPassword.New(id, w.newPassword(t)).AskedBy(shopper(pick(t, "whose", id, id, id, other))),
		events.PlaceOrder.New(pick(t, "order", w.orders...), one(w.products[1])).AskedBy(shopper(id)),
		events.CreateSession.New(pick(t, "session", w.sessions...), events.NewSession{ClientID: "c", Owner: shopper(id), RefreshHash: w.token(w.tokens), ExpiresAt: w.now.Add(time.Hour)}),
		events.ClaimNotification.New(w.mails[2], events.NotificationClaim{Kind: events.WelcomeMail, CustomerID: id, Token: tokens[0], LeaseSeconds: 5}),
		events.DeleteCustomer.New(id, events.Deletion{ExpectedVersion: next}).AskedBy(shopper(id)),
		events.ClaimNotification.New(w.mails[2], events.NotificationClaim{Kind: events.WelcomeMail, CustomerID: id, Token: tokens[1], LeaseSeconds: 5}),
		w.registration(other, w.email(t), pick(t, "network", networks...)),
		events.SetCustomerStatus.New(id, events.CustomerStatusChange{Status: pick(t, "status", events.AccountDisabled, events.AccountActive)}),
		events.EraseCustomer.New(id, events.Deletion{ExpectedVersion: next}),
		w.enrolment(other, pick(t, "whose address", w.email(t), "buyer@"+w.brands[0]+".example")),
		events.UpdateCustomer.New(id, change).AskedBy(shopper(other)),
		events.CreateAddress.New(address, home()).AskedBy(shopper(id)),
	)
}

func (w *world) registration(id, email, network string) events.Outgoing {
	return events.RegisterCustomer.New(id, events.NewCustomer{
		Email: events.NewPersonal(email), Name: events.NewPersonal("Bo Buyer"), PasswordHash: w.hash[0], Network: network, VerificationHash: "t0",
	}).AskedBy(events.Principal{Type: events.Anonymous})
}

// enrolment is a registration whose answer tells nothing of whoever has the address.
func (w *world) enrolment(id, email string) events.Outgoing {
	c := registration(email, "Bo Buyer")
	c.PasswordHash, c.VerificationHash, c.ResetHash = w.hash[0], "t0", "t4"
	return events.RegisterCustomer.New(id, c).AskedBy(events.Principal{Type: events.Anonymous})
}

// staffing is who works here: two owners dismiss each other, and whoever was dismissed does some more.
func (w *world) staffing(t *rapid.T) []events.Outgoing {
	id, asker, version := pick(t, "member", w.members...), staff(pick(t, "asker", w.members...)), pick[int64](t, "version", 1, 1, 2, 3)
	role := pick(t, "role", events.OwnerRole, events.OwnerRole, events.OrdersRole)
	u := w.employed(w.email(t), role)
	invited := newUser(w.email(t), role)
	invited.ResetHash = "t5"
	change := events.Change[events.UserFields]{ExpectedVersion: version, Fields: fieldsOf(w.email(t), pick(t, "status", events.AccountActive, events.AccountDisabled), role)}
	return some(
		t,
		events.EnsureOwner.New(id, u),
		events.CreateUser.New(id, u),
		events.UpdateUser.New(id, change).AskedBy(asker),
		events.ChangeUserPassword.New(id, w.newPassword(t)).AskedBy(staff(id)),
		events.DeleteUser.New(id, events.Deletion{ExpectedVersion: version}).AskedBy(asker),
		events.CreateUser.New(id, u).AskedBy(asker),
		events.UpdateUser.New(id, change).AskedBy(asker),
		events.DeleteUser.New(id, events.Deletion{ExpectedVersion: version}),
		events.CreateUser.New(id, invited),
		events.EnsureOwner.New(id, u),
	)
}

func (w *world) newPassword(t *rapid.T) events.NewPassword {
	return events.NewPassword{PreviousHash: pick(t, "known", w.hash...), PasswordHash: pick(t, "new", w.hash...)}
}

func (w *world) employed(email string, role events.Role) events.NewUser {
	u := newUser(email, role)
	u.PasswordHash = w.hash[0]
	return u
}

// accounts are what somebody tries to log in to: one is nobody's.
func (w *world) accounts() []string {
	return []string{w.members[0], w.customers[0], w.customers[1], w.nobody}
}

func (w *world) account(t *rapid.T) (string, events.Principal) {
	switch id := pick(t, "account", append(w.accounts(), w.buyer.ID)...); id {
	case w.nobody:
		return id, events.Principal{}
	case w.members[0]:
		return id, staff(id)
	default:
		return id, shopper(id)
	}
}

// logins is tries to log in, as many at once as are too many, and how they end.
func (w *world) logins(t *rapid.T) []events.Outgoing {
	account, owner := w.account(t)
	network, device := pick(t, "network", networks...), pick(t, "device", devices...)
	inside := rapid.IntRange(0, 3).Draw(t, "logged in") == 0
	if rapid.IntRange(0, 2).Draw(t, "end") == 0 {
		end := events.EndLogin
		if inside {
			end = events.EndPasswordTry
		}
		return events.Send(end.New(account, events.LoginEnd{
			Place: network, Stranger: rapid.Bool().Draw(t, "stranger"), Proven: rapid.Bool().Draw(t, "proven"), Network: network, Device: device,
		}))
	}
	try := events.TryLogin
	if inside {
		try = events.TryPassword
	}
	var tries []events.Outgoing
	for range pick(t, "tries", 1, 2, 11, 11) {
		tries = append(tries, try.New(account, events.LoginTry{Owner: owner, Network: network, Device: device}))
	}
	return tries
}

// sessionsOf is a session from its beginning on, for a while, or one that was begun before: it is refreshed, twice by one token among others,
// and ended. A token is random, and given once; so is a session's id, and once its time is over its row may be gone or not.
func (w *world) sessionsOf(t *rapid.T) []events.Outgoing {
	_, owner := w.account(t)
	ends := w.now.Add(pick(t, "for", time.Hour, time.Hour, time.Hour, 10*time.Minute, -time.Minute))
	w.tokens += 4
	refresh := func(id string, shown, given int) events.Outgoing {
		return events.RotateSession.New(id, events.Rotation{
			PresentedHash: w.token(shown), NextHash: w.token(given), ClientID: pick(t, "client", "c", "c", "c", "other"), ExpiresAt: ends,
		})
	}
	id, first, begun := pick(t, "session", w.sessions...), w.tokens, pick(t, "begun", w.begun...)
	shown := rapid.IntRange(max(first-6, 0), first).Draw(t, "shown before")
	return some(
		t,
		events.CreateSession.New(id, events.NewSession{ClientID: "c", Owner: owner, RefreshHash: w.token(first), ExpiresAt: ends}),
		refresh(id, first, first+1),
		refresh(id, pick(t, "shown", first, first+1, first+1), first+2),
		events.RevokeSession.New(id, events.Revocation{RefreshHash: w.token(pick(t, "at the end", first, first+2))}),
		refresh(begun, shown, first+3),
		events.RevokeSession.New(begun, events.Revocation{RefreshHash: w.token(shown)}),
	)
}

// token is the hash of one.
func (w *world) token(n int) string { return fmt.Sprintf("%s %d", w.brands[0], n) }

// resetOf is number n of somebody's resets.
func (w *world) resetOf(owner events.Principal, n int) string {
	return events.DeriveID("reset", string(owner.Type), owner.ID, fmt.Sprint(n))
}

// forgetting is links to a new password that are asked for, mailed and used, by a buyer or by staff: in time, too late, twice, or by a token of another.
func (w *world) forgetting(t *rapid.T) []events.Outgoing {
	owner, email := w.buyer, "buyer@"+w.brands[0]+".example"
	if rapid.Bool().Draw(t, "staff") {
		owner, email = w.clerk, "clerk@"+w.brands[0]+".example"
	}
	ask := func(n int, email string) events.Outgoing {
		return events.RequestReset.New(w.resetOf(owner, n), events.ResetRequest{Account: owner.Type, Email: events.NewPersonal(email), TokenHash: "t" + fmt.Sprint(n)})
	}
	redeem := func(n int, hash string) events.Outgoing {
		return events.RedeemReset.New(w.resetOf(owner, n), events.ResetRedemption{Owner: owner, TokenHash: hash, PasswordHash: pick(t, "new", w.hash...)})
	}
	claim := events.NotificationClaim{Kind: events.PasswordResetMail, CustomerID: w.buyer.ID, ResetID: w.resetOf(w.buyer, 1), Token: tokens[0], LeaseSeconds: 5}
	ended := claim
	ended.Token = tokens[1]
	w.tokens += 4
	session := events.NewSession{ClientID: "c", Owner: owner, RefreshHash: w.token(w.tokens), ExpiresAt: w.now.Add(time.Hour)}
	all := some(
		t,
		events.CreateSession.New(pick(t, "session", w.sessions...), session),
		ask(1, email), events.ClaimNotification.New(w.mails[3], claim), redeem(1, "t1"),
		events.ClaimNotification.New(w.mails[3], ended), redeem(1, "t1"), ask(2, strings.ToUpper(email)), redeem(1, "t1"), redeem(2, "t1"), redeem(2, "t2"),
		w.enrolment(w.nobody, email),
		events.RequestReset.New(events.NewID(), events.ResetRequest{Account: owner.Type, Email: events.NewPersonal(w.email(t)), TokenHash: "t3"}), redeem(pick(t, "which", 1, 2), pick(t, "hash", "t1", "t2")),
	)
	for range pick(t, "asked", 0, 0, 0, 6) {
		all = append(all, ask(2, email))
	}
	return all
}

// confirming is links that confirm an address: asked for, mailed and followed, in time, too late, twice, or by a token of another.
func (w *world) confirming(t *rapid.T) []events.Outgoing {
	id := pick(t, "customer", w.buyer.ID, w.buyer.ID, w.customers[1])
	link := func(n int) string { return events.DeriveID("verification", id, fmt.Sprint(n)) }
	ask := func(n int) events.Outgoing {
		return events.RequestVerification.New(link(n), events.VerificationRequest{TokenHash: "t" + fmt.Sprint(n)}).AskedBy(shopper(id))
	}
	redeem := func(link, hash string) events.Outgoing {
		return events.RedeemVerification.New(link, events.VerificationRedemption{CustomerID: id, TokenHash: hash})
	}
	claim := events.NotificationClaim{Kind: events.VerificationMail, CustomerID: w.buyer.ID, VerificationID: events.DeriveID("verification", w.buyer.ID, "1"), Token: tokens[0], LeaseSeconds: 5}
	ended := claim
	ended.Token = tokens[1]
	change := events.RequestEmailChange.New(link(4), events.EmailChange{Email: events.NewPersonal(w.email(t)), TokenHash: "t6", ResetHash: "t7"}).AskedBy(shopper(id))
	told := events.NotificationClaim{Kind: events.EmailChangedMail, CustomerID: id, VerificationID: link(4), Token: tokens[0], LeaseSeconds: 5}
	all := some(
		t,
		ask(1), events.ClaimNotification.New(w.mails[4], claim), redeem(id, "t0"), redeem(link(1), pick(t, "hash", "t0", "t1", "t1")), redeem(link(1), "t1"),
		events.ClaimNotification.New(w.mails[4], ended), ask(2), redeem(link(2), "t2"),
		change, redeem(link(4), "t6"), events.ClaimNotification.New(w.mails[5], told), w.enrolment(w.customers[2], w.email(t)), change.WithID(events.NewID(), ""), redeem(link(4), "t6"),
		events.RequestVerification.New(link(3), events.VerificationRequest{TokenHash: "t3"}).AskedBy(pick(t, "asker", w.clerk, shopper(w.nobody))),
	)
	for range pick(t, "asked", 0, 0, 0, 6) {
		all = append(all, ask(2))
	}
	return all
}

// mailing is mails that are claimed by two, sent, refused, and claimed again when a lease is over or somebody wants them again.
func (w *world) mailing(t *rapid.T) []events.Outgoing {
	id, token := pick(t, "mail", w.mails...), pick(t, "sender", tokens...)
	claim := events.NotificationClaim{
		Kind: events.WelcomeMail, CustomerID: pick(t, "reader", w.customers...), Token: token, LeaseSeconds: pick(t, "lease", 5, 300),
	}
	switch id { // what a mail is about follows from its id
	case w.mails[0]:
		claim.Kind, claim.CustomerID, claim.OrderID = events.OrderConfirmation, w.buyer.ID, pick(t, "order", w.orders...)
	case w.mails[1]:
		claim.Kind, claim.CustomerID, claim.UserID = events.LoginWarning, "", pick(t, "member", w.members...)
	case w.mails[3]:
		claim.Kind, claim.CustomerID, claim.ResetID = events.PasswordResetMail, w.buyer.ID, w.resetOf(w.buyer, pick(t, "reset", 1, 2))
	case w.mails[4]:
		claim.Kind, claim.CustomerID, claim.VerificationID = events.VerificationMail, w.buyer.ID, events.DeriveID("verification", w.buyer.ID, fmt.Sprint(pick(t, "link", 1, 2)))
	default:
	}
	again := claim
	again.Again = true
	return some(
		t,
		events.ClaimNotification.New(id, claim),
		events.RecordNotification.New(id, events.NotificationResult{
			Status: pick(t, "result", events.NotificationSent, events.NotificationFailed), Token: token, Reason: "r",
		}),
		events.ClaimNotification.New(id, again).AskedBy(w.clerk),
		events.ClaimNotification.New(id, claim),
	)
}
