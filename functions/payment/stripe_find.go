package payment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"
)

const (
	// indexLag is how long the search may not show a new payment, which the list does: Stripe says less than a minute, and longer in an
	// outage. What is older than this, the search has; what is younger is in the list of the last hour.
	indexLag = time.Hour
	// clockSlack is how far the provider's clock may be behind ours.
	clockSlack = 5 * time.Minute
	// pageSize is the most that the provider lists at once.
	pageSize = 100
)

// FindAuthorization looks for the intent whose metadata have our payment's id.
func (s *Stripe) FindAuthorization(ctx context.Context, a Authorization) (Outcome, error) {
	found, err := s.findIntent(ctx, a)
	if err != nil {
		return Outcome{}, fmt.Errorf("look for payment %s at the provider: %w", a.PaymentID, unproven(err))
	}
	o, err := intentOutcome(found)
	if err != nil {
		return o, fmt.Errorf("look for payment %s at the provider: %w", a.PaymentID, err)
	}
	return s.checked(o), o.must("authorize", a.Amount, a.Currency)
}

// findIntent asks the search first, which is one call, and then the list, which never lags. Accounts of some countries have no search:
// there the list has to say it all.
func (s *Stripe) findIntent(ctx context.Context, a Authorization) (*stripe.PaymentIntent, error) {
	since := time.Now().Add(-indexLag)
	found, err := s.search(ctx, a.PaymentID)
	switch {
	case err != nil && !errors.Is(classify(err), ErrProviderRequest):
		return nil, err
	case err != nil:
		since = a.Began.Add(-clockSlack)
	case found != nil:
		return found, nil
	}
	p := &stripe.PaymentIntentListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	p.Limit = stripe.Int64(pageSize)
	for in, err := range s.api.intents(ctx, p) {
		switch {
		case err != nil:
			return nil, err
		case in.Metadata["payment_id"] == a.PaymentID:
			return in, nil
		}
	}
	return nil, ErrNotThere
}

// search asks the provider's index for the intent of a payment. The index lags: that it shows none, nil, proves nothing about the last
// minutes.
func (s *Stripe) search(ctx context.Context, paymentID string) (*stripe.PaymentIntent, error) {
	p := &stripe.PaymentIntentSearchParams{}
	p.Query = fmt.Sprintf("metadata['payment_id']:'%s'", strings.ReplaceAll(paymentID, "'", ""))
	found, err := s.api.searchIntents(ctx, p)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// searchAfterFailure finds the intent of a payment whose reference was lost with the answer.
func (s *Stripe) searchAfterFailure(ctx context.Context, paymentID string) (*stripe.PaymentIntent, error) {
	found, err := s.search(ctx, paymentID)
	if err == nil && found == nil {
		return nil, fmt.Errorf("%w: the provider failed and its search does not show the payment yet", ErrUnknown)
	}
	return found, err
}

// FindRefund looks for the refund whose metadata have our refund's id, among those of its payment. This list never lags.
func (s *Stripe) FindRefund(ctx context.Context, r Refund) (Outcome, error) {
	found, err := s.listedRefund(ctx, r)
	if err != nil {
		return Outcome{}, fmt.Errorf("look for refund %s at the provider: %w", r.RefundID, unproven(err))
	}
	return r.outcome(found)
}

func (s *Stripe) listedRefund(ctx context.Context, r Refund) (*stripe.Refund, error) {
	p := &stripe.RefundListParams{PaymentIntent: stripe.String(r.Ref)}
	p.Limit = stripe.Int64(pageSize)
	for found, err := range s.api.refunds(ctx, p) {
		switch {
		case err != nil:
			return nil, err
		case found.Metadata["refund_id"] == r.RefundID:
			return found, nil
		}
	}
	return nil, ErrNotThere
}

// refundAfter looks for a refund after a create that ended in an error: a failure within the provider, or a refusal because the same
// refund was made before and its key is forgotten.
func (s *Stripe) refundAfter(ctx context.Context, r Refund, failed error) (*stripe.Refund, error) {
	var refusal *stripe.Error
	refused := errors.As(failed, &refusal) && refusal.HTTPStatusCode == http.StatusBadRequest
	if !failedWithin(failed) && !refused {
		return nil, failed
	}
	found, err := s.listedRefund(ctx, r)
	if errors.Is(err, ErrNotThere) {
		return nil, failed
	}
	return found, err
}

// unproven names an error that kept us from looking. A refusal to look says nothing about what was looked for, and must never be taken for
// the refusal of a payment or a refund.
func unproven(err error) error {
	if errors.Is(err, ErrNotThere) {
		return err
	}
	if err = classify(err); errors.Is(err, ErrProviderRequest) {
		return fmt.Errorf("%w: %s", ErrUnknown, err.Error())
	}
	return err
}
