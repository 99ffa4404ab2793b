package payment

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Provider moves money. Every step is idempotent: its key derives from the payment (or refund) and the step, so asking
// again is always safe and never charges twice.
//
// A nil error means that the provider's answer is known, and declined is an answer. ErrUnknown means that nobody knows
// whether the step was done: ask again, with the same arguments. ErrAmountMismatch means that it was done with another
// amount: the Outcome is returned beside it, so that its Ref can be cancelled or refunded. Every other error is
// permanent until somebody changes a setting or the program: ErrProviderKey, ErrProviderRequest.
//
// A provider remembers a key for a day, no longer: after it Authorize could charge a second time, and Refund give back a second time.
// So what may have been asked for longer ago (see the package effect) is looked for before it is asked for again.
type Provider interface {
	Authorize(ctx context.Context, a Authorization) (Outcome, error)
	Capture(ctx context.Context, s Step) (Outcome, error)
	// Cancel gives up a payment that is not captured. If it is captured already, the Outcome says so and is not an error.
	Cancel(ctx context.Context, s Step) (Outcome, error)
	Refund(ctx context.Context, r Refund) (Outcome, error)
	// Find reads a payment by the provider's reference, as it is now.
	Find(ctx context.Context, ref string) (Outcome, error)
	// FindAuthorization looks for a payment by our own id, however long ago it was asked for, and says how it stands now.
	// Error: ErrNotThere when the provider has none.
	FindAuthorization(ctx context.Context, a Authorization) (Outcome, error)
	// FindRefund looks for a refund by our own id. Error: ErrNotThere when the payment has none of that id.
	FindRefund(ctx context.Context, r Refund) (Outcome, error)
	// ParseWebhook checks the signature over the raw body and reads the event. Any error but ErrWebhook is a bug.
	ParseWebhook(header http.Header, body []byte, now time.Time) (WebhookEvent, error)
}

// Authorization asks to reserve an amount on the buyer's payment method.
type Authorization struct {
	PaymentID string
	OrderID   string
	Amount    int64     // minor units
	Currency  string    // ISO 4217
	Method    string    // the provider's token, such as pm_card_visa; never a card number
	ReturnURL string    // where the buyer comes back to after 3-D Secure; without it a challenge has no RedirectURL
	Began     time.Time // before it, nobody can have asked for this payment; only FindAuthorization reads it
}

// Step names an authorised payment to capture or cancel. Amount is what is captured; a cancellation has none.
type Step struct {
	PaymentID string
	Ref       string // the provider's, from the Outcome of Authorize
	Amount    int64  // minor units
	Currency  string // ISO 4217
}

// Refund asks to give a captured amount back, all or part of it.
type Refund struct {
	RefundID  string
	PaymentID string
	Ref       string // of the payment
	Amount    int64  // minor units, or AllOfIt
	Currency  string // ISO 4217
}

// AllOfIt refunds all that was taken and is not given back yet, however much the provider says it was.
const AllOfIt = 0

// Status is where a payment or a refund stands at the provider.
type Status string

// Statuses of a payment, then of a refund.
const (
	Authorized     Status = "authorized"
	Captured       Status = "captured"
	Declined       Status = "declined"
	RequiresAction Status = "requires_action"
	Canceled       Status = "canceled"

	Refunded      Status = "refunded"       // carried out; what the bank then sends back is told as failed later
	RefundPending Status = "refund_pending" // the provider has it and has not carried it out: it may still fail
	RefundFailed  Status = "refund_failed"  // the money is with the provider, for good
)

// Outcome is the provider's answer.
type Outcome struct {
	Status      Status
	Ref         string  // the provider's id of the payment, or of the refund; empty if a payment was declined unseen
	Amount      int64   // minor units: captured or refunded if it is, else the amount of the payment
	Currency    string  // ISO 4217, upper case
	Failure     Failure // of Declined and RefundFailed
	RedirectURL string  // of RequiresAction: where the buyer proves who they are
}

// Failure says why a payment was declined.
type Failure struct {
	Code    string // safe to show the buyer: insufficient_funds, expired_card, card_declined …
	Message string // safe to show the buyer
	Reason  string // the issuer's own, for staff only: a buyer must not learn that a card is reported stolen
}

// WebhookEvent is what a provider's webhook tells. Dedupe on ID; events come late, twice and in any order.
type WebhookEvent struct {
	ID        string
	Type      string // the provider's name for it
	PaymentID string
	OrderID   string
	RefundID  string // of a refund's event
	Outcome   Outcome
	Relevant  bool // false: nothing of ours has changed, answer 2xx and forget it
	CreatedAt time.Time
}

// What can keep a provider's answer from being usable.
var (
	ErrNotThere        = errors.New("the payment provider has nothing of the kind")
	ErrUnknown         = errors.New("the payment provider's answer is unknown")
	ErrAmountMismatch  = errors.New("the payment provider answered with another amount")
	ErrProviderKey     = errors.New("the payment provider refuses the key: check PAYMENT_PROVIDER_KEY")
	ErrProviderRequest = errors.New("the payment provider refuses the request")
	ErrWebhook         = errors.New("the webhook is not the payment provider's")
)
