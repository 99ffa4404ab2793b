package flow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// states is how the things stand that entries speak of: each as its newest version says.
type states struct {
	orders   map[string]orderSaid
	payments map[string]paymentAt
	mails    map[string]mailSaid
}

// paymentAt is a payment as it was decided then.
type paymentAt struct {
	paymentSaid
	at time.Time
}

// learn takes in what an entry says of things; of unknown ones, too, or only of those that were spoken of before.
func (s *states) learn(e events.JournalEntry, unknown bool) {
	for _, r := range e.Results {
		what := read(r)
		if o := what.order; o != nil {
			newest(s.orders, o.ID, *o, unknown, orderSaid.version)
		}
		if p := what.payment; p != nil {
			newest(s.payments, p.ID, paymentAt{*p, e.DecidedAt}, unknown, paymentAt.version)
		}
		if m := what.mail; m != nil {
			newest(s.mails, m.ID, *m, unknown, mailSaid.version)
		}
	}
}

func newest[T any](all map[string]T, id string, one T, unknown bool, version func(T) int64) {
	if known, there := all[id]; there && version(one) >= version(known) || !there && unknown {
		all[id] = one
	}
}

func (o orderSaid) version() int64   { return o.Version }
func (p paymentSaid) version() int64 { return p.Version }
func (m mailSaid) version() int64    { return m.Version }

// title is what it is about: the order, where it is about one, else what was asked first.
func (s *states) title(id string, t Tree) string {
	if o, known := s.orders[id]; known {
		return fmt.Sprintf("Order %s is %s", o.Number, o.Status)
	}
	if p, known := s.payments[id]; known {
		return fmt.Sprintf("Payment %s is %s", id, p.Status)
	}
	if m, known := s.mails[id]; known {
		return fmt.Sprintf("Mail %s is %s", id, m.Status)
	}
	if len(t.Roots) == 0 {
		return "Nothing was decided"
	}
	if t.Roots[0].Outcome == due {
		return "A deadline of the " + deadlineOf(t.Roots[0]) + ", and what it led to"
	}
	return "The wish " + wish(t.Roots[0].Type) + ", and what it led to"
}

// waits is what has yet to happen to them.
func (s *states) waits() []Wait {
	all := []Wait{}
	for _, id := range slices.Sorted(maps.Keys(s.orders)) {
		all = append(all, s.orders[id].waits()...)
	}
	for _, id := range slices.Sorted(maps.Keys(s.payments)) {
		all = append(all, s.payments[id].waits()...)
	}
	for _, id := range slices.Sorted(maps.Keys(s.mails)) {
		if m := s.mails[id]; m.Status == events.NotificationSending {
			all = append(all, Wait{Subject: id, Text: fmt.Sprintf("The mail %s is being sent; unless it is recorded until then, it is sent again.", m.Kind), Until: m.LeaseUntil})
		}
	}
	return all
}

func (o orderSaid) waits() []Wait {
	switch o.Status {
	case events.OrderPlacedStatus:
		return []Wait{{Subject: o.ID, Text: fmt.Sprintf("Order %s waits to be paid. Until then %s stay reserved; then it expires, unless a payment is under way.", o.Number, goods(&o)), Until: o.PayBy}}
	case events.OrderAuthorizedStatus:
		return []Wait{{Subject: o.ID, Text: fmt.Sprintf("Order %s waits for its money to be captured.", o.Number)}}
	case events.OrderPaidStatus:
		return []Wait{{Subject: o.ID, Text: fmt.Sprintf("Order %s waits to be sent.", o.Number), Request: "POST /orders/" + o.ID + "/fulfilments"}}
	case events.OrderFulfilledStatus:
		return []Wait{{Subject: o.ID, Text: fmt.Sprintf("Order %s waits to arrive.", o.Number), Request: "POST /orders/" + o.ID + "/delivery"}}
	default: // it has come to its end
		return nil
	}
}

func (p paymentAt) waits() []Wait {
	if p.Status == events.PaymentActionStatus {
		return []Wait{{Subject: p.ID, Text: "Payment " + p.ID + " waits for the buyer to confirm it at the bank."}}
	}
	as := domain.Payment{Step: p.Step, Attempts: p.Attempts}
	for _, r := range p.Refunds {
		as.Refunds = append(as.Refunds, events.PaymentRefund{Status: r.Status})
	}
	again, open := as.NextRetry(p.at)
	if !open {
		return nil
	}
	return []Wait{{Subject: p.ID, Text: fmt.Sprintf("Payment %s waits for the provider's answer to %s; without one it is asked again.", p.ID, cmp.Or(string(p.Step), "a refund")), Until: again}}
}

// silent are events after which a function need not ask for anything: whoever has claimed a mail knows by the event that it may send it, and
// when nobody fills shelves, nobody is told that one is low.
var silent = []string{events.NotificationClaimed.Type(), events.StockLow.Type()}

// leadsOn tells whether something has to follow in the journal from what a function does about an event.
func leadsOn(r events.JournalResult) bool {
	if r.Type == events.PaymentAuthorized.Type() {
		s := read(r)
		return s.payment == nil || s.payment.Step == events.CaptureStep // else it is let go, of which another event tells
	}
	return !slices.Contains(silent, r.Type)
}

// readersOf is who reacts to an event.
func readersOf(r events.JournalResult) []events.Function {
	if declared, known := events.ByType(r.Type); known {
		return declared.Declaration().Consumers
	}
	return nil
}

// unheard is who has been told of an event and has not asked for anything since.
func (t Tree) unheard(r events.JournalResult) (silent []events.Function) {
	if t.cut || !leadsOn(r) {
		return nil
	}
	for _, f := range readersOf(r) {
		if !slices.ContainsFunc(t.After[r.ID], func(e events.JournalEntry) bool { return e.Source == f.Source() }) {
			silent = append(silent, f)
		}
	}
	return silent
}
