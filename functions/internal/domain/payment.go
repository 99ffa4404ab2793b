package domain

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// Payment is a payment with the rules that move it.
type Payment events.PaymentState

// paymentMoves says which state of a payment may follow which. Money that has been captured never becomes anything but refunded, and is
// captured again when a refund comes back (ApplyRefundResult).
var paymentMoves = map[events.PaymentStatus][]events.PaymentStatus{
	events.PaymentStartedStatus: {
		events.PaymentActionStatus, events.PaymentAuthStatus, events.PaymentCapturedStatus, events.PaymentDeclinedStatus,
		events.PaymentUnknownStatus, events.PaymentVoidedStatus,
	},
	events.PaymentUnknownStatus: {
		events.PaymentActionStatus, events.PaymentAuthStatus, events.PaymentCapturedStatus, events.PaymentDeclinedStatus,
		events.PaymentVoidedStatus,
	},
	events.PaymentActionStatus: {
		events.PaymentAuthStatus, events.PaymentCapturedStatus, events.PaymentDeclinedStatus, events.PaymentVoidedStatus,
	},
	events.PaymentAuthStatus: {
		events.PaymentCapturedStatus, events.PaymentDeclinedStatus, events.PaymentVoidedStatus, events.PaymentUnknownStatus,
	},
	// The provider may have done what it had refused, or what nobody waited for: it is taken down and given back.
	events.PaymentDeclinedStatus: {events.PaymentAuthStatus, events.PaymentCapturedStatus},
	events.PaymentVoidedStatus:   {events.PaymentCapturedStatus},
	events.PaymentCapturedStatus: {events.PaymentPartlyRefunded, events.PaymentRefundedStatus},
	events.PaymentPartlyRefunded: {events.PaymentRefundedStatus},
}

// PaymentMayBecome tells whether a payment may go from one state to the other.
func PaymentMayBecome(from, to events.PaymentStatus) bool {
	return slices.Contains(paymentMoves[from], to)
}

// PaymentLive tells whether the outcome of a payment is still open.
func PaymentLive(s events.PaymentStatus) bool {
	switch s {
	case events.PaymentStartedStatus, events.PaymentUnknownStatus, events.PaymentActionStatus, events.PaymentAuthStatus:
		return true
	default:
		return false
	}
}

// UnderWay tells whether a payment may still be taken. An order has at most one such payment, which an index sees to as well.
func (p Payment) UnderWay() bool { return PaymentLive(p.Status) && p.Step != events.VoidStep }

// Settled tells whether a customer who waits for a payment, or for its end, can be told how it went.
func (p Payment) Settled() bool {
	return !PaymentLive(p.Status) || p.Status == events.PaymentActionStatus && p.Step != events.VoidStep
}

// Transition is what an answer of the provider makes of a payment, and what follows from it.
type Transition struct {
	Payment Payment            // as it is now
	Changed bool               // false: the answer was known before
	Order   events.OrderStatus // what the order becomes; "" leaves it
	Void    bool               // the money held must be let go
	Refund  bool               // the money taken must be given back, all of it
}

// ErrAmountMismatch is an answer about another amount, currency or payment than was asked about. It is a fault, not a refusal.
var ErrAmountMismatch = errors.New("the provider's answer is about other money")

// providerResultHandlers say what each answer of the provider does to a payment whose order is as given.
var providerResultHandlers = map[events.PaymentStatus]func(Payment, events.PaymentAnswer, events.OrderStatus) Transition{
	events.PaymentAuthStatus:     applyAuthorized,
	events.PaymentCapturedStatus: applyCaptured,
	events.PaymentDeclinedStatus: applyDeclined,
	events.PaymentActionStatus:   applyActionRequired,
	events.PaymentVoidedStatus:   applyVoided,
	events.PaymentUnknownStatus:  applyUnknown,
}

// ApplyProviderResult takes in what the provider answered about authorising, capturing or voiding. Answers may come twice, late and in any
// order; only a new one moves the payment. Error: ErrAmountMismatch.
func (p Payment) ApplyProviderResult(a events.PaymentAnswer, order events.OrderStatus, at time.Time) (Transition, error) {
	handler, known := providerResultHandlers[a.Status]
	if !known {
		return Transition{}, fmt.Errorf("a payment cannot be answered with %q", a.Status)
	}
	if err := p.checkAmount(a); err != nil {
		return Transition{}, err
	}
	t := handler(p, a, order)
	if !t.Changed {
		return Transition{Payment: p}, nil
	}
	t.Payment.Version++
	t.Payment.UpdatedAt = at
	if t.Payment.ProviderRef == "" {
		t.Payment.ProviderRef = a.ProviderRef
	}
	if t.Payment.Status != events.PaymentUnknownStatus { // else it is asked again, for the very same
		t.Payment.ReturnURL, t.Payment.ReturnPage = "", events.Personal{}
	}
	if s := t.Payment.Status; !PaymentLive(s) && s != events.PaymentDeclinedStatus { // it will count for nothing
		t.Payment.Network = ""
	}
	return t, nil
}

func (p Payment) checkAmount(a events.PaymentAnswer) error {
	if p.ProviderRef != "" && a.ProviderRef != "" && p.ProviderRef != a.ProviderRef {
		return fmt.Errorf("%w: payment %s is %s at the provider, not %s", ErrAmountMismatch, p.ID, p.ProviderRef, a.ProviderRef)
	}
	moved := a.Status == events.PaymentAuthStatus || a.Status == events.PaymentCapturedStatus
	if moved && a.Amount != p.Amount {
		return fmt.Errorf("%w: payment %s is of %d %s, the answer of %d %s", ErrAmountMismatch, p.ID,
			p.Amount.Amount, p.Amount.Currency, a.Amount.Amount, a.Amount.Currency)
	}
	return nil
}

// to is the payment in another state, with step as what comes next.
func (p Payment) to(s events.PaymentStatus, step events.PaymentStep) Transition {
	p.Status, p.Step, p.Attempts, p.NextAction = s, step, 0, nil
	return Transition{Payment: p, Changed: true}
}

// authorizing tells that the payment still waits to be authorised.
func (p Payment) authorizing() bool {
	return p.Status == events.PaymentStartedStatus || p.Status == events.PaymentActionStatus ||
		p.Status == events.PaymentUnknownStatus && p.Step != events.CaptureStep
}

func applyAuthorized(p Payment, _ events.PaymentAnswer, order events.OrderStatus) Transition {
	undone := p.Status == events.PaymentDeclinedStatus && p.Authorized == 0 // it was told declined first
	if !p.authorizing() && !undone {
		return Transition{Payment: p}
	}
	p.Authorized = p.Amount.Amount
	if order != events.OrderPlacedStatus || undone || p.Step == events.VoidStep { // nobody wants it any more
		t := p.to(events.PaymentAuthStatus, events.VoidStep)
		t.Void = true
		return t
	}
	t := p.to(events.PaymentAuthStatus, events.CaptureStep)
	t.Payment.Failure = nil
	t.Order = events.OrderAuthorizedStatus
	return t
}

func applyCaptured(p Payment, _ events.PaymentAnswer, order events.OrderStatus) Transition {
	if !PaymentMayBecome(p.Status, events.PaymentCapturedStatus) {
		return Transition{Payment: p}
	}
	wanted := p.UnderWay() && OrderAwaitsMoney(order)
	p.Authorized, p.Captured = p.Amount.Amount, p.Amount.Amount
	t := p.to(events.PaymentCapturedStatus, "")
	if wanted {
		t.Payment.Failure = nil
		t.Order = events.OrderPaidStatus
		return t
	}
	t.Refund = true
	return t
}

func applyDeclined(p Payment, a events.PaymentAnswer, order events.OrderStatus) Transition {
	current := a.Step == p.Step || a.Step == events.AuthorizeStep && p.authorizing()
	if !current || !PaymentMayBecome(p.Status, events.PaymentDeclinedStatus) {
		return Transition{Payment: p}
	}
	t := p.to(events.PaymentDeclinedStatus, "")
	t.Payment.Failure = a.Failure
	if order == events.OrderAuthorizedStatus {
		t.Order = events.OrderPlacedStatus
	}
	return t
}

func applyActionRequired(p Payment, a events.PaymentAnswer, order events.OrderStatus) Transition {
	switch {
	case p.Status == events.PaymentActionStatus && p.Step == a.Step:
		p.Attempts++ // still waiting for the customer; ask again later
		return Transition{Payment: p, Changed: true}
	case !p.authorizing() || p.Status == events.PaymentActionStatus:
		return Transition{Payment: p}
	}
	t := p.to(events.PaymentActionStatus, events.AuthorizeStep)
	if a.RedirectURL != "" { // else there is nowhere to send the customer
		t.Payment.NextAction = &events.NextAction{RedirectURL: a.RedirectURL}
	}
	if order != events.OrderPlacedStatus {
		t.Payment.Step, t.Void = events.VoidStep, true
	}
	return t
}

func applyVoided(p Payment, _ events.PaymentAnswer, order events.OrderStatus) Transition {
	if !PaymentMayBecome(p.Status, events.PaymentVoidedStatus) {
		return Transition{Payment: p}
	}
	t := p.to(events.PaymentVoidedStatus, "")
	if order == events.OrderAuthorizedStatus { // the provider let it go by itself
		t.Order = events.OrderPlacedStatus
	}
	return t
}

func applyUnknown(p Payment, a events.PaymentAnswer, _ events.OrderStatus) Transition {
	if a.Step != p.Step {
		return Transition{Payment: p}
	}
	p.Attempts++
	if p.Step != events.VoidStep && PaymentMayBecome(p.Status, events.PaymentUnknownStatus) {
		p.Status = events.PaymentUnknownStatus
	}
	return Transition{Payment: p, Changed: true}
}

// Abandon is the payment after its order has ended, or its buyer wants to pay in another way: what waits for the customer is given up at
// the provider. What is in the provider's hands is judged when its answer comes. The flag tells whether the provider must be told.
func (p Payment) Abandon(at time.Time) (Payment, bool) {
	if p.Status != events.PaymentActionStatus || p.Step == events.VoidStep {
		return p, false
	}
	p.Step, p.Attempts, p.NextAction = events.VoidStep, 0, nil
	p.Version++
	p.UpdatedAt = at
	return p, true
}

// Cancel is the payment after its buyer has given it up: at their bank they are not any more, and the provider is to be told. The flag
// tells whether that is new. Error: Problem "payment_not_cancellable".
func (p Payment) Cancel(at time.Time) (Payment, bool, error) {
	switch {
	case p.Status == events.PaymentVoidedStatus, PaymentLive(p.Status) && p.Step == events.VoidStep: // it is given up
		return p, false, nil
	case p.Status == events.PaymentActionStatus:
		p, _ = p.Abandon(at)
		return p, true, nil
	case PaymentLive(p.Status):
		return p, false, events.Refuse("payment_not_cancellable", "The provider is about to say how the payment went; read it again in some seconds.")
	}
	return p, false, events.Refuse("payment_not_cancellable", "A payment that is %s cannot be given up.", events.InWords(string(p.Status)))
}

// The back-off of asking the provider again. A refund may be pending for days, and nobody waits at a screen for it.
const (
	firstRetry  = 15 * time.Second
	lastRetry   = 10 * time.Minute
	refundRetry = 4 * time.Hour
)

// NextRetry is when the provider must be asked again if no answer comes until then. The flag is false when nothing is open.
func (p Payment) NextRetry(now time.Time) (time.Time, bool) {
	open := p.Step != ""
	for _, r := range p.Refunds {
		open = open || r.Status == events.RefundRequestedStatus
	}
	longest := lastRetry
	if p.Step == "" {
		longest = refundRetry
	}
	wait := firstRetry << min(p.Attempts, 10)
	return now.Add(min(wait, longest)), open
}

// PaymentRequest is a payment that is asked for as it is stored: a page to come back to, which a function of the release before says in clear, is personal.
func PaymentRequest(p events.PaymentRequest) (events.PaymentRequest, error) {
	if p.ReturnPage.IsZero() {
		p.ReturnPage = events.NewPersonal(p.ReturnURL)
	}
	p.ReturnURL = ""
	return p, nil
}

// CheckReturn says why a buyer is not sent back to the page that a payment names: else a mart would lead buyers from their bank to anybody's.
// Error: Problem "return_url_not_allowed".
func CheckReturn(p events.PaymentRequest, allowed Origins) error {
	if page := p.ReturnPage.Plaintext(); page == "" || allowed.HavePage(page) {
		return nil
	}
	return events.Unprocessable("return_url_not_allowed", "Buyers are not sent back to that page; see errors.",
		events.FieldError{Location: "body.returnUrl", Message: "must be the address of a page, without a #, of an origin that the mart allows: PAYMENT_RETURN_ORIGINS, or --origins of mart up, lists them"})
}
