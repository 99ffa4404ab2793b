package paymentgateway

import (
	"crypto/rand"
)

// Statuses of a payment intent, as Stripe names them.
const (
	requiresMethod       = "requires_payment_method"
	requiresConfirmation = "requires_confirmation"
	requiresAction       = "requires_action"
	requiresCapture      = "requires_capture"
	succeeded            = "succeeded"
	canceled             = "canceled"
)

// paymentIntent is an intent as the API shows it. Amounts are in minor units.
type paymentIntent struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Amount             int64             `json:"amount"`
	AmountCapturable   int64             `json:"amount_capturable"`
	AmountReceived     int64             `json:"amount_received"`
	CanceledAt         *int64            `json:"canceled_at"`
	CancellationReason *string           `json:"cancellation_reason"`
	CaptureMethod      string            `json:"capture_method"`
	ClientSecret       string            `json:"client_secret"`
	ConfirmationMethod string            `json:"confirmation_method"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	Description        *string           `json:"description"`
	LastPaymentError   *apiError         `json:"last_payment_error"`
	LatestCharge       *string           `json:"latest_charge"`
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	NextAction         *nextAction       `json:"next_action"`
	PaymentMethod      *string           `json:"payment_method"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	Status             string            `json:"status"`
}

// nextAction sends the buyer to the 3-D Secure page. Stripe redirects only where the caller gave a return URL, and leaves
// the rest to its browser library.
type nextAction struct {
	Type     string         `json:"type"`
	Redirect *redirect      `json:"redirect_to_url,omitempty"`
	SDK      map[string]any `json:"use_stripe_sdk,omitempty"`
}

type redirect struct {
	ReturnURL string `json:"return_url"`
	URL       string `json:"url"`
}

// intent is a payment intent with what the API does not show.
type intent struct {
	Shown     paymentIntent `json:"shown"`
	Token     string        `json:"token"` // decides how the card behaves
	ReturnURL string        `json:"returnUrl,omitempty"`
	Refunded  int64         `json:"refunded,omitempty"`
}

// id makes an identifier as Stripe's: a prefix and random letters and digits.
func id(prefix string) string { return prefix + "_" + rand.Text() }

// charge tries the intent's card: authorised (and captured, if capture is automatic), declined, or a challenge to pass.
// It returns the movement for the ledger and the type of the event to tell.
func (in *intent) charge(challengeURL string, offSession bool) (movement, eventType string) {
	c := tokens[in.Token]
	switch {
	case c.challenge && offSession:
		return in.refuse(declinedOffSession)
	case c.challenge:
		in.Shown.Status = requiresAction
		in.Shown.NextAction = challengeAt(challengeURL, in.ReturnURL)
		return moveChallenge, "payment_intent.requires_action"
	}
	return in.settle(c.decline)
}

// settle ends a charge that no challenge holds up.
func (in *intent) settle(d *decline) (movement, eventType string) {
	in.Shown.NextAction = nil
	if d != nil {
		return in.refuse(d)
	}
	in.Shown.LastPaymentError = nil
	in.Shown.LatestCharge = new(id("ch"))
	if in.Shown.CaptureMethod == "manual" {
		in.Shown.Status, in.Shown.AmountCapturable = requiresCapture, in.Shown.Amount
		return moveAuthorize, "payment_intent.amount_capturable_updated"
	}
	in.Shown.Status, in.Shown.AmountReceived = succeeded, in.Shown.Amount
	return moveCharge, "payment_intent.succeeded"
}

func (in *intent) refuse(d *decline) (movement, eventType string) {
	in.Shown.LatestCharge = new(id("ch"))
	in.Shown.LastPaymentError = &apiError{
		Type: "card_error", Code: d.code, DeclineCode: d.reason, Message: d.message, Param: d.param, Charge: *in.Shown.LatestCharge,
	}
	in.Shown.Status, in.Shown.PaymentMethod = requiresMethod, nil
	return moveDecline, "payment_intent.payment_failed"
}

// failChallenge is a buyer who did not prove to be the card's holder.
func (in *intent) failChallenge() (movement, eventType string) {
	in.Shown.NextAction, in.Shown.PaymentMethod, in.Shown.Status = nil, nil, requiresMethod
	in.Shown.LastPaymentError = &apiError{
		Type: "invalid_request_error", Code: "payment_intent_authentication_failure",
		Message: "The provided PaymentMethod has failed authentication.",
	}
	return moveDecline, "payment_intent.payment_failed"
}

func challengeAt(url, returnURL string) *nextAction {
	if returnURL == "" {
		return &nextAction{Type: "use_stripe_sdk", SDK: map[string]any{"type": "three_d_secure_redirect", "stripe_js": url}}
	}
	return &nextAction{Type: "redirect_to_url", Redirect: &redirect{ReturnURL: returnURL, URL: url}}
}
