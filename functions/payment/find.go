package payment

import (
	"context"
	"errors"
	"time"

	"github.com/onlinemart/mart/events"
)

// givenUpAfter is how long a payment is asked for that the provider has never taken up. After it nobody expects to be charged any more, and
// the provider is about to forget what it was asked first.
const givenUpAfter = 23 * time.Hour

// findAuthorization says how a payment stands at the provider, whenever it was asked for. One that the provider does not have, and that
// was asked for long ago, is given up.
func (c providerClient) findAuthorization(ctx context.Context, p events.PaymentState) (Outcome, error) {
	if p.ProviderRef != "" {
		return c.provider.Find(ctx, p.ProviderRef)
	}
	o, err := c.provider.FindAuthorization(ctx, c.authorizationOf(p))
	if !errors.Is(err, ErrNotThere) || time.Since(p.CreatedAt) <= givenUpAfter {
		return o, err
	}
	c.log.ErrorContext(ctx, "the payment provider could not be asked in time for a payment, and does not have it; it is given up", "payment", p.ID)
	return Outcome{Status: Declined, Failure: Failure{Code: "outcome_unknown", Message: "The payment provider did not answer. Nothing is charged."}}, nil
}

// findCapture says whether a payment has been captured, or can be no more.
func (c providerClient) findCapture(ctx context.Context, p events.PaymentState) (Outcome, error) {
	o, err := c.finalOutcome(ctx, p)
	if err == nil && o.Status == Captured {
		err = o.must("capture", p.Amount.Amount, p.Amount.Currency)
	}
	return o, err
}

// findVoid says whether a payment has been let go, or was captured before it could be.
func (c providerClient) findVoid(ctx context.Context, p events.PaymentState) (Outcome, error) {
	return c.finalOutcome(ctx, p)
}

// finalOutcome is the outcome of a payment that is captured or let go. Error: ErrNotThere while it is neither.
func (c providerClient) finalOutcome(ctx context.Context, p events.PaymentState) (Outcome, error) {
	o, err := c.provider.Find(ctx, p.ProviderRef)
	if err == nil && o.Status != Captured && o.Status != Canceled {
		return Outcome{}, ErrNotThere
	}
	return o, err
}
