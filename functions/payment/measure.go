package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// measured is a provider of which it is told how long its answers take, and what they are.
type measured struct {
	Provider
	seconds *prometheus.HistogramVec
}

// The calls of a provider, as its metrics name them.
const (
	authorizeCall         = "authorize"
	captureCall           = "capture"
	cancelCall            = "cancel"
	refundCall            = "refund"
	findCall              = "find"
	findAuthorizationCall = "find_authorization"
	findRefundCall        = "find_refund"
)

// outcomeUnknown is that of a call to which no answer has come.
const outcomeUnknown = "unknown"

func measure(p Provider, r prometheus.Registerer) (Provider, error) {
	m := measured{p, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "mart_payment_provider_seconds",
		Help: "Time for an answer of the payment provider, by call and outcome: what it says of the payment or the refund, or unknown, mismatch, refused, not_there.",
		// Its own time for a call is 8 s at most.
		Buckets: []float64{.025, .05, .1, .25, .5, 1, 2, 4, 8, 16},
	}, []string{"call", "outcome"})}
	if err := r.Register(m.seconds); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	for _, call := range []string{authorizeCall, captureCall, cancelCall, refundCall, findCall, findAuthorizationCall, findRefundCall} {
		m.seconds.WithLabelValues(call, outcomeUnknown) // there from the beginning: of what appears as 1 nobody sees that it has risen
	}
	return m, nil
}

// outcomes names what is no answer that was hoped for.
var outcomes = []struct {
	is      error
	outcome string
}{
	{ErrUnknown, outcomeUnknown}, {ErrAmountMismatch, "mismatch"}, {ErrNotThere, "not_there"}, {ErrProviderKey, "refused"}, {ErrProviderRequest, "refused"},
}

func (m measured) took(call string, began time.Time, o Outcome, err error) {
	outcome := string(o.Status)
	if err != nil {
		outcome = "failed"
		for _, known := range outcomes {
			if errors.Is(err, known.is) {
				outcome = known.outcome
				break
			}
		}
	}
	m.seconds.WithLabelValues(call, outcome).Observe(time.Since(began).Seconds())
}

// Authorize is the provider's, measured, as are all the others.
func (m measured) Authorize(ctx context.Context, a Authorization) (o Outcome, err error) {
	defer func(began time.Time) { m.took(authorizeCall, began, o, err) }(time.Now())
	return m.Provider.Authorize(ctx, a)
}

// Capture is measured.
func (m measured) Capture(ctx context.Context, s Step) (o Outcome, err error) {
	defer func(began time.Time) { m.took(captureCall, began, o, err) }(time.Now())
	return m.Provider.Capture(ctx, s)
}

// Cancel is measured.
func (m measured) Cancel(ctx context.Context, s Step) (o Outcome, err error) {
	defer func(began time.Time) { m.took(cancelCall, began, o, err) }(time.Now())
	return m.Provider.Cancel(ctx, s)
}

// Refund is measured.
func (m measured) Refund(ctx context.Context, r Refund) (o Outcome, err error) {
	defer func(began time.Time) { m.took(refundCall, began, o, err) }(time.Now())
	return m.Provider.Refund(ctx, r)
}

// Find is measured.
func (m measured) Find(ctx context.Context, ref string) (o Outcome, err error) {
	defer func(began time.Time) { m.took(findCall, began, o, err) }(time.Now())
	return m.Provider.Find(ctx, ref)
}

// FindAuthorization is measured.
func (m measured) FindAuthorization(ctx context.Context, a Authorization) (o Outcome, err error) {
	defer func(began time.Time) { m.took(findAuthorizationCall, began, o, err) }(time.Now())
	return m.Provider.FindAuthorization(ctx, a)
}

// FindRefund is measured.
func (m measured) FindRefund(ctx context.Context, r Refund) (o Outcome, err error) {
	defer func(began time.Time) { m.took(findRefundCall, began, o, err) }(time.Now())
	return m.Provider.FindRefund(ctx, r)
}
