package notification

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// mailless is why nobody gets a mail of an event.
var mailless = map[string]string{
	events.LoginTried.Type(): "an account's owner is told of many wrong passwords, by login.attacked, and not of each",
	events.LoginEnded.Type(): "as login.tried",

	events.DeadLetterRecorded.Type():  "an alert tells operators, once for many",
	events.DeadLetterMarked.Type():    "operators tell each other",
	events.DeadLetterReplayed.Type():  "operators tell each other",
	events.DeadLetterDiscarded.Type(): "operators tell each other",

	events.CartOpened.Type():    "whoever does something with a cart sees it",
	events.CartUpdated.Type():   "as cart.opened",
	events.CartDeleted.Type():   "as cart.opened",
	events.CartClaimed.Type():   "as cart.opened",
	events.CartOrdered.Type():   "the order has mails of its own",
	events.CartAbandoned.Type(): "a shop's own campaign decides who may be written to about it, which the law asks consent for",

	events.SessionCreated.Type(): "whoever logs in knows it",
	events.SessionRotated.Type(): "a program does it, every few minutes",
	events.SessionRevoked.Type(): "whoever logs out knows it",

	events.ResetRequested.Type(): "the link is mailed at reset.issued; where there is no account there is nobody to tell",
	events.ResetRedeemed.Type():  "whoever follows the link reads the mailbox already",

	events.UserCreated.Type():         "whoever is invited is mailed at reset.issued; others are given a password by hand",
	events.UserUpdated.Type():         "staff tell each other",
	events.UserDeleted.Type():         "staff tell each other",
	events.UserPasswordChanged.Type(): "it takes the former password; who guesses that is told of by login.attacked",

	events.ProductCreated.Type(): catalogueWork, events.ProductUpdated.Type(): catalogueWork, events.ProductDeleted.Type(): catalogueWork,

	events.CustomerRegistrationHeard.Type(): "it is the same whether or not there is an account: customer.registered and reset.issued tell",
	events.CustomerUpdated.Type():           "whoever does it sees it",
	events.CustomerDeleted.Type():           "nobody is left whose address is known",
	events.CustomerSuspended.Type():         "staff have a reason, and tell it in words of their own or not at all",
	events.CustomerReinstated.Type():        "as customer.suspended",
	events.CustomerPasswordChanged.Type():   "it takes the former password; who guesses that is told of by login.attacked",

	events.VerificationRedeemed.Type(): "whoever follows the link sees that it worked",

	events.AddressCreated.Type(): "whoever does it sees it", events.AddressUpdated.Type(): "whoever does it sees it", events.AddressDeleted.Type(): "whoever does it sees it",

	events.OrderPlaced.Type():      "whoever pays at once gets one mail, the confirmation; who has not after some minutes is told by order.waiting",
	events.OrderAuthorized.Type():  "the money is taken within moments: order.paid",
	events.OrderReopened.Type():    "the buyer is told by the answer to the payment, and may pay again",
	events.OrderUnchanged.Type():   "nothing has happened",
	events.OrderGuestErased.Type(): "nobody is left whose address is known",
	events.OrderDue.Type():         "it asks whether an order has expired: order.expired",
	events.NoteAdded.Type():        "staff note for each other",

	events.PaymentStarted.Type():         "whoever pays waits for the answer",
	events.PaymentActionRequired.Type():  "whoever pays is led there by the answer",
	events.PaymentAuthorized.Type():      "order.paid tells of the order",
	events.PaymentCaptured.Type():        "order.paid tells of the order",
	events.PaymentDeclined.Type():        "whoever pays is told by the answer",
	events.PaymentUnchanged.Type():       "nothing has happened",
	events.PaymentUnknown.Type():         "it is found out within moments",
	events.PaymentDue.Type():             "it asks for the next step",
	events.PaymentVoidRequested.Type():   "nothing was taken that could come back; order.cancelled and order.expired tell of the order",
	events.PaymentVoided.Type():          "as payment.voidRequested",
	events.PaymentRefundRequested.Type(): "payment.refunded tells, once the money is on its way",
	events.PaymentRefundFailed.Type():    "staff choose another way to give it back, and tell it with that",

	events.NotificationClaimed.Type():  "it is about a mail",
	events.NotificationRecorded.Type(): "it is about a mail",

	events.StockAdjusted.Type():       "staff do it",
	events.OrderStockCommitted.Type(): "it follows an order's own step",
	events.OrderStockRestocked.Type(): "it follows an order's own step",
}

// catalogueWork is why there is none of what staff write as a plain resource, unless it has one in mailings.
const catalogueWork = "staff work on what the shop shows; who is interested reads the topic"

// Every event has a mail or a reason why not. A new one has neither, and fails this until somebody has said which.
func TestEveryEventHasAMailOrAReason(t *testing.T) {
	t.Parallel()
	mailed := map[string]bool{}
	for _, m := range (&mailer{}).mailings() {
		mailed[m.Message.Type()] = true
	}
	known, resources := map[string]bool{}, map[string]bool{}
	for _, n := range events.Nouns() {
		resources[n.Name] = n.Life != nil
	}
	for _, d := range events.All() {
		details, kind := d.Declaration(), d.Type()
		if details.Kind != events.Event || details.Verb == "rejected" || details.Verb == "failed" { // whoever asked is told by the answer
			continue
		}
		known[kind] = true
		if !mailed[kind] && resources[details.Noun] && slices.Contains([]string{"created", "updated", "deleted"}, details.Verb) {
			continue
		}
		switch {
		case mailed[kind] && mailless[kind] != "":
			t.Errorf("%s has a mail, and a reason why not: take it out of mailless", kind)
		case !mailed[kind] && mailless[kind] == "":
			t.Errorf("%s has no mail: give it one in mailings (react.go), or say in mailless why not", kind)
		case mailed[kind] && !slices.Contains(details.Consumers, events.Notification):
			t.Errorf("%s has a mail and does not come to notification", kind)
		}
	}
	for kind := range mailless {
		if !known[kind] {
			t.Errorf("%s is no event", kind)
		}
	}
}

// What the declarations say of mails is so: each event that sends one has its kinds, and each kind an event, but what is sent once more.
func TestMailsAreDeclared(t *testing.T) {
	t.Parallel()
	var sent []events.NotificationKind
	for _, m := range (&mailer{}).mailings() {
		kinds := events.MailsOf(m.Message)
		if (kinds == nil) != (m.Message.Type() == events.NotificationDue.Type()) {
			t.Errorf("%s leads to %v: say so in mailsOf of events/mails.go", m.Message.Declaration(), kinds)
		}
		sent = append(sent, kinds...)
	}
	for _, d := range events.All() {
		if kinds := events.MailsOf(d); kinds != nil && !slices.Contains(d.Declaration().Consumers, events.Notification) {
			t.Errorf("%s is said to lead to %v and does not come to notification", d.Declaration(), kinds)
		}
	}
	member, _ := reflect.TypeFor[events.NotificationClaim]().FieldByName("Kind")
	var all []events.NotificationKind
	for kind := range strings.SplitSeq(member.Tag.Get("enum"), ",") {
		all = append(all, events.NotificationKind(kind))
	}
	slices.Sort(sent)
	slices.Sort(all)
	if diff := cmp.Diff(all, sent); diff != "" {
		t.Errorf("(-kinds of mail +said):\n%s", diff)
	}
}
