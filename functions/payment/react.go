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
// Two read what is personal: whoever authorizes tells the provider which page the buyer comes back to.
func (c providerClient) reactions() events.Reactions {
	type paymentEffect = effect.Effect[events.PaymentState]
	type refundEffect = effect.Effect[events.RefundState]
	return events.Reactions{
		effect.On(c.rule, events.PaymentStarted, paymentEffect{Since: began, Now: c.stepNow(events.AuthorizeStep), Do: c.authorizeOnStarted}),
		effect.On(c.rule, events.PaymentAuthorized, paymentEffect{Since: began, Now: c.stepNow(events.CaptureStep), Do: c.captureOnAuthorized}).Unread(),
		effect.On(c.rule, events.PaymentVoidRequested, paymentEffect{Since: began, Now: c.stepNow(events.VoidStep), Do: c.voidOnRequested}).Unread(),
		effect.On(c.rule, events.PaymentRefundRequested, refundEffect{Since: refundBegan, Now: c.refundNow, Do: c.refundOnRequested}).Unread(),
		effect.On(c.rule, events.PaymentDue, paymentEffect{Since: began, Now: c.dueNow, Do: c.reconcileOnDue}),
	}
}

func (c providerClient) authorizeOnStarted(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	return c.carryOut(ctx, e.Data, events.AuthorizeStep, late)
}

func (c providerClient) captureOnAuthorized(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	if hasSaid(e.Data, Authorized) {
		c.authorized.Put(e.Data.ID, true) // the provider's message about it mostly follows in a moment: then db need not hear it again
	}
	if e.Data.Step != events.CaptureStep {
		return nil, nil // it is to be let go instead
	}
	return c.carryOut(ctx, e.Data, events.CaptureStep, late)
}

func (c providerClient) voidOnRequested(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	return c.carryOut(ctx, e.Data, events.VoidStep, late)
}

func (c providerClient) refundOnRequested(ctx context.Context, e events.Received[events.RefundState], late bool) ([]events.Outgoing, error) {
	return c.recordRefund(ctx, e.Data.Payment, events.PaymentRefund{ID: e.Data.RefundID, Amount: e.Data.Amount.Amount}, late)
}

// reconcileOnDue asks again for whatever db has had no answer to. What goes wrong with one of them holds up no other: it stays due.
func (c providerClient) reconcileOnDue(ctx context.Context, e events.Received[events.PaymentState], late bool) ([]events.Outgoing, error) {
	var answers []events.Outgoing
	var faults []error
	p := e.Data
	if p.Step != "" {
		records, err := c.carryOut(ctx, p, p.Step, late)
		answers, faults = append(answers, records...), append(faults, err)
	}
	for _, r := range p.Refunds {
		if r.Status == events.RefundRequestedStatus {
			records, err := c.recordRefund(ctx, p, r, late || p.Attempts > 0)
			answers, faults = append(answers, records...), append(faults, err)
		}
	}
	err := errors.Join(faults...)
	if err != nil && len(answers) > 0 {
		c.log.ErrorContext(ctx, "not all that is due of a payment could be asked for; it will be asked for again", "payment", p.ID, "reason", err)
		return answers, nil
	}
	return answers, err
}

// began is the earliest moment at which anything about a payment can have been asked of the provider. An event may be much younger: one that
// says that an answer is still owed, or one that a restored database says for the second time.
func began(p events.PaymentState) time.Time { return p.CreatedAt }

func refundBegan(r events.RefundState) time.Time { return began(r.Payment) }

// stepNow asks whether a payment still waits for a step.
func (c providerClient) stepNow(s events.PaymentStep) func(context.Context, events.Received[events.PaymentState]) (events.PaymentState, bool, error) {
	return func(ctx context.Context, e events.Received[events.PaymentState]) (events.PaymentState, bool, error) {
		p, err := c.payment(ctx, e.Data.ID)
		return p, p.Step == s, err
	}
}

// refundNow asks whether a refund still waits for the provider. Error: Problem not_found when db does not know it.
func (c providerClient) refundNow(ctx context.Context, e events.Received[events.RefundState]) (events.RefundState, bool, error) {
	p, err := c.payment(ctx, e.Data.Payment.ID)
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
func (c providerClient) dueNow(ctx context.Context, e events.Received[events.PaymentState]) (events.PaymentState, bool, error) {
	p, err := c.payment(ctx, e.Data.ID)
	_, open := domain.Payment(p).NextRetry(time.Now())
	return p, open, err
}
