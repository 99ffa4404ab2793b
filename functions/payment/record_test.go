package payment

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/recent"
)

// script is a provider that does as it is told and remembers what it was asked.
type script struct {
	Provider
	asked   []string
	outcome Outcome
	errs    []error // of the first calls, one each; then there is an answer
}

func (s *script) say(what string) (Outcome, error) {
	s.asked = append(s.asked, what)
	if len(s.errs) > 0 {
		err := s.errs[0]
		s.errs = s.errs[1:]
		return s.outcome, err
	}
	return s.outcome, nil
}

func (s *script) Authorize(_ context.Context, a Authorization) (Outcome, error) {
	return s.say("authorize " + a.PaymentID + " " + a.Method)
}

func (s *script) Capture(_ context.Context, st Step) (Outcome, error) {
	return s.say("capture " + st.Ref)
}

func (s *script) Cancel(_ context.Context, st Step) (Outcome, error) {
	return s.say("cancel " + st.Ref)
}

func (s *script) Refund(_ context.Context, r Refund) (Outcome, error) {
	return s.say("refund " + r.Ref)
}

func (s *script) FindAuthorization(_ context.Context, a Authorization) (Outcome, error) {
	return s.say("look for " + a.PaymentID)
}

func (s *script) FindRefund(_ context.Context, r Refund) (Outcome, error) {
	return s.say("look for refund " + r.RefundID)
}

func (s *script) Find(_ context.Context, ref string) (Outcome, error) { return s.say("find " + ref) }

func state(step events.PaymentStep, ref string) events.PaymentState {
	return events.PaymentState{
		Meta: events.Meta{ID: "p1", Version: 1, CreatedAt: time.Now()}, OrderID: "o1", Amount: events.Money{Amount: 1000, Currency: "USD"},
		PaymentMethod: "pm_card_visa", ProviderRef: ref, Step: step,
	}
}

func received[T any](data T) events.Received[T] {
	return events.Received[T]{Envelope: events.Envelope{ID: "e1", Subject: "p1", Time: time.Now()}, Data: data}
}

// answers are what would be recorded.
func answers(t *testing.T, messages []events.Outgoing) (all []events.PaymentAnswer) {
	t.Helper()
	for _, m := range messages {
		a, ok := m.Payload().(*events.PaymentAnswer)
		if !ok || m.Subject != "p1" {
			t.Fatalf("it sends %s about %s", m.Of().Type(), m.Subject)
		}
		all = append(all, *a)
	}
	return all
}

func TestReactions(t *testing.T) {
	t.Parallel()
	usd := events.Money{Amount: 1000, Currency: "USD"}
	authorized := Outcome{Status: Authorized, Ref: "pi_1", Amount: 1000, Currency: "USD"}
	captured := Outcome{Status: Captured, Ref: "pi_1", Amount: 1000, Currency: "USD"}
	started := func(ctx context.Context, t providerClient) ([]events.Outgoing, error) {
		return t.authorizeOnStarted(ctx, received(state(events.AuthorizeStep, "")), false)
	}
	capture := func(ctx context.Context, t providerClient) ([]events.Outgoing, error) {
		return t.captureOnAuthorized(ctx, received(state(events.CaptureStep, "pi_1")), false)
	}
	due := func(p events.PaymentState) func(context.Context, providerClient) ([]events.Outgoing, error) {
		return func(ctx context.Context, t providerClient) ([]events.Outgoing, error) {
			return t.reconcileOnDue(ctx, received(p), time.Since(p.CreatedAt) > time.Hour)
		}
	}
	old, hours, refunding := state(events.AuthorizeStep, ""), state(events.AuthorizeStep, ""), state("", "pi_1")
	old.CreatedAt, hours.CreatedAt = time.Now().Add(-24*time.Hour), time.Now().Add(-2*time.Hour)
	refunding.Refunds = []events.PaymentRefund{{ID: "r1", Amount: 400, Status: events.RefundRequestedStatus}, {ID: "r0", Amount: 1, Status: events.RefundDoneStatus}}
	pending := refunding
	pending.Attempts = 1
	for _, c := range []struct {
		name     string
		reaction func(context.Context, providerClient) ([]events.Outgoing, error)
		script   script
		asked    []string
		want     []events.PaymentAnswer
		err      error
	}{
		{
			name: "authorised", reaction: started, script: script{outcome: authorized}, asked: []string{"authorize p1 pm_card_visa"},
			want: []events.PaymentAnswer{{Step: events.AuthorizeStep, Status: events.PaymentAuthStatus, ProviderRef: "pi_1", Amount: usd}},
		},
		{
			name: "an answer is lost, and the next one comes", reaction: started, script: script{outcome: authorized, errs: []error{ErrUnknown}},
			asked: []string{"authorize p1 pm_card_visa", "authorize p1 pm_card_visa"},
			want:  []events.PaymentAnswer{{Step: events.AuthorizeStep, Status: events.PaymentAuthStatus, ProviderRef: "pi_1", Amount: usd}},
		},
		{
			name: "no answer comes", reaction: capture, script: script{errs: []error{ErrUnknown, ErrUnknown, ErrUnknown}},
			asked: []string{"capture pi_1", "capture pi_1", "capture pi_1"},
			want:  []events.PaymentAnswer{{Step: events.CaptureStep, Status: events.PaymentUnknownStatus, Amount: usd}},
		},
		{
			name: "declined", reaction: started, script: script{outcome: Outcome{Status: Declined, Failure: Failure{Code: "insufficient_funds", Message: "No.", Reason: "secret"}}},
			asked: []string{"authorize p1 pm_card_visa"},
			want: []events.PaymentAnswer{{
				Step: events.AuthorizeStep, Status: events.PaymentDeclinedStatus, Amount: usd, Failure: &events.PaymentFailure{Code: "insufficient_funds", Message: "No."},
			}},
		},
		{
			name: "another amount is given back", reaction: capture, script: script{outcome: Outcome{Status: Captured, Ref: "pi_1", Amount: 999, Currency: "USD"}, errs: []error{ErrAmountMismatch}},
			asked: []string{"capture pi_1", "refund pi_1"},
			want: []events.PaymentAnswer{{
				Step: events.CaptureStep, Status: events.PaymentDeclinedStatus, ProviderRef: "pi_1", Amount: usd,
				Failure: &events.PaymentFailure{Code: "amount_mismatch", Message: "The payment was not carried out."},
			}},
		},
		{name: "a wrong key is for another try", reaction: started, script: script{errs: []error{ErrProviderKey}}, asked: []string{"authorize p1 pm_card_visa"}, err: ErrProviderKey},
		{
			name: "due, and the provider knows it", reaction: due(state(events.AuthorizeStep, "pi_1")), script: script{outcome: captured}, asked: []string{"find pi_1"},
			want: []events.PaymentAnswer{{Step: events.AuthorizeStep, Status: events.PaymentCapturedStatus, ProviderRef: "pi_1", Amount: usd}},
		},
		{
			name: "due too late to ask, and the provider does not have it", reaction: due(old), script: script{errs: []error{ErrNotThere}}, asked: []string{"look for p1"},
			want: []events.PaymentAnswer{{
				Step: events.AuthorizeStep, Status: events.PaymentDeclinedStatus, Amount: usd,
				Failure: &events.PaymentFailure{Code: "outcome_unknown", Message: "The payment provider did not answer. Nothing is charged."},
			}},
		},
		{
			name: "due too late to ask, and the provider has it", reaction: due(old), script: script{outcome: authorized}, asked: []string{"look for p1"},
			want: []events.PaymentAnswer{{Step: events.AuthorizeStep, Status: events.PaymentAuthStatus, ProviderRef: "pi_1", Amount: usd}},
		},
		{
			name: "due too late to ask, and the provider does not say whether it has it", reaction: due(old), script: script{errs: []error{ErrUnknown, ErrUnknown, ErrUnknown}},
			asked: []string{"look for p1", "look for p1", "look for p1"},
			want:  []events.PaymentAnswer{{Step: events.AuthorizeStep, Status: events.PaymentUnknownStatus, Amount: usd}},
		},
		{
			name: "due late, not there, and still wanted", reaction: due(hours), script: script{outcome: authorized, errs: []error{ErrNotThere}}, asked: []string{"look for p1", "authorize p1 pm_card_visa"},
			want: []events.PaymentAnswer{{Step: events.AuthorizeStep, Status: events.PaymentAuthStatus, ProviderRef: "pi_1", Amount: usd}},
		},
		{
			name: "a refund is due", reaction: due(refunding), script: script{outcome: Outcome{Status: Refunded, Ref: "re_1", Amount: 400, Currency: "USD"}}, asked: []string{"refund pi_1"},
			want: []events.PaymentAnswer{{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: "r1", Amount: events.Money{Amount: 400, Currency: "USD"}}},
		},
		{
			name: "a refund of other money than was asked for is for somebody to look at, and asked again less and less", reaction: due(refunding),
			script: script{outcome: Outcome{Status: Refunded, Ref: "re_1", Amount: 999, Currency: "USD"}, errs: []error{ErrAmountMismatch}}, asked: []string{"refund pi_1"},
			want: []events.PaymentAnswer{{Step: events.RefundStep, Status: events.PaymentUnknownStatus, RefundID: "r1", Amount: usd}},
		},
		{
			name: "a refund is pending", reaction: due(refunding), script: script{outcome: Outcome{Status: RefundPending, Ref: "re_1", Amount: 400, Currency: "USD"}}, asked: []string{"refund pi_1"},
			want: []events.PaymentAnswer{{Step: events.RefundStep, Status: events.PaymentUnknownStatus, RefundID: "r1", Amount: events.Money{Amount: 400, Currency: "USD"}}},
		},
		{
			name: "a refund was pending and is looked at, for its key would give the first answer", reaction: due(pending),
			script: script{outcome: Outcome{Status: Refunded, Ref: "re_1", Amount: 400, Currency: "USD"}}, asked: []string{"look for refund r1"},
			want: []events.PaymentAnswer{{Step: events.RefundStep, Status: events.PaymentRefundedStatus, RefundID: "r1", Amount: events.Money{Amount: 400, Currency: "USD"}}},
		},
		{
			name: "authorised, but to be let go: not captured",
			reaction: func(ctx context.Context, t providerClient) ([]events.Outgoing, error) {
				return t.captureOnAuthorized(ctx, received(state(events.VoidStep, "pi_1")), false)
			},
		},
		{
			name: "voided", script: script{outcome: Outcome{Status: Canceled, Ref: "pi_1", Amount: 1000, Currency: "USD"}}, asked: []string{"cancel pi_1"},
			reaction: func(ctx context.Context, t providerClient) ([]events.Outgoing, error) {
				return t.voidOnRequested(ctx, received(state(events.VoidStep, "pi_1")), false)
			},
			want: []events.PaymentAnswer{{Step: events.VoidStep, Status: events.PaymentVoidedStatus, ProviderRef: "pi_1", Amount: usd}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			provider := c.script
			got, err := c.reaction(t.Context(), providerClient{provider: &provider, authorized: recent.New[string, bool](1), log: slog.New(slog.DiscardHandler)})
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, answers(t, got)); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.asked, provider.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// Two deliveries of one event at the same moment send the same command.
func TestDuplicatesCollapse(t *testing.T) {
	t.Parallel()
	keys, err := events.NewKeys(events.GenerateRing("s"), events.GenerateRing("p"))
	if err != nil {
		t.Fatal(err)
	}
	var ids, fingerprints []string
	for range 2 {
		p := &script{outcome: Outcome{Status: Authorized, Ref: "pi_1", Amount: 1000, Currency: "USD"}}
		e := received(state(events.AuthorizeStep, ""))
		e.Data.CreatedAt = time.Unix(0, 0)
		sent, err := providerClient{provider: p, log: slog.New(slog.DiscardHandler)}.authorizeOnStarted(t.Context(), e, false)
		if err != nil {
			t.Fatal(err)
		}
		stamped, err := bus.Stamp(keys, events.Payment, e.Cause(events.Payment), time.Now(), sent...)
		if err != nil {
			t.Fatal(err)
		}
		ids, fingerprints = append(ids, stamped[0].ID), append(fingerprints, stamped[0].Fingerprint)
	}
	if ids[0] != ids[1] || fingerprints[0] != fingerprints[1] {
		t.Errorf("ids %v, fingerprints %v", ids, fingerprints)
	}
}
