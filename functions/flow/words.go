package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Short is a type without what all types have in common: order.place.
func Short(kind string) string {
	return strings.TrimSuffix(strings.TrimPrefix(kind, "com.onlinemart."), ".v1")
}

// askers is what people call those who ask.
var askers = map[events.AuthType]string{
	events.Staff: "staff", events.Shopper: "customer", events.Client: "program", events.System: "the function", events.Anonymous: "somebody unknown",
}

// Who is whoever asked, in words.
func Who(by events.Principal) string {
	name, known := askers[by.Type]
	if by.IsGuest() {
		name, known = "the guest of order", true
	}
	if !known {
		name = cmp.Or(string(by.Type), "somebody unknown")
	}
	return strings.TrimSpace(name + " " + by.ID)
}

// wishes is what a command wants, in the words of whoever reads about one thing; the others are told as the catalogue has them.
var wishes = map[string]string{
	events.PlaceOrder.Type(): "to place an order", events.PlaceChosen.Type(): "to place an order", events.PlaceAsGuest.Type(): "to place an order",
	events.CancelOrder.Type(): "to cancel the order", events.CancelPart.Type(): "to cancel a part of the order",
	events.ExpireOrder.Type(): "to end the order, whose time to be paid is over",
	events.FulfilOrder.Type(): "to note that goods of the order were sent", events.FulfilRest.Type(): "to note that all the rest of the order was sent",
	events.DeliverOrder.Type():  "to note that what was sent has arrived",
	events.RequestReturn.Type(): "to send goods back", events.ApproveReturn.Type(): "to approve the return", events.RefuseReturn.Type(): "to refuse the return",
	events.ReceiveReturn.Type(): "to note what has come back", events.EraseGuest.Type(): "to erase the order's guest",
	events.StartPayment.Type(): "to pay", events.CancelPayment.Type(): "to give the payment up", events.RefundPayment.Type(): "to give money back", events.RecordPayment.Type(): "to record what the provider said",
	events.CommitStock.Type(): "to take the goods off the shelf", events.RestockOrder.Type(): "to put the goods back",
	events.AdjustStock.Type(): "to correct the stock", events.ClaimNotification.Type(): "to send a mail", events.RecordNotification.Type(): "to record how the mail went",
}

func wish(kind string) string {
	if words, known := wishes[kind]; known {
		return words
	}
	if said := about(kind); said != "" {
		return "to " + strings.ToLower(said[:1]) + strings.TrimSuffix(said[1:], ".")
	}
	return "for " + Short(kind)
}

// about is what the catalogue says of a type, in a sentence; "" of one that only another release knows.
func about(kind string) string {
	if declared, known := events.ByType(kind); known {
		return events.About(declared)
	}
	return ""
}

// nothingNew are results that tell of no change, selfEvident commands of which the results say all there is to say.
var (
	nothingNew  = []string{events.PaymentUnchanged.Type(), events.OrderUnchanged.Type()}
	selfEvident = []string{events.RecordPayment.Type(), events.RecordNotification.Type()}
)

// tell is an entry in words, because of what led to it. It is not worth a word where the same was said before: the provider tells what it has
// done in its answer and by a message of its own, and whichever comes second changes nothing.
func tell(e events.JournalEntry, cause *told) (s Sentence, worth bool) {
	s = Sentence{At: e.DecidedAt, Details: []string{}}
	results := e.Results
	if e.Type == events.DeliverOrder.Type() { // its asker is answered with the last of them, which therefore comes first
		results = slices.Clone(results)
		slices.Reverse(results)
	}
	for _, r := range results {
		if slices.Contains(nothingNew, r.Type) {
			continue
		}
		s.Details = append(s.Details, become(e, r)...)
	}
	if len(s.Details) == 0 && len(e.Results) > 0 {
		return s, false
	}
	if slices.Contains(selfEvident, e.Type) && len(s.Details) > 0 && Why(e) == nil {
		s.Text, s.Details = s.Details[0], s.Details[1:]
		return s, true
	}
	s.Text = asking(e, cause)
	return s, true
}

// asking is how an entry came about.
func asking(e events.JournalEntry, cause *told) string {
	if e.Outcome == due {
		return "The deadline of the " + deadlineOf(e) + " " + e.Subject + " passed."
	}
	who := Who(e.By)
	if e.By.Type == events.System && e.By.ID != "" {
		who = e.By.ID
	}
	if cause != nil {
		return fmt.Sprintf("Because of %s, %s asked %s.", Short(cause.Type), who, wish(e.Type))
	}
	return strings.ToUpper(who[:1]) + who[1:] + " asked " + wish(e.Type) + "."
}

// deadlineOf is what a deadline that has passed is of.
func deadlineOf(e events.JournalEntry) string {
	return strings.ReplaceAll(strings.TrimPrefix(e.Type, deadlinePrefix), "_", " ")
}

const (
	due            = "due" // the outcome of a deadline's entry
	deadlinePrefix = "deadline."
)

// plain are results that are told without what they say.
var plain = map[string]string{
	events.OrderStockCommitted.Type(): "They have left the shelf.",
	events.OrderStockRestocked.Type(): "They can be sold again, if they had left the shelf.",
	events.OrderDue.Type():            "If it is not paid, it is to end.",
}

// become is what became of an entry, by one of its results.
func become(e events.JournalEntry, r events.JournalResult) []string {
	s := read(r)
	switch {
	case s.refusal != nil:
		verb := "Refused"
		if e.Outcome == string(Failed) {
			verb = "Failed"
		}
		all := []string{fmt.Sprintf("%s, %s: %s", verb, s.refusal.Code, s.refusal.Detail)}
		for _, fault := range s.refusal.Errors {
			all = append(all, fault.Location+": "+fault.Message)
		}
		if s.refusal.Advice != "" {
			all = append(all, "What to do: "+s.refusal.Advice)
		}
		return all
	case s.refund != nil:
		return []string{refunded(r.Type, s.refund)}
	case s.payment != nil:
		return []string{paid(r.Type, s.payment)}
	case s.order != nil:
		return []string{ordered(r.Type, s.order)}
	case s.mail != nil:
		return []string{mailed(s.mail)}
	}
	if words, known := plain[r.Type]; known {
		return []string{words}
	}
	return []string{cmp.Or(about(r.Type), "So "+Short(r.Type)+" was told.")}
}

func paid(kind string, p *paymentSaid) string {
	amount := domain.Written(p.Amount)
	part := func(of int64) string { return domain.Written(events.Money{Amount: of, Currency: p.Amount.Currency}) }
	switch kind {
	case events.PaymentStarted.Type():
		return fmt.Sprintf("Payment %s of %s was begun, with %s.", p.ID, amount, p.PaymentMethod)
	case events.PaymentActionRequired.Type():
		return "The bank wants the buyer to confirm the payment."
	case events.PaymentAuthorized.Type():
		return "The provider authorised " + part(p.Authorized) + "."
	case events.PaymentCaptured.Type():
		return "The provider captured " + part(p.Captured) + "."
	case events.PaymentDeclined.Type():
		if p.Failure != nil {
			return fmt.Sprintf("The provider declined the payment, %s: %s", p.Failure.Code, p.Failure.Message)
		}
		return "The provider declined the payment."
	case events.PaymentUnknown.Type():
		return fmt.Sprintf("The provider gave no answer that tells how it went (%d so far).", p.Attempts)
	case events.PaymentVoidRequested.Type():
		if p.Authorized == 0 {
			return "The payment is to be given up."
		}
		return "What was authorised is to be let go."
	case events.PaymentVoided.Type():
		if p.Authorized == 0 {
			return "The payment was given up; nothing was taken."
		}
		return "What was authorised was let go; nothing was taken."
	case events.PaymentDue.Type():
		return "The provider is asked again."
	}
	return fmt.Sprintf("Payment %s: %s", p.ID, about(kind))
}

func refunded(kind string, r *refundSaid) string {
	amount := domain.Written(r.Amount)
	switch kind {
	case events.PaymentRefundRequested.Type():
		return amount + " are to be given back."
	case events.PaymentRefunded.Type():
		return amount + " were given back."
	}
	return amount + " could not be given back; they can be asked for anew."
}

func mailed(m *mailSaid) string {
	kind := strings.ReplaceAll(string(m.Kind), "_", " ")
	switch m.Status {
	case events.NotificationSent:
		return "The mail " + kind + " was sent."
	case events.NotificationFailed:
		return "The mail " + kind + " is not sent: " + m.Reason
	case events.NotificationSending:
	}
	if m.Attempts > 1 {
		return fmt.Sprintf("The mail %s is tried again, for the %d. time.", kind, m.Attempts)
	}
	return "The mail " + kind + " is on its way."
}

// Clock is a moment as it is told.
func Clock(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") + " UTC" }
