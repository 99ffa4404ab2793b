package payment

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"
)

// webhookTolerance is the greatest age of a signature.
const webhookTolerance = 300 * time.Second

// webhookObjects are the event types that are read, by the object they carry. An event of another type is not relevant.
var webhookObjects = map[stripe.EventType]func(*WebhookEvent, json.RawMessage) error{
	stripe.EventTypePaymentIntentAmountCapturableUpdated: readIntent,
	stripe.EventTypePaymentIntentSucceeded:               readIntent,
	stripe.EventTypePaymentIntentPaymentFailed:           readIntent,
	stripe.EventTypePaymentIntentCanceled:                readIntent,
	stripe.EventTypePaymentIntentRequiresAction:          readIntent,
	stripe.EventTypeRefundCreated:                        readRefund,
	stripe.EventTypeRefundUpdated:                        readRefund,
	stripe.EventTypeRefundFailed:                         readRefund,
}

// ParseWebhook checks the Stripe-Signature header. A replayed event passes while its signature is young: its ID is the
// same, and so is what follows from it.
func (s *Stripe) ParseWebhook(header http.Header, body []byte, now time.Time) (WebhookEvent, error) {
	// The library compares with the clock of the machine; the difference makes it compare with now.
	tolerance := webhookTolerance + time.Since(now)
	ev, err := webhook.ConstructEventWithOptions(body, header.Get("Stripe-Signature"), s.webhookSecret, webhook.ConstructEventOptions{
		Tolerance:                tolerance,
		IgnoreAPIVersionMismatch: true, // the version is the endpoint's; what is read here is the same in all
	})
	if err != nil {
		return WebhookEvent{}, fmt.Errorf("%w: %w", ErrWebhook, err)
	}
	w := WebhookEvent{ID: ev.ID, Type: string(ev.Type), CreatedAt: time.Unix(ev.Created, 0).UTC()}
	read, known := webhookObjects[ev.Type]
	if !known || ev.Data == nil {
		return w, nil
	}
	if err := read(&w, ev.Data.Raw); err != nil {
		return WebhookEvent{}, fmt.Errorf("%w: read its %s: %w", ErrWebhook, ev.Type, err)
	}
	w.Relevant = w.PaymentID != "" && w.Outcome.Status != ""
	return w, nil
}

func readIntent(w *WebhookEvent, raw json.RawMessage) error {
	var in stripe.PaymentIntent
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	w.PaymentID, w.OrderID = in.Metadata["payment_id"], in.Metadata["order_id"]
	if _, settled := intentStatuses[in.Status]; !settled {
		return nil
	}
	outcome, err := intentOutcome(&in)
	w.Outcome = outcome
	return err
}

func readRefund(w *WebhookEvent, raw json.RawMessage) error {
	var r stripe.Refund
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	w.PaymentID, w.RefundID = r.Metadata["payment_id"], r.Metadata["refund_id"]
	outcome, err := refundOutcome(&r)
	w.Outcome = outcome
	return err
}
