package payment

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/stripe/stripe-go/v82"
)

// intentStatuses are the provider's statuses that are answers; any other (processing …) leaves the outcome unknown.
var intentStatuses = map[stripe.PaymentIntentStatus]Status{
	stripe.PaymentIntentStatusRequiresCapture:       Authorized,
	stripe.PaymentIntentStatusSucceeded:             Captured,
	stripe.PaymentIntentStatusRequiresAction:        RequiresAction,
	stripe.PaymentIntentStatusRequiresPaymentMethod: Declined,
	stripe.PaymentIntentStatusCanceled:              Canceled,
}

// refundStatuses are the provider's statuses of a refund. One that succeeded may fail up to a month later, when the bank does not take it;
// one that waits for the bank, or for the customer to say where to, is not carried out yet. Source: docs.stripe.com/refunds.
var refundStatuses = map[stripe.RefundStatus]Status{
	stripe.RefundStatusSucceeded:      Refunded,
	stripe.RefundStatusPending:        RefundPending,
	stripe.RefundStatusRequiresAction: RefundPending,
	stripe.RefundStatusFailed:         RefundFailed,
	stripe.RefundStatusCanceled:       RefundFailed,
}

// permanent are the refusals by HTTP status that asking again does not change. All others leave the outcome unknown.
var permanent = map[int]error{
	http.StatusUnauthorized: ErrProviderKey,
	http.StatusForbidden:    ErrProviderKey,
	http.StatusBadRequest:   ErrProviderRequest,
	http.StatusNotFound:     ErrProviderRequest,
}

// settle makes an outcome of an answer. An error that carries the intent is an answer too: it was declined, or the step
// came too late and the intent shows what it has become. What the idempotency key never tells is looked up by reconcile before it is called unknown.
func settle(in *stripe.PaymentIntent, err error, reconcile func() (*stripe.PaymentIntent, error)) (Outcome, error) {
	if (failedWithin(err) || saidOtherwise(err)) && reconcile != nil {
		in, err = reconcile()
	}
	var refusal *stripe.Error
	switch {
	case err == nil:
		return intentOutcome(in)
	case !errors.As(err, &refusal):
		return Outcome{}, classify(err)
	case refusal.PaymentIntent != nil:
		return intentOutcome(refusal.PaymentIntent)
	case refusal.Type == stripe.ErrorTypeCard, refusal.Param == "payment_method":
		return Outcome{Status: Declined, Failure: failure(refusal)}, nil
	}
	return Outcome{}, classify(err)
}

// failedWithin is a 5xx: the step may be done, and the provider keeps the 5xx under the key and gives it again.
func failedWithin(err error) bool {
	var refusal *stripe.Error
	return errors.As(err, &refusal) && refusal.HTTPStatusCode >= http.StatusInternalServerError
}

// saidOtherwise refuses a key under which the same step was asked for in other words, by a release or with settings of before, such as another
// PAYMENT_RETURN_URL: the step may be done, and is no refusal.
func saidOtherwise(err error) bool {
	var refusal *stripe.Error
	return errors.As(err, &refusal) && refusal.HTTPStatusCode == http.StatusBadRequest && refusal.Type == stripe.ErrorTypeIdempotency
}

// classify names an error that is no answer. The provider's text goes in, its objects do not.
func classify(err error) error {
	var refusal *stripe.Error
	if errors.Is(err, ErrUnknown) {
		return err
	}
	if !errors.As(err, &refusal) {
		return fmt.Errorf("%w: %w", ErrUnknown, err) // time-out, cut connection, an answer that is no JSON
	}
	kind, ok := permanent[refusal.HTTPStatusCode]
	if !ok {
		kind = ErrUnknown // 409 still running, 429 too busy, 5xx
	}
	return fmt.Errorf("%w: status %d %s %s: %s", kind, refusal.HTTPStatusCode, refusal.Type, refusal.Code, refusal.Msg)
}

func intentOutcome(in *stripe.PaymentIntent) (Outcome, error) {
	status, known := intentStatuses[in.Status]
	if !known {
		return Outcome{Ref: in.ID}, fmt.Errorf("%w: the payment is %q", ErrUnknown, in.Status)
	}
	o := Outcome{Status: status, Ref: in.ID, Amount: in.Amount, Currency: string(in.Currency)}
	switch status {
	case Captured:
		o.Amount = in.AmountReceived
	case Authorized:
		o.Amount = in.AmountCapturable
	case Declined:
		o.Failure = failure(in.LastPaymentError)
	case RequiresAction:
		if in.NextAction != nil && in.NextAction.RedirectToURL != nil {
			o.RedirectURL = in.NextAction.RedirectToURL.URL
		}
	default: // the intent's own amount says it all
	}
	return o.ours()
}

func refundOutcome(r *stripe.Refund) (Outcome, error) {
	status, known := refundStatuses[r.Status]
	if !known {
		return Outcome{Ref: r.ID}, fmt.Errorf("%w: the refund is %q", ErrUnknown, r.Status)
	}
	o := Outcome{Status: status, Ref: r.ID, Amount: r.Amount, Currency: string(r.Currency)}
	if o.Status == RefundFailed {
		o.Failure = Failure{Code: "refund_failed", Message: "The refund did not go through.", Reason: string(r.FailureReason)}
	}
	return o.ours()
}

// silent are reasons that a buyer is not told: the card may be in the wrong hands.
var silent = map[stripe.DeclineCode]bool{
	stripe.DeclineCodeLostCard: true, stripe.DeclineCodeStolenCard: true, stripe.DeclineCodePickupCard: true,
	stripe.DeclineCodeFraudulent: true, stripe.DeclineCodeMerchantBlacklist: true, stripe.DeclineCodeGenericDecline: true,
}

func failure(e *stripe.Error) Failure {
	switch {
	case e == nil:
		return Failure{Code: "card_declined", Message: "The payment was declined."}
	case e.Type == stripe.ErrorTypeInvalidRequest && e.Param == "payment_method":
		return Failure{Code: "payment_method_unknown", Message: "The payment method is not known to the provider.", Reason: string(e.Code)}
	}
	f := Failure{Code: string(e.Code), Message: e.Msg, Reason: string(e.DeclineCode)}
	if e.Code == stripe.ErrorCodeCardDeclined && e.DeclineCode != "" && !silent[e.DeclineCode] {
		f.Code = string(e.DeclineCode)
	}
	return f
}

// ifSettled reads an intent after a failed step on it; one that is still authorised tells nothing about the step.
func (s *Stripe) ifSettled(ctx context.Context, ref string) (*stripe.PaymentIntent, error) {
	in, err := s.api.intent(ctx, ref)
	if err == nil && intentStatuses[in.Status] != Captured && intentStatuses[in.Status] != Canceled {
		return nil, fmt.Errorf("%w: the provider failed and the payment is still %q", ErrUnknown, in.Status)
	}
	return in, err
}
