package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// stepCall is how the provider is asked for a step, and how one that was carried out before is found: find gives its outcome, or
// ErrNotThere.
type stepCall struct {
	ask, find func(c providerClient, ctx context.Context, p events.PaymentState) (Outcome, error)
}

var steps = map[events.PaymentStep]stepCall{
	events.AuthorizeStep: {ask: providerClient.authorize, find: providerClient.findAuthorization},
	events.CaptureStep:   {ask: providerClient.capture, find: providerClient.findCapture},
	events.VoidStep:      {ask: providerClient.void, find: providerClient.findVoid},
}

func (c providerClient) capture(ctx context.Context, p events.PaymentState) (Outcome, error) {
	return c.provider.Capture(ctx, stepOf(p))
}

func (c providerClient) void(ctx context.Context, p events.PaymentState) (Outcome, error) {
	return c.provider.Cancel(ctx, stepOf(p))
}

// authorize asks for the payment, or how it stands once the provider has given it a name: what was asked first may have
// moved on since, while the idempotency key would give the first answer again.
func (c providerClient) authorize(ctx context.Context, p events.PaymentState) (Outcome, error) {
	if p.ProviderRef != "" {
		return c.provider.Find(ctx, p.ProviderRef)
	}
	return c.provider.Authorize(ctx, c.authorizationOf(p))
}

func (c providerClient) authorizationOf(p events.PaymentState) Authorization {
	return Authorization{
		PaymentID: p.ID, OrderID: p.OrderID, Amount: p.Amount.Amount, Currency: p.Amount.Currency, Method: p.PaymentMethod, ReturnURL: cmp.Or(p.ReturnPage.Plaintext(), p.ReturnURL, ReturnConfig{URL: c.returnURL}.page(p.OrderID)),
		Began: p.CreatedAt,
	}
}

func stepOf(p events.PaymentState) Step {
	return Step{PaymentID: p.ID, Ref: p.ProviderRef, Amount: p.Amount.Amount, Currency: p.Amount.Currency}
}

// carryOut asks the provider for a step, which may move money, and tells db the answer, or that there is none. Late: it may have been asked for when nobody
// remembers, and is looked for first. Error: try again.
func (c providerClient) carryOut(ctx context.Context, p events.PaymentState, step events.PaymentStep, late bool) ([]events.Outgoing, error) {
	call, known := steps[step]
	if !known {
		return nil, events.Poison(fmt.Errorf("a payment has no step %q", step))
	}
	o, err := retryUnknown(ctx, func() (Outcome, error) {
		if late {
			if o, err := call.find(c, ctx, p); !errors.Is(err, ErrNotThere) {
				return o, err
			}
		}
		return call.ask(c, ctx, p)
	})
	switch {
	case err == nil:
		return events.Send(recordAnswer(p, step, o)), nil
	case errors.Is(err, ErrUnknown):
		c.log.WarnContext(ctx, "the payment provider's answer is unknown; it will be asked again", "payment", p.ID, "step", step, "reason", err)
		return events.Send(recordUnknown(p, step, "")), nil
	case errors.Is(err, ErrAmountMismatch):
		return c.undoMismatch(ctx, p, step, o, late, err)
	case errors.Is(err, ErrProviderRequest) && step == events.AuthorizeStep && p.ProviderRef == "":
		c.log.ErrorContext(ctx, "the payment provider refuses to authorise", "payment", p.ID, "reason", err)
		return events.Send(recordAnswer(p, step, Outcome{Status: Declined, Failure: Failure{Code: "refused_by_provider", Message: "The payment provider does not accept this payment."}})), nil
	}
	return nil, err
}

// recordRefund asks the provider for a refund and tells db the answer; looks for it first when it may have been asked for before. While the
// provider says that it is pending, or that it gave other money back than was asked for, the refund stays open: it is looked at again, at
// growing distances. No other try changes the latter, and somebody must look. Error: try again.
func (c providerClient) recordRefund(ctx context.Context, p events.PaymentState, r events.PaymentRefund, before bool) ([]events.Outgoing, error) {
	o, err := retryUnknown(ctx, func() (Outcome, error) {
		return c.refund(ctx, Refund{RefundID: r.ID, PaymentID: p.ID, Ref: p.ProviderRef, Amount: r.Amount, Currency: p.Amount.Currency}, before)
	})
	switch {
	case err == nil:
		return events.Send(recordRefundAnswer(p, r.ID, o)), nil
	case errors.Is(err, ErrUnknown):
		c.log.WarnContext(ctx, "the payment provider's answer is unknown; it will be asked again", "payment", p.ID, "refund", r.ID, "reason", err)
		return events.Send(recordUnknown(p, events.RefundStep, r.ID)), nil
	case errors.Is(err, ErrProviderRequest):
		if back, err := c.mismatchRefund(ctx, p, r); err != nil {
			return nil, err
		} else if back.Status == Refunded || back.Status == RefundPending {
			return events.Send(recordRefundAnswer(p, r.ID, back)), nil
		}
		c.log.ErrorContext(ctx, "the payment provider refuses a refund; somebody must give the money back", "payment", p.ID, "refund", r.ID, "reason", err)
		return events.Send(recordRefundAnswer(p, r.ID, Outcome{Status: RefundFailed, Failure: Failure{Code: "refund_failed", Message: "The payment provider refuses the refund."}})), nil
	case errors.Is(err, ErrAmountMismatch):
		c.log.ErrorContext(ctx, "the payment provider gave other money back than was asked for; somebody must look", "payment", p.ID, "refund", r.ID, "reason", err)
		return events.Send(recordUnknown(p, events.RefundStep, r.ID)), nil
	}
	return nil, err
}

// refund asks for a refund; one that may have been asked for before is looked for first: under its key the provider would give its first
// answer again.
func (c providerClient) refund(ctx context.Context, r Refund, before bool) (Outcome, error) {
	if before {
		if o, err := c.provider.FindRefund(ctx, r); !errors.Is(err, ErrNotThere) {
			return o, err
		}
	}
	return c.provider.Refund(ctx, r)
}

// mismatchRefund is a refund that was not asked for under its own id because all of the money went back before, when the provider had
// answered with another amount (undoMismatch); zero when it did not. Error: try again.
func (c providerClient) mismatchRefund(ctx context.Context, p events.PaymentState, r events.PaymentRefund) (Outcome, error) {
	o, err := c.provider.FindRefund(ctx, Refund{RefundID: domain.Payment(p).MismatchRefundID(), PaymentID: p.ID, Ref: p.ProviderRef, Amount: AllOfIt, Currency: p.Amount.Currency})
	if errors.Is(err, ErrNotThere) || errors.Is(err, ErrProviderRequest) || err == nil && o.Amount != r.Amount {
		return Outcome{}, nil
	}
	return o, err
}

// undoMismatch undoes what the provider did with another amount than it was asked for, and records that nothing was paid, and what went
// back: a webhook may have told db of the payment meanwhile, with the right amount.
func (c providerClient) undoMismatch(ctx context.Context, p events.PaymentState, step events.PaymentStep, o Outcome, late bool, reason error) ([]events.Outgoing, error) {
	c.log.ErrorContext(ctx, "the payment provider answered with another amount; it is given back", "payment", p.ID, "step", step, "reason", reason)
	var back Outcome
	var err error
	if o.Status == Captured {
		back, err = c.refund(ctx, Refund{
			RefundID: domain.Payment(p).MismatchRefundID(), PaymentID: p.ID, Ref: o.Ref, Amount: AllOfIt, Currency: p.Amount.Currency,
		}, late)
	} else {
		_, err = c.provider.Cancel(ctx, Step{PaymentID: p.ID, Ref: o.Ref, Amount: o.Amount, Currency: o.Currency})
	}
	if err != nil {
		return nil, fmt.Errorf("give back what the provider took by mistake: %w", err)
	}
	records := events.Send(recordAnswer(p, step, Outcome{Status: Declined, Ref: o.Ref, Failure: Failure{Code: "amount_mismatch", Message: "The payment was not carried out."}}))
	if back.Status == Refunded {
		records = append(records, recordRefundAnswer(p, domain.Payment(p).MismatchRefundID(), back))
	}
	return records, nil
}

const (
	tries        = 3
	firstBackoff = 100 * time.Millisecond
	lastStart    = 10 * time.Second // before the delivery ends: a call may take 8 s
)

// retryUnknown asks again while the answer is unknown and there is time.
func retryUnknown(ctx context.Context, ask func() (Outcome, error)) (o Outcome, err error) {
	backoff := firstBackoff
	for range tries {
		if o, err = ask(); !errors.Is(err, ErrUnknown) {
			return o, err
		}
		if end, bounded := ctx.Deadline(); bounded && time.Until(end) < lastStart {
			return o, err
		}
		select {
		case <-ctx.Done():
			return o, err
		case <-time.After(backoff):
			backoff *= 3
		}
	}
	return o, err
}

// statuses are the provider's words in ours.
var statuses = map[Status]events.PaymentStatus{
	Authorized:     events.PaymentAuthStatus,
	Captured:       events.PaymentCapturedStatus,
	Declined:       events.PaymentDeclinedStatus,
	RequiresAction: events.PaymentActionStatus,
	Canceled:       events.PaymentVoidedStatus,
	Refunded:       events.PaymentRefundedStatus,
	RefundPending:  events.PaymentUnknownStatus,
	RefundFailed:   events.PaymentDeclinedStatus,
}

// recordAnswer tells db what the provider answered to a step. The same answer to the same event is the same command.
func recordAnswer(p events.PaymentState, step events.PaymentStep, o Outcome) events.Outgoing {
	a := answer(o, p.Amount)
	a.Step, a.ProviderRef = step, o.Ref
	return events.RecordPayment.New(p.ID, a).Step(string(step) + " " + string(a.Status))
}

func recordRefundAnswer(p events.PaymentState, refundID string, o Outcome) events.Outgoing {
	a := answer(o, p.Amount)
	a.Step, a.RefundID = events.RefundStep, refundID
	return events.RecordPayment.New(p.ID, a).Step("refund " + refundID + " " + string(a.Status))
}

func recordUnknown(p events.PaymentState, step events.PaymentStep, refundID string) events.Outgoing {
	a := events.PaymentAnswer{Step: step, Status: events.PaymentUnknownStatus, Amount: p.Amount, RefundID: refundID}
	return events.RecordPayment.New(p.ID, a).Step(string(step) + " " + refundID + " unknown")
}

// answer is an outcome in db's words. An outcome without an amount, which moved no money, is about the amount asked for.
func answer(o Outcome, asked events.Money) events.PaymentAnswer {
	a := events.PaymentAnswer{
		Status: statuses[o.Status], RedirectURL: o.RedirectURL,
		Amount: events.Money{Amount: o.Amount, Currency: cmp.Or(o.Currency, asked.Currency)},
	}
	if o.Status == Declined || o.Status == RefundFailed {
		a.Failure = &events.PaymentFailure{Code: cmp.Or(o.Failure.Code, "declined"), Message: o.Failure.Message}
		a.Amount = asked
	}
	return a
}
