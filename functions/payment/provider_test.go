package payment

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/paymentgateway"
)

func TestAuthorize(t *testing.T) {
	t.Parallel()
	p := setup(t)
	declined := func(code, message, reason string) Outcome {
		return Outcome{Status: Declined, Ref: "pi_", Amount: 1250, Currency: "EUR", Failure: Failure{code, message, reason}}
	}
	authorized := Outcome{Status: Authorized, Ref: "pi_", Amount: 1250, Currency: "EUR"}
	challenge := Outcome{Status: RequiresAction, Ref: "pi_", Amount: 1250, Currency: "EUR", RedirectURL: "a page"}
	for method, want := range map[string]Outcome{
		"pm_card_visa":                            authorized,
		"pm_card_visa_debit":                      authorized,
		"pm_card_mastercard":                      authorized,
		"pm_card_chargeDeclined":                  declined("card_declined", "Your card was declined.", "generic_decline"),
		"pm_card_chargeDeclinedInsufficientFunds": declined("insufficient_funds", "Your card has insufficient funds.", "insufficient_funds"),
		"pm_card_chargeDeclinedLostCard":          declined("card_declined", "Your card was declined.", "lost_card"),
		"pm_card_chargeDeclinedStolenCard":        declined("card_declined", "Your card was declined.", "stolen_card"),
		"pm_card_chargeDeclinedExpiredCard":       declined("expired_card", "Your card has expired.", ""),
		"pm_card_chargeDeclinedIncorrectCvc":      declined("incorrect_cvc", "Your card's security code is incorrect.", ""),
		"pm_card_chargeDeclinedProcessingError":   declined("processing_error", "An error occurred while processing your card. Try again in a little bit.", ""),
		"pm_card_authenticationRequired":          challenge,
		"pm_card_threeDSecure2Required":           challenge,
		"pm_card_nobodyKnows": {
			Status: Declined, Failure: Failure{"payment_method_unknown", "The payment method is not known to the provider.", "resource_missing"},
		},
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			a := wish(method)
			a.PaymentID = method
			first, err := p.Authorize(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, blank(first)); d != "" {
				t.Error(d)
			}
			if again, err := p.Authorize(t.Context(), a); err != nil || again != first {
				t.Errorf("again: %+v, %v", again, err)
			}
		})
	}
}

func TestPurchaseAndRefund(t *testing.T) {
	t.Parallel()
	p := setup(t)
	o, err := p.Authorize(t.Context(), wish("pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	captured, err := p.Capture(t.Context(), step(o.Ref))
	if err != nil {
		t.Fatal(err)
	}
	r := Refund{RefundID: "r1", PaymentID: wish("").PaymentID, Ref: o.Ref, Amount: 300, Currency: "EUR"}
	back, err := p.Refund(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Refund(t.Context(), r); err != nil || again != back {
		t.Errorf("again: %+v, %v", again, err)
	}
	late, err := p.Cancel(t.Context(), step(o.Ref))
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Find(t.Context(), o.Ref)
	if err != nil {
		t.Fatal(err)
	}
	paid := Outcome{Status: Captured, Ref: o.Ref, Amount: 1250, Currency: "EUR"}
	want := []Outcome{paid, {Status: Refunded, Ref: "re_", Amount: 300, Currency: "EUR"}, paid, paid}
	if d := cmp.Diff(want, []Outcome{captured, blank(back), late, found}); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(paymentgateway.Sums{Currency: "eur", Intents: 1, Authorized: 1250, Captured: 1250, Refunded: 300}, p.charged()); d != "" {
		t.Error(d)
	}
	r.RefundID, r.Amount = "r2", 951
	if _, err := p.Refund(t.Context(), r); !errors.Is(err, ErrProviderRequest) {
		t.Errorf("more than is left: %v", err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	p := setup(t)
	o, err := p.Authorize(t.Context(), wish("pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		gone, err := p.Cancel(t.Context(), step(o.Ref))
		if want := (Outcome{Status: Canceled, Ref: o.Ref, Amount: 1250, Currency: "EUR"}); err != nil || gone != want {
			t.Errorf("%+v, %v", gone, err)
		}
	}
	if late, err := p.Capture(t.Context(), step(o.Ref)); err != nil || late.Status != Canceled {
		t.Errorf("captured after it was cancelled: %+v, %v", late, err)
	}
}
