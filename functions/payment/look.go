package payment

import (
	"context"
	"errors"
	"time"

	"github.com/onlinemart/mart/events"
)

// wanted is how long a payment is asked for that the provider has never taken up. After it nobody expects to be charged any more, and the
// provider is about to forget what it was asked first.
const wanted = 23 * time.Hour

// lookForAuthorization says how a payment stands at the provider, whenever it was asked for. One that the provider does not have, and that
// was wanted long ago, is given up.
func (t teller) lookForAuthorization(ctx context.Context, p events.PaymentState) (Outcome, error) {
	if p.ProviderRef != "" {
		return t.provider.Find(ctx, p.ProviderRef)
	}
	o, err := t.provider.FindAuthorization(ctx, t.authorizationOf(p))
	if !errors.Is(err, ErrNotThere) || time.Since(p.CreatedAt) <= wanted {
		return o, err
	}
	t.log.ErrorContext(ctx, "the payment provider could not be asked in time for a payment, and does not have it; it is given up", "payment", p.ID)
	return Outcome{Status: Declined, Failure: Failure{Code: "outcome_unknown", Message: "The payment provider did not answer. Nothing is charged."}}, nil
}

// lookForCapture says whether a payment has been captured, or can be no more.
func (t teller) lookForCapture(ctx context.Context, p events.PaymentState) (Outcome, error) {
	o, err := t.ended(ctx, p)
	if err == nil && o.Status == Captured {
		err = o.must("capture", p.Amount.Amount, p.Amount.Currency)
	}
	return o, err
}

// lookForVoid says whether a payment has been let go, or was captured before it could be.
func (t teller) lookForVoid(ctx context.Context, p events.PaymentState) (Outcome, error) {
	return t.ended(ctx, p)
}

// ended is the outcome of a payment that is captured or let go. Error: ErrNotThere while it is neither.
func (t teller) ended(ctx context.Context, p events.PaymentState) (Outcome, error) {
	o, err := t.provider.Find(ctx, p.ProviderRef)
	if err == nil && o.Status != Captured && o.Status != Canceled {
		return Outcome{}, ErrNotThere
	}
	return o, err
}
