package payment

import (
	"context"
	"time"

	"github.com/onlinemart/mart/events"
)

// reactions is all that wakes this function. Every one may come twice, late, or at the same moment elsewhere: the provider's
// idempotency key is the payment's, and db takes an answer in once.
func (t teller) reactions() events.Reactions {
	return events.Reactions{
		events.PaymentStarted.Then(t.authorizeOnStarted),
		events.PaymentAuthorized.Then(t.captureOnAuthorized),
		events.PaymentVoidRequested.Then(t.voidOnRequested),
		events.PaymentRefundRequested.Then(t.refundOnRequested),
		events.PaymentDue.Then(t.reconcileOnDue),
	}
}

func (t teller) authorizeOnStarted(ctx context.Context, e events.Received[events.PaymentState]) ([]events.Outgoing, error) {
	return t.record(ctx, e.Data, events.AuthorizeStep)
}

func (t teller) captureOnAuthorized(ctx context.Context, e events.Received[events.PaymentState]) ([]events.Outgoing, error) {
	if e.Data.Step != events.CaptureStep {
		return nil, nil // it is to be let go instead
	}
	return t.record(ctx, e.Data, events.CaptureStep)
}

func (t teller) voidOnRequested(ctx context.Context, e events.Received[events.PaymentState]) ([]events.Outgoing, error) {
	return t.record(ctx, e.Data, events.VoidStep)
}

func (t teller) refundOnRequested(ctx context.Context, e events.Received[events.RefundState]) ([]events.Outgoing, error) {
	return t.recordRefund(ctx, e.Data.Payment, events.PaymentRefund{ID: e.Data.RefundID, Amount: e.Data.Amount.Amount})
}

// keyLife is how long the provider surely remembers an idempotency key, with an hour to spare.
const keyLife = 23 * time.Hour

// reconcileOnDue asks again for whatever db has had no answer to.
func (t teller) reconcileOnDue(ctx context.Context, e events.Received[events.PaymentState]) ([]events.Outgoing, error) {
	var answers []events.Outgoing
	p := e.Data
	if p.Step == events.AuthorizeStep && p.ProviderRef == "" && e.Time.Sub(p.CreatedAt) > keyLife {
		t.log.ErrorContext(ctx, "a payment's outcome could not be learnt in time; it is given up, and what the provider holds lapses by itself", "payment", p.ID)
		answers = append(answers, said(p, events.AuthorizeStep, Outcome{Status: Declined, Failure: Failure{
			Code: "outcome_unknown", Message: "The payment provider did not answer. Nothing is charged.",
		}}))
	} else if p.Step != "" {
		said, err := t.record(ctx, p, p.Step)
		if err != nil {
			return nil, err
		}
		answers = append(answers, said...)
	}
	for _, r := range p.Refunds {
		if r.Status != events.RefundRequestedStatus {
			continue
		}
		said, err := t.recordRefund(ctx, p, r)
		if err != nil {
			return nil, err
		}
		answers = append(answers, said...)
	}
	return answers, nil
}
