package db

import (
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// What the shop does, in numbers: each noun below has its line in its own value. A label has one of a few values, and never a customer's word.

// ordersTally counts orders by the state that they come to; an order that could not be paid after all is reopened, and not placed once more.
var ordersTally = inbox.Tally{
	Name: "mart_orders_total", Help: "Orders that came to a state: placed, authorized, reopened (the money did not come after all), paid, fulfilled, delivered, returned, expired, cancelled.",
	Labels: []string{"state"}, From: each("placed", "authorized", reopened, "paid", "fulfilled", "delivered", "returned", "expired", "cancelled"),
	Count: func(rows *domain.Rows, add func(...string)) {
		was := map[string]events.OrderStatus{}
		for _, c := range domain.Orders.Changes(rows) {
			was[c.After.ID] = c.Before.Status
		}
		for _, v := range domain.OrderHistory.Added(rows) {
			switch before := was[v.OrderID]; {
			case before == v.Status: // something became of a part of it
			case before != "" && v.Status == events.OrderPlacedStatus:
				add(reopened)
			default:
				add(string(v.Status))
			}
			was[v.OrderID] = v.Status
		}
	},
}

const reopened = "reopened"

// paymentsTally counts payments by what they come to. What is given back is refundsTally's.
var paymentsTally = inbox.Tally{
	Name: "mart_payments_total", Help: "Payments that came to an outcome: started, requires_action, authorized, captured, declined, voided, or unknown, while the provider owes an answer; " +
		"by the kind of their method, as far as its token tells: card, or other.",
	Labels: []string{"outcome", "method"}, From: pairs([]string{"started", "requires_action", "authorized", "captured", "declined", "voided", "unknown"}, []string{cardMethod, otherMethod}),
	Count: func(rows *domain.Rows, add func(...string)) {
		was := map[string]events.PaymentStatus{}
		for _, c := range domain.Payments.Changes(rows) {
			was[c.After.ID] = c.Before.Status
		}
		for _, v := range domain.PaymentHistory.Added(rows) {
			if before := was[v.PaymentID]; before != v.Status && !aboutRefunds(v.Status) {
				p, _ := domain.Payments.Find(rows, v.PaymentID)
				add(string(v.Status), methodOf(p.PaymentMethod))
			}
			was[v.PaymentID] = v.Status
		}
	},
}

func aboutRefunds(s events.PaymentStatus) bool {
	return s == events.PaymentPartlyRefunded || s == events.PaymentRefundedStatus
}

const (
	cardMethod  = "card"
	otherMethod = "other"
)

// methodOf is the kind of a method as far as the provider's token for it tells. That of a real card tells nothing.
func methodOf(token string) string {
	if strings.HasPrefix(token, "pm_card_") {
		return cardMethod
	}
	return otherMethod
}

// refundsTally counts refunds by what they come to.
var refundsTally = inbox.Tally{
	Name: "mart_refunds_total", Help: "Refunds that came to a state: requested, refunded, or failed.",
	Labels: []string{"outcome"}, From: each(string(events.RefundRequestedStatus), string(events.RefundDoneStatus), string(events.RefundFailedStatus)),
	Count: func(rows *domain.Rows, add func(...string)) {
		for _, c := range refundChanges(inbox.Moment{}, domain.Payments.Changes(rows)) {
			add(string(c.After.Status))
		}
	},
}

// mailsTally counts mails by how sending them has ended.
var mailsTally = inbox.Tally{
	Name: "mart_mails_total", Help: "Mails by kind and by how sending them has ended: sent or failed.",
	Labels: []string{"kind", "outcome"}, From: pairs(events.NotificationKinds(), []string{string(events.NotificationSent), string(events.NotificationFailed)}),
	Count: func(rows *domain.Rows, add func(...string)) {
		for _, c := range domain.Notifications.Changes(rows) {
			if n := c.After; n.Status != events.NotificationSending && (c.Made || n.Version != c.Before.Version) {
				add(string(n.Kind), string(n.Status))
			}
		}
	},
}

// each is values of one label.
func each(values ...string) (all [][]string) {
	for _, v := range values {
		all = append(all, []string{v})
	}
	return all
}

// pairs is every value of one label with every value of another.
func pairs[T ~string](first []T, second []string) (all [][]string) {
	for _, a := range first {
		for _, b := range second {
			all = append(all, []string{string(a), b})
		}
	}
	return all
}
