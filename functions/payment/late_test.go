package payment

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stripe/stripe-go/v82/webhook"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/effect"
	"github.com/onlinemart/mart/functions/internal/recent"
	"github.com/onlinemart/mart/infra/paymentgateway"
)

// lives are payments that have come to their end.
var lives = map[string]func(b *books){
	"captured": func(b *books) { b.start() },
	"let go": func(b *books) {
		b.order = events.OrderExpiredStatus
		b.start()
	},
	"declined": func(b *books) {
		b.p.PaymentMethod = "pm_card_chargeDeclined"
		b.start()
	},
	"given back": func(b *books) {
		b.start()
		b.giveBack("r1", 1250)
	},
	"given back in equal parts": func(b *books) {
		b.start()
		b.giveBack("r1", 300)
		b.giveBack("r2", 300)
	},
	"due": func(b *books) {
		b.start()
		b.giveBack("r1", 300)
		b.said = append(b.said, events.PaymentDue.New(b.p.ID, events.PaymentState(b.p)))
	},
}

// Every event comes again two days later: no money moves, nothing is asked and nothing is told.
func TestSettledAndDeliveredLate(t *testing.T) {
	t.Parallel()
	for name, live := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, events.OrderPlacedStatus)
			live(b)
			ledger, state, orders := b.gateway.Ledger(), b.p, b.orders
			b.again(len(b.said))
			if d := cmp.Diff(ledger, b.gateway.Ledger()); d != "" {
				t.Errorf("the provider's ledger (-then +now):\n%s", d)
			}
			if d := cmp.Diff(state, b.p); d != "" {
				t.Errorf("the payment (-then +now):\n%s", d)
			}
			if b.orders != orders {
				t.Errorf("%d commands follow from old events", b.orders-orders)
			}
		})
	}
}

// The provider did it, db never heard of it, and two days later the event comes again: the provider's answer is found, and no money moves.
func TestOpenAndDeliveredLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(b *books)                       // what db heard
		lost   func(b *books)                       // what it did not hear
		change []func(*paymentgateway.Config)       // of the provider
		want   func(events.PaymentState) (got bool) // what db knows at last
	}{
		"authorise": {lost: (*books).start, want: func(p events.PaymentState) bool { return p.Captured == 1250 }},
		"authorise, and the search does not show it yet": {
			lost: (*books).start, want: func(p events.PaymentState) bool { return p.Captured == 1250 },
			change: []func(*paymentgateway.Config){func(c *paymentgateway.Config) { c.IndexLag = 72 * time.Hour }},
		},
		"authorise, declined": {
			before: func(b *books) { b.p.PaymentMethod = "pm_card_chargeDeclined" }, lost: (*books).start,
			want: func(p events.PaymentState) bool {
				return p.Status == events.PaymentDeclinedStatus && p.Failure.Code == "card_declined"
			},
		},
		"capture": {before: atStep(events.CaptureStep), lost: sayStep, want: func(p events.PaymentState) bool { return p.Captured == 1250 }},
		"void":    {before: atStep(events.VoidStep), lost: sayStep, want: func(p events.PaymentState) bool { return p.Status == events.PaymentVoidedStatus }},
		"refund": {
			before: (*books).start, lost: func(b *books) { b.giveBack("r1", 1250) },
			want: func(p events.PaymentState) bool { return p.Status == events.PaymentRefundedStatus },
		},
		"the second of two equal refunds": {
			before: func(b *books) { b.start(); b.giveBack("r1", 300) }, lost: func(b *books) { b.giveBack("r2", 300) },
			want: func(p events.PaymentState) bool { return p.Refunded == 600 },
		},
		"a refund that is due": {
			before: (*books).start,
			lost: func(b *books) {
				b.giveBack("r1", 300)
				b.said = append(b.said, events.PaymentDue.New(b.p.ID, events.PaymentState(b.p)))
			},
			want: func(p events.PaymentState) bool { return p.Refunded == 300 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, events.OrderPlacedStatus, c.change...)
			if c.before != nil {
				c.before(b)
			}
			b.deaf = true
			c.lost(b)
			b.deaf = false
			ledger := b.gateway.Ledger()
			b.again(1)
			if !c.want(events.PaymentState(b.p)) {
				t.Errorf("db knows %+v", b.p)
			}
			// What follows from an answer that is found, such as the capture, moves money for the first time.
			if d := cmp.Diff(ledger.Movements, b.gateway.Ledger().Movements[:len(ledger.Movements)]); d != "" {
				t.Errorf("the provider's ledger (-then +now):\n%s", d)
			}
			for kind, n := range kinds(b.gateway.Ledger()) {
				if most := kinds(ledger)[kind]; n > max(most, 1) {
					t.Errorf("%d times %s", n, kind)
				}
			}
		})
	}
}

// What the provider never did is done once, however late, as long as somebody waits for it; by then its key is young again.
func TestOpenLateAndNeverDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(b *books)
		said   func(b *books) events.Outgoing
		want   map[string]int
	}{
		"authorise": {
			before: func(*books) {}, said: func(b *books) events.Outgoing { return events.PaymentStarted.New(b.p.ID, events.PaymentState(b.p)) },
			want: map[string]int{"authorize": 1},
		},
		"authorise what nobody waits for any more": {
			before: func(b *books) { b.p.CreatedAt = time.Now().Add(-givenUpAfter - time.Minute) },
			said:   func(b *books) events.Outgoing { return events.PaymentStarted.New(b.p.ID, events.PaymentState(b.p)) }, want: map[string]int{},
		},
		"capture": {
			before: atStep(events.CaptureStep), said: func(b *books) events.Outgoing { return events.PaymentAuthorized.New(b.p.ID, events.PaymentState(b.p)) },
			want: map[string]int{"authorize": 1, "capture": 1},
		},
		"void": {
			before: atStep(events.VoidStep), said: func(b *books) events.Outgoing {
				return events.PaymentVoidRequested.New(b.p.ID, events.PaymentState(b.p))
			},
			want: map[string]int{"authorize": 1, "cancel": 1},
		},
		"refund": {
			before: (*books).start,
			said: func(b *books) events.Outgoing {
				p, refund, err := b.p.RequestRefund("r1", events.RefundRequest{Amount: events.Money{Amount: 300, Currency: b.p.Amount.Currency}, Reason: events.Said("a wish")}, time.Now())
				if err != nil {
					b.t.Fatal(err)
				}
				b.p = p
				return events.PaymentRefundRequested.New(p.ID, refund)
			},
			want: map[string]int{"authorize": 1, "capture": 1, "refund": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, events.OrderPlacedStatus)
			c.before(b)
			b.deaf = true
			b.said = append(b.said, c.said(b))
			b.again(1)
			if d := cmp.Diff(c.want, kinds(b.gateway.Ledger())); d != "" {
				t.Errorf("the provider's ledger (-want +got):\n%s", d)
			}
		})
	}
}

// A capture with another amount than was asked for is found late, and given back once.
func TestOtherAmountFoundLate(t *testing.T) {
	t.Parallel()
	b := open(t, events.OrderPlacedStatus)
	atStep(events.CaptureStep)(b)
	if _, err := b.Capture(t.Context(), Step{PaymentID: b.p.ID, Ref: b.p.ProviderRef, Amount: 1000, Currency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	b.deaf = true
	b.said = append(b.said, events.PaymentAuthorized.New(b.p.ID, events.PaymentState(b.p)))
	b.again(1)
	b.again(1)
	if d := cmp.Diff(paymentgateway.Sums{Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1000, Refunded: 1000}, b.charged()); d != "" {
		t.Error(d)
	}
}

// A refund whose answer stayed away is asked about again for days. The events that say so are young; the provider's key is not.
func TestAYoungEventAboutAnOldRefund(t *testing.T) {
	t.Parallel()
	b := open(t, events.OrderPlacedStatus)
	b.start()
	b.deaf = true
	b.giveBack("r1", 300)
	b.deaf = false
	b.p.CreatedAt = time.Now().Add(-48 * time.Hour)
	b.gateway.Advance(48 * time.Hour)
	b.say(events.PaymentDue.New(b.p.ID, events.PaymentState(b.p)))
	if b.charged().Refunded != 300 || b.p.Refunded != 300 {
		t.Errorf("the provider gave back %d, db knows of %d", b.charged().Refunded, b.p.Refunded)
	}
}

// The provider tells everything again two days later, signed anew, as it does when somebody asks it to: db hears nothing new, and nothing is
// asked of the provider.
func TestWebhooksThatComeLate(t *testing.T) {
	t.Parallel()
	for name, live := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, events.OrderPlacedStatus)
			live(b)
			ledger, state, said := b.gateway.Ledger(), b.p, len(b.said)
			b.gateway.Advance(48 * time.Hour)
			for range ledger.Movements {
				body := (<-b.hooks).body
				signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: webhookSecret})
				e, err := b.ParseWebhook(http.Header{"Stripe-Signature": {signed.Header}}, body, time.Now())
				if err != nil || !e.Relevant {
					t.Fatalf("%+v, %v", e, err)
				}
				if hasSaid(events.PaymentState(b.p), e.Outcome.Status) {
					continue
				}
				command, err := commandFor(events.PaymentState(b.p), e)
				if err != nil {
					t.Fatal(err)
				}
				b.hear(command)
			}
			if d := cmp.Diff(ledger, b.gateway.Ledger()); d != "" {
				t.Errorf("the provider's ledger (-then +now):\n%s", d)
			}
			if d := cmp.Diff(state, b.p); d != "" || len(b.said) != said {
				t.Errorf("%d new events, the payment (-then +now):\n%s", len(b.said)-said, d)
			}
		})
	}
}

// A database that was restored says for the second time what it had said before: its events are young, the payment is not, and neither is the
// provider's key.
func TestAYoungEventAboutAnOldPayment(t *testing.T) {
	t.Parallel()
	b := open(t, events.OrderPlacedStatus)
	backup := b.p
	backup.CreatedAt = time.Now().Add(-48 * time.Hour)
	b.start()
	b.giveBack("r1", 300)
	ledger := b.gateway.Ledger()
	b.gateway.Advance(48 * time.Hour)
	b.p, b.order = backup, events.OrderPlacedStatus
	b.start()
	b.giveBack("r1", 300)
	if d := cmp.Diff(ledger, b.gateway.Ledger()); d != "" {
		t.Errorf("the provider's ledger (-then +now):\n%s", d)
	}
	if b.p.Captured != 1250 || b.p.Refunded != 300 || b.order != events.OrderPaidStatus {
		t.Errorf("db knows %+v, the order is %s", b.p, b.order)
	}
}

// Whatever wakes this function asks db before it asks the provider, when it is old: also a reaction that is yet to be written.
func TestEveryReactionAsksForNow(t *testing.T) {
	t.Parallel()
	p := domain.Payment(state(events.CaptureStep, "pi_1"))
	p.Refunds = []events.PaymentRefund{{ID: "r1", Amount: 400, Status: events.RefundRequestedStatus}}
	refund, _, _ := p.RefundOf("r1")
	samples := map[string]events.Outgoing{
		events.PaymentStarted.Type():         events.PaymentStarted.New(p.ID, events.PaymentState(p)),
		events.PaymentAuthorized.Type():      events.PaymentAuthorized.New(p.ID, events.PaymentState(p)),
		events.PaymentVoidRequested.Type():   events.PaymentVoidRequested.New(p.ID, events.PaymentState(p)),
		events.PaymentDue.Type():             events.PaymentDue.New(p.ID, events.PaymentState(p)),
		events.PaymentRefundRequested.Type(): events.PaymentRefundRequested.New(p.ID, refund),
	}
	settled := events.PaymentState(p)
	settled.Step, settled.Refunds = "", []events.PaymentRefund{{ID: "r1", Amount: 400, Status: events.RefundDoneStatus}}
	rule, err := effect.NewRule(effect.Settings{LateAfter: time.Hour}, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		at     time.Time
		db     error
		status int
		buried int
	}{
		"two days old":            {at: time.Now().Add(-48 * time.Hour), status: http.StatusAccepted},
		"of no time":              {status: http.StatusAccepted},
		"of a time yet to come":   {at: time.Now().Add(48 * time.Hour), status: http.StatusAccepted},
		"old, and db is away":     {at: time.Now().Add(-48 * time.Hour), db: bus.ErrUnavailable, status: http.StatusServiceUnavailable},
		"of what db knows not of": {at: time.Now().Add(-48 * time.Hour), db: events.NotFound("payment", p.ID), status: http.StatusAccepted, buried: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, h := range (providerClient{rule: rule}).reactions() {
				provider, asked := &script{}, 0
				client := providerClient{provider: provider, rule: rule, authorized: recent.New[string, bool](1), log: slog.New(slog.DiscardHandler), payment: func(context.Context, string) (events.PaymentState, error) {
					asked++
					return settled, c.db
				}}
				port := functiontest.Receive(t, events.Payment, client.reactions(), func(m ...events.Outgoing) {
					if len(m) > 0 {
						t.Errorf("%s leads to %s", h.Message.Type(), m[0].Of().Type())
					}
				})
				sample, ok := samples[h.Message.Type()]
				if !ok {
					t.Fatalf("add a sample of %s", h.Message.Type())
				}
				if status := port.Deliver(t, c.at, sample); status != c.status || asked != 1 || len(provider.asked) > 0 || len(port.Buried) != c.buried {
					t.Errorf("%s: %d, db was asked %d times, the provider %v, dead letters %v", h.Message.Type(), status, asked, provider.asked, port.Buried)
				}
			}
		})
	}
}
