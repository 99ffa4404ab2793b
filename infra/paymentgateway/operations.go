package paymentgateway

import (
	"net/http"
	"slices"
	"time"
)

// Names of the operations that move money; faults are asked for by them.
const (
	opCreate  = "create"
	opConfirm = "confirm"
	opCapture = "capture"
	opCancel  = "cancel"
	opRefund  = "refund"
	opAnswer  = "challenge" // the buyer answers the 3-D Secure page
	opAny     = "any"
)

// operation is a POST of the API. The token tells whose faults apply; run changes copies of what the book holds and is
// called with the book locked.
type operation struct {
	name    string
	allowed []string
	run     func(*Gateway, call) (change, *apiError)
}

// call is one request to an operation.
type call struct {
	params params
	id     string // of the path
	at     time.Time
	base   string // where the buyer's browser finds this gateway
}

// change is what an operation did and says: at most one movement, on one intent.
type change struct {
	movement string
	amount   int64
	intent   intent
	refund   *refund
	event    string // type of the event that tells it
	declined bool   // the answer is the card error, 402
}

var createIntent = operation{
	name: opCreate,
	allowed: []string{
		"amount", "currency", "payment_method", "payment_method_types", "automatic_payment_methods", "confirm", "confirmation_method",
		"capture_method", "metadata", "description", "off_session", "return_url", "statement_descriptor_suffix", "error_on_requires_action",
	},
	run: func(g *Gateway, c call) (change, *apiError) {
		in, err := newIntent(c)
		if err != nil {
			return change{}, err
		}
		if !c.params.is("confirm") {
			return change{movement: moveCreate, intent: in, event: "payment_intent.created"}, nil
		}
		return confirm(in, c)
	},
}

var confirmIntent = operation{
	name:    opConfirm,
	allowed: []string{"payment_method", "return_url", "off_session", "payment_method_types", "error_on_requires_action"},
	run: func(g *Gateway, c call) (change, *apiError) {
		in, err := g.book.intent(c.id)
		if err != nil {
			return change{}, err
		}
		if !slices.Contains([]string{requiresMethod, requiresConfirmation}, in.Shown.Status) {
			return change{}, unexpectedState("confirmed", in)
		}
		if c.params.has("payment_method") {
			if err := in.use(c.params.get("payment_method")); err != nil {
				return change{}, err
			}
		}
		if c.params.has("return_url") {
			in.ReturnURL = c.params.get("return_url")
		}
		return confirm(in, c)
	},
}

var captureIntent = operation{
	name:    opCapture,
	allowed: []string{"amount_to_capture", "metadata", "statement_descriptor_suffix"},
	run: func(g *Gateway, c call) (change, *apiError) {
		in, err := g.book.intent(c.id)
		if err != nil {
			return change{}, err
		}
		if in.Shown.Status != requiresCapture {
			return change{}, unexpectedState("captured", in)
		}
		amount := in.Shown.AmountCapturable
		if c.params.has("amount_to_capture") {
			if amount, err = c.params.amount("amount_to_capture"); err != nil {
				return change{}, err
			}
		}
		if amount > in.Shown.AmountCapturable {
			return change{}, invalid("amount_too_large", "amount_to_capture",
				"The provided amount_to_capture is greater than the amount that can be captured (%d).", in.Shown.AmountCapturable)
		}
		in.Shown.Status, in.Shown.AmountReceived, in.Shown.AmountCapturable = succeeded, amount, 0
		return change{movement: moveCapture, amount: amount, intent: in, event: "payment_intent.succeeded"}, nil
	},
}

var cancelIntent = operation{
	name:    opCancel,
	allowed: []string{"cancellation_reason"},
	run: func(g *Gateway, c call) (change, *apiError) {
		in, err := g.book.intent(c.id)
		if err != nil {
			return change{}, err
		}
		if in.Shown.Status == succeeded || in.Shown.Status == canceled {
			return change{}, unexpectedState("canceled", in)
		}
		released := in.Shown.AmountCapturable
		in.Shown.Status, in.Shown.AmountCapturable, in.Shown.NextAction = canceled, 0, nil
		in.Shown.CanceledAt = new(c.at.Unix())
		if reason := c.params.get("cancellation_reason"); reason != "" {
			in.Shown.CancellationReason = &reason
		}
		return change{movement: moveCancel, amount: released, intent: in, event: "payment_intent.canceled"}, nil
	},
}

func newIntent(c call) (intent, *apiError) {
	amount, err := c.params.amount("amount")
	if err != nil {
		return intent{}, err
	}
	currency, err := c.params.currency()
	if err != nil {
		return intent{}, err
	}
	capture := c.params.get("capture_method")
	if !slices.Contains([]string{"", "automatic", "automatic_async", "manual"}, capture) {
		return intent{}, invalid("", "capture_method", "Invalid capture_method: %s", capture)
	}
	if capture == "" {
		capture = "automatic_async"
	}
	number := id("pi")
	in := intent{ReturnURL: c.params.get("return_url"), Shown: paymentIntent{
		ID: number, Object: "payment_intent", Amount: amount, Currency: currency, CaptureMethod: capture,
		ClientSecret: number + "_" + id("secret"), ConfirmationMethod: "automatic", Created: c.at.Unix(),
		Metadata: c.params.metadata(), PaymentMethodTypes: []string{"card"}, Status: requiresMethod,
	}}
	if text := c.params.get("description"); text != "" {
		in.Shown.Description = &text
	}
	if c.params.has("payment_method") {
		if err := in.use(c.params.get("payment_method")); err != nil {
			return intent{}, err
		}
	}
	return in, nil
}

// use makes a payment method of a token, as Stripe does with its test tokens.
func (in *intent) use(token string) *apiError {
	if _, known := tokens[token]; !known {
		return missing(http.StatusBadRequest, "payment_method", "PaymentMethod", token)
	}
	in.Token, in.Shown.PaymentMethod, in.Shown.Status = token, new(id("pm")), requiresConfirmation
	return nil
}

func confirm(in intent, c call) (change, *apiError) {
	if in.Shown.PaymentMethod == nil {
		return change{}, invalid("payment_intent_unexpected_state", "payment_method",
			"You cannot confirm this PaymentIntent because it's missing a payment method.")
	}
	movement, eventType := in.charge(c.base+"/3ds/"+in.Shown.ID, c.params.is("off_session"))
	return change{
		movement: movement, amount: in.Shown.Amount, intent: in, event: eventType, declined: movement == moveDecline,
	}, nil
}
