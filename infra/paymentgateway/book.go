package paymentgateway

import (
	"cmp"
	"slices"
	"time"
)

// answersKept is how long an idempotency key is remembered, as at Stripe.
const answersKept = 24 * time.Hour

// book is what the ledger's entries add up to. It changes by apply only, live and on replay alike.
type book struct {
	intents   map[string]intent
	refunds   map[string]refund
	movements []Movement
	answers   map[string]answer // by idempotency key
	pending   map[string]event  // events not yet taken by the webhook's receiver
	pruned    time.Time
}

// answer is what a call got, kept under its idempotency key.
type answer struct {
	Key         string    `json:"key"`
	Fingerprint string    `json:"fingerprint"` // of method, path and parameters
	Request     string    `json:"request"`
	At          time.Time `json:"at"`
	Reply       reply     `json:"reply"`
}

func newBook() *book {
	return &book{
		intents: map[string]intent{}, refunds: map[string]refund{}, answers: map[string]answer{}, pending: map[string]event{},
	}
}

func (b *book) apply(e entry) {
	if e.Movement != nil {
		b.movements = append(b.movements, *e.Movement)
	}
	if e.Intent != nil {
		b.intents[e.Intent.Shown.ID] = *e.Intent
	}
	if e.Refund != nil {
		b.refunds[e.Refund.ID] = *e.Refund
	}
	if e.Answer != nil {
		b.answers[e.Answer.Key] = *e.Answer
	}
	for _, ev := range e.Events {
		b.pending[ev.ID] = ev
	}
	delete(b.pending, e.Delivered)
	if e.At.Sub(b.pruned) > time.Hour {
		b.forgetAnswersBefore(e.At.Add(-answersKept))
		b.pruned = e.At
	}
}

func (b *book) forgetAnswersBefore(t time.Time) {
	for key, a := range b.answers {
		if a.At.Before(t) {
			delete(b.answers, key)
		}
	}
}

// undelivered lists the pending events, oldest first.
func (b *book) undelivered() []event {
	var evs []event
	for _, ev := range b.pending {
		evs = append(evs, ev)
	}
	slices.SortFunc(evs, func(x, y event) int { return cmp.Or(cmp.Compare(x.Created, y.Created), cmp.Compare(x.ID, y.ID)) })
	return evs
}
