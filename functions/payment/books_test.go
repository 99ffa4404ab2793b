package payment

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/effect"
	"github.com/onlinemart/mart/functions/internal/recent"
	"github.com/onlinemart/mart/infra/paymentgateway"
)

// books is db as far as one payment goes: it takes answers in by the rules, and says what follows. Every event that it said is kept, to be
// delivered again.
type books struct {
	provider
	t      *testing.T
	p      domain.Payment
	order  events.OrderStatus
	deaf   bool           // takes in nothing: what the provider did is not known here
	early  []Status       // what the provider tells before the answer to a capture is taken in
	unread []WebhookEvent // what it has told and nobody has read
	said   []events.Outgoing
	port   *functiontest.Port
	later  *functiontest.Port // the same function when all that was said is old
	orders int                // commands that came in
}

func open(t *testing.T, order events.OrderStatus, change ...func(*paymentgateway.Config)) *books {
	t.Helper()
	b := &books{provider: setup(t, change...), t: t, order: order, p: domain.Payment{
		Meta: events.Meta{ID: wish("").PaymentID, Version: 1, CreatedAt: time.Now(), UpdatedAt: time.Now()}, OrderID: "o1", CustomerID: "c1",
		Amount: events.Money{Amount: 1250, Currency: "EUR"}, PaymentMethod: "pm_card_visa", Status: events.PaymentStartedStatus, Step: events.AuthorizeStep,
	}}
	port := func(lateAfter time.Duration) *functiontest.Port {
		rule, err := effect.NewRule(effect.Settings{LateAfter: lateAfter}, prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		client := providerClient{provider: b.Provider, rule: rule, authorized: recent.New[string, bool](1), log: slog.New(slog.DiscardHandler), payment: b.payment}
		return functiontest.Receive(t, events.Payment, client.reactions(), b.hear)
	}
	b.port, b.later = port(time.Hour), port(time.Nanosecond)
	return b
}

func (b *books) payment(_ context.Context, id string) (events.PaymentState, error) {
	if id != b.p.ID {
		return events.PaymentState{}, events.NotFound("payment", id)
	}
	return events.PaymentState(b.p), nil
}

// say delivers an event that db says now, and whatever follows from it.
func (b *books) say(m events.Outgoing) {
	b.t.Helper()
	b.said = append(b.said, m)
	if status := b.port.Deliver(b.t, time.Now(), m); status != http.StatusAccepted {
		b.t.Fatalf("%s: %d", m.Of().Type(), status)
	}
}

func (b *books) start() { b.say(events.PaymentStarted.New(b.p.ID, events.PaymentState(b.p))) }

func (b *books) giveBack(id string, amount int64) {
	b.t.Helper()
	p, refund, err := b.p.RequestRefund(id, events.RefundRequest{Amount: events.Money{Amount: amount, Currency: b.p.Amount.Currency}, Reason: events.Said("a wish")}, time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	b.p = p
	b.say(events.PaymentRefundRequested.New(p.ID, refund))
}

// hear takes in what the function tells db.
func (b *books) hear(told ...events.Outgoing) {
	for _, m := range told {
		b.orders++
		a := *m.Payload().(*events.PaymentAnswer)
		if early := b.early; a.Step == events.CaptureStep && early != nil {
			b.early = nil
			b.tell(early...)
		}
		if !b.deaf {
			b.take(a)
		}
	}
}

func (b *books) take(a events.PaymentAnswer) {
	b.t.Helper()
	if a.Step == events.RefundStep {
		v, err := b.p.ApplyRefundResult(a, time.Now())
		if err != nil {
			b.t.Fatal(err)
		}
		b.p = v.Payment
		return
	}
	v, err := b.p.ApplyProviderResult(a, b.order, time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	if b.p = v.Payment; v.Order != "" {
		b.order = v.Order
	}
	switch {
	case v.Void:
		b.say(events.PaymentVoidRequested.New(b.p.ID, events.PaymentState(b.p)))
	case v.Refund:
		b.giveBack("all", b.p.Refundable())
	case v.Changed && b.p.Status == events.PaymentAuthStatus:
		b.say(events.PaymentAuthorized.New(b.p.ID, events.PaymentState(b.p)))
	}
}

// again lets two days go by, in which the provider forgets its idempotency keys, and delivers so many of the last events once more, each
// twice.
func (b *books) again(last int) {
	b.t.Helper()
	b.gateway.Advance(48 * time.Hour)
	for _, m := range b.said[len(b.said)-last:] {
		for range 2 {
			if status := b.later.Deliver(b.t, time.Now(), m); status != http.StatusAccepted {
				b.t.Fatalf("%s: %d", m.Of().Type(), status)
			}
		}
	}
	if b.later.Buried != nil {
		b.t.Errorf("dead letters: %v", b.later.Buried)
	}
}

// atStep takes a payment to where it waits for a step, and the provider has not been asked.
func atStep(step events.PaymentStep) func(b *books) {
	return func(b *books) {
		o, err := b.Authorize(b.t.Context(), wish("pm_card_visa"))
		if err != nil {
			b.t.Fatal(err)
		}
		b.p.Status, b.p.Step, b.p.ProviderRef, b.p.Authorized, b.order = events.PaymentAuthStatus, step, o.Ref, 1250, events.OrderAuthorizedStatus
	}
}

func sayStep(b *books) {
	m := map[events.PaymentStep]events.Message[events.PaymentState]{events.CaptureStep: events.PaymentAuthorized, events.VoidStep: events.PaymentVoidRequested}
	b.say(m[b.p.Step].New(b.p.ID, events.PaymentState(b.p)))
}

func kinds(l paymentgateway.Ledger) map[string]int {
	n := map[string]int{}
	for _, m := range l.Movements {
		n[m.Kind]++
	}
	return n
}
