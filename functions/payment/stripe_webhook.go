package payment

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"
)

// webhookTolerance is how old a signature may be, and how far ahead of our clock: one dated further ahead would stay young for longer.
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
	stripe.EventTypeChargeRefundUpdated:                  readRefund, // the older name of refund.updated, still sent to older endpoints
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
	if ahead := signedAt(header.Get("Stripe-Signature")).Sub(now); ahead > webhookTolerance {
		return WebhookEvent{}, fmt.Errorf("%w: it is dated %s ahead of this clock", ErrWebhook, ahead.Round(time.Second))
	}
	w := WebhookEvent{ID: ev.ID, Type: string(ev.Type), CreatedAt: time.Unix(ev.Created, 0).UTC()}
	read, known := webhookObjects[ev.Type]
	if !known || ev.Data == nil {
		return w, nil
	}
	if err := read(&w, ev.Data.Raw); err != nil {
		return WebhookEvent{}, fmt.Errorf("%w: read its %s: %w", ErrWebhook, ev.Type, err)
	}
	w.Outcome = s.checked(w.Outcome)
	_, news := webhookSteps[w.Outcome.Status]
	w.Relevant = w.PaymentID != "" && news
	return w, nil
}

// signedAt is the time in a signature's header, which the library has read already: it refuses the old ones and takes any later one.
// The last time counts, as it does there.
func signedAt(header string) (at time.Time) {
	for part := range strings.SplitSeq(header, ",") {
		if seconds, is := strings.CutPrefix(part, "t="); is {
			n, _ := strconv.ParseInt(seconds, 10, 64) // the library refuses what is no number
			at = time.Unix(n, 0)
		}
	}
	return at
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
