package payment

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"
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
		"on its way":                {part, stripe.Refund{ID: "re_1", Status: "pending", Amount: 150000, Currency: "ugx"}, RefundPending, nil},
		"waits for the customer":    {part, stripe.Refund{ID: "re_1", Status: "requires_action", Amount: 150000, Currency: "ugx"}, RefundPending, nil},
		"sent back by the bank":     {part, stripe.Refund{ID: "re_1", Status: "failed", Amount: 150000, Currency: "ugx"}, RefundFailed, nil},
		"given up":                  {part, stripe.Refund{ID: "re_1", Status: "canceled", Amount: 150000, Currency: "ugx"}, RefundFailed, nil},
		"a status of tomorrow":      {all, stripe.Refund{ID: "re_1", Status: "under_review", Amount: 150000, Currency: "ugx"}, "", ErrUnknown},
	} {
		o, err := c.asked.outcome(&c.shown)
		if o.Status != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v, want %q, %v", name, o.Status, err, c.want, c.err)
		}
	}
}

// A refund is told under three names of an event; that it is pending tells nothing new.
func TestWebhooksOfARefund(t *testing.T) {
	t.Parallel()
	s := client(t, ProviderConfig{URL: "http://127.0.0.1", Key: "sk_test_mart", WebhookSecret: webhookSecret})
	type told struct {
		Relevant bool
		RefundID string
		Status   Status
	}
	for _, c := range []struct {
		event, status string
		want          told
	}{
		{"refund.created", "pending", told{false, "r1", RefundPending}},
		{"refund.updated", "pending", told{false, "r1", RefundPending}},
		{"refund.updated", "succeeded", told{true, "r1", Refunded}},
		{"refund.updated", "failed", told{true, "r1", RefundFailed}},
		{"refund.failed", "failed", told{true, "r1", RefundFailed}},
		{"charge.refund.updated", "failed", told{true, "r1", RefundFailed}},
	} {
		body := fmt.Appendf(nil, `{"id": "evt_1", "object": "event", "type": %q, "data": {"object": {"id": "re_1", "object": "refund", "status": %q,
			"amount": 400, "currency": "eur", "metadata": {"payment_id": "p1", "refund_id": "r1"}}}}`, c.event, c.status)
		signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: webhookSecret})
		e, err := s.ParseWebhook(http.Header{"Stripe-Signature": {signed.Header}}, body, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, told{e.Relevant, e.RefundID, e.Outcome.Status}); d != "" {
			t.Errorf("%s %s: %s", c.event, c.status, d)
		}
	}
}
