package payment

import (
	"context"
	"errors"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/effect"
)

// reactions is all that wakes this function. Every one may come twice, at the same moment elsewhere, or days late: the provider's
// idempotency key is the payment's, an old event is held against what db knows now, and db takes an answer in once.
func (t teller) reactions() events.Reactions {
	type payment = effect.Effect[events.PaymentState]
	type refund = effect.Effect[events.RefundState]
	return events.Reactions{
		effect.On(t.rule, events.PaymentStarted, payment{Since: began, Now: t.stepNow(events.AuthorizeStep), Do: t.authorizeOnStarted}),
		effect.On(t.rule, events.PaymentAuthorized, payment{Since: began, Now: t.stepNow(events.CaptureStep), Do: t.captureOnAuthorized}),
		effect.On(t.rule, events.PaymentVoidRequested, payment{Since: began, Now: t.stepNow(events.VoidStep), Do: t.voidOnRequested}),
		effect.On(t.rule, events.PaymentRefundRequested, refund{Since: refundBegan, Now: t.refundNow, Do: t.refundOnRequested}),
		effect.On(t.rule, events.PaymentDue, payment{Since: began, Now: t.dueNow, Do: t.reconcileOnDue}),
	}
}

func (t teller) authorizeOnStarted(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	return t.record(ctx, e.Data, events.AuthorizeStep, late)
}

func (t teller) captureOnAuthorized(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	if known(e.Data, Authorized) {
		t.authorized.Put(e.Data.ID, true)
	}
	if e.Data.Step != events.CaptureStep {
		return nil, nil // it is to be let go instead
	}
	return t.record(ctx, e.Data, events.CaptureStep, late)
}

func (t teller) voidOnRequested(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	return t.record(ctx, e.Data, events.VoidStep, late)
}

func (t teller) refundOnRequested(ctx context.Context, e events.Received[events.RefundState], late bool) ([]events.Outgoing, error) {
	return t.recordRefund(ctx, e.Data.Payment, events.PaymentRefund{ID: e.Data.RefundID, Amount: e.Data.Amount.Amount}, late)
}

// reconcileOnDue asks again for whatever db has had no answer to. What goes wrong with one of them holds up no other: it stays due.
func (t teller) reconcileOnDue(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	var answers []events.Outgoing
	var faults []error
	p := e.Data
	if p.Step != "" {
		said, err := t.record(ctx, p, p.Step, late)
		answers, faults = append(answers, said...), append(faults, err)
	}
	for _, r := range p.Refunds {
		if r.Status == events.RefundRequestedStatus {
			said, err := t.recordRefund(ctx, p, r, late || p.Attempts > 0)
			answers, faults = append(answers, said...), append(faults, err)
		}
	}
	err := errors.Join(faults...)
	if err != nil && len(answers) > 0 {
		t.log.ErrorContext(ctx, "not all that is due of a payment could be asked for; it will be asked for again", "payment", p.ID, "reason", err)
		return answers, nil
	}
	return answers, err
}

// began is the earliest moment at which anything about a payment can have been asked of the provider. An event may be much younger: one that
// says that an answer is still owed, or one that a restored database says for the second time.
func began(p events.PaymentState) time.Time { return p.CreatedAt }

func refundBegan(r events.RefundState) time.Time { return began(r.Payment) }

// stepNow asks whether a payment still waits for a step.
func (t teller) stepNow(s events.PaymentStep) func(context.Context, events.Received[events.PaymentState]) (events.PaymentState, bool, error) {
	return func(ctx context.Context, e events.Received[events.PaymentState]) (events.PaymentState, bool, error) {
		p, err := t.payment(ctx, e.Data.ID)
		return p, p.Step == s, err
	}
}

// refundNow asks whether a refund still waits for the provider. Error: Problem not_found when db does not know it.
func (t teller) refundNow(ctx context.Context, e events.Received[events.RefundState]) (events.RefundState, bool, error) {
	p, err := t.payment(ctx, e.Data.Payment.ID)
	if err != nil {
		return events.RefundState{}, false, err
	}
	refund, open, known := domain.Payment(p).RefundOf(e.Data.RefundID)
	if !known {
		return refund, false, events.NotFound("refund", e.Data.RefundID)
	}
	return refund, open, nil
}

// dueNow asks whether the provider still owes an answer to anything about a payment.
func (t teller) dueNow(ctx context.Context, e events.Received[events.PaymentState]) (events.PaymentState, bool, error) {
	p, err := t.payment(ctx, e.Data.ID)
	_, open := domain.Payment(p).AskAgainAt(time.Now())
	return p, open, err
}
