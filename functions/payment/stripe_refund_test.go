package payment

import (
	"errors"
	"testing"

	"github.com/stripe/stripe-go/v82"
)

// What the provider shows of a refund is an answer only where we know what it means, and moved what was asked for.
func TestRefundOutcome(t *testing.T) {
	t.Parallel()
	part, all := Refund{RefundID: "r1", Amount: 1500, Currency: "UGX"}, Refund{RefundID: "r1", Amount: AllOfIt, Currency: "UGX"}
	for name, c := range map[string]struct {
		asked Refund
		shown stripe.Refund
		want  Status
		err   error
	}{
		"as asked":                  {part, stripe.Refund{ID: "re_1", Status: "succeeded", Amount: 150000, Currency: "ugx"}, Refunded, nil},
		"other money":               {part, stripe.Refund{ID: "re_1", Status: "succeeded", Amount: 150050, Currency: "ugx"}, Refunded, ErrAmountMismatch},
		"all, to the last fraction": {all, stripe.Refund{ID: "re_1", Status: "succeeded", Amount: 150050, Currency: "ugx"}, Refunded, nil},
		"a status of tomorrow":      {all, stripe.Refund{ID: "re_1", Status: "under_review", Amount: 150000, Currency: "ugx"}, "", ErrUnknown},
	} {
		o, err := c.asked.outcome(&c.shown)
		if o.Status != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v, want %q, %v", name, o.Status, err, c.want, c.err)
		}
	}
}
