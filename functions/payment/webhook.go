package payment

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// providerName is what the provider's webhook address ends in.
const providerName = "stripe"

type webhookIn struct {
	Signature string `header:"Stripe-Signature" maxLength:"2000" doc:"The time, and the HMAC-SHA256 of it and the body by the signing secret."`
	RawBody   []byte `contentType:"application/json"`
}

// webhookBody is read as it came: the signature is over its bytes.
var webhookBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {
	Schema: &huma.Schema{Type: huma.TypeObject}, Example: map[string]any{
		"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": 1772530860, "data": map[string]any{"object": map[string]any{"id": "pi_1", "object": "payment_intent", "status": "succeeded"}},
	},
}}}

type webhookOut struct {
	Status int
}

// webhookSteps is what an outcome is the answer to. That a refund is pending is not among them: it tells nothing that db waits for.
var webhookSteps = map[Status]events.PaymentStep{
	Authorized: events.AuthorizeStep, Declined: events.AuthorizeStep, RequiresAction: events.AuthorizeStep,
	Captured: events.CaptureStep, Canceled: events.VoidStep, Refunded: events.RefundStep, RefundFailed: events.RefundStep,
}

// webhook takes in what the provider tells, and answers once it is on Kafka: until then the provider tells it again. db sees
// to it that the provider's answer and its webhook are taken in once, whichever comes first.
func (r routes) webhook(ctx context.Context, in *webhookIn) (*webhookOut, error) {
	e, err := r.Provider.ParseWebhook(http.Header{"Stripe-Signature": {in.Signature}}, in.RawBody, time.Now())
	if err != nil {
		return nil, &events.Problem{Status: http.StatusBadRequest, Code: "webhook_refused", Detail: "The signature does not fit the body, or is too old."}
	}
	heard, _ := r.Heard.Get(e.PaymentID)
	if !e.Relevant || e.Outcome.Status == Authorized && heard {
		return &webhookOut{Status: http.StatusNoContent}, nil
	}
	p, err := bus.Ask(ctx, r.api.Asker(), events.GetPayment, events.OwnedLookup{ID: e.PaymentID})
	if err != nil {
		return nil, fmt.Errorf("find the payment of a webhook: %w", err)
	}
	if hasSaid(p, e.Outcome.Status) {
		return &webhookOut{Status: http.StatusNoContent}, nil
	}
	command, err := commandFor(p, e)
	if err != nil {
		return nil, err
	}
	_, err = r.api.Caller().Call(ctx, command, 0)
	return &webhookOut{Status: http.StatusNoContent}, err
}

// hasSaid tells whether the provider's own answer has said so already, as it mostly has: then db need not hear it again.
func hasSaid(p events.PaymentState, status Status) bool {
	switch status {
	case Authorized:
		return p.Authorized > 0
	case Captured:
		return p.Captured > 0
	case Declined:
		return p.Status == events.PaymentDeclinedStatus
	case Canceled:
		return p.Status == events.PaymentVoidedStatus
	default: // a refund is one of several
		return false
	}
}

// commandFor is the command an event becomes; of the same event it is the same command.
func commandFor(p events.PaymentState, e WebhookEvent) (events.Outgoing, error) {
	step, known := webhookSteps[e.Outcome.Status]
	if !known {
		return events.Outgoing{}, fmt.Errorf("a webhook tells %q, which no step ends in", e.Outcome.Status)
	}
	command := recordAnswer(p, step, e.Outcome)
	if step == events.RefundStep {
		command = recordRefundAnswer(p, e.RefundID, e.Outcome)
	}
	return command.WithID(events.DeriveID("webhook", providerName, e.ID), "").AskedBy(events.SystemPrincipal(events.Payment)), nil
}
