package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// Refundable is what can still be given back, in minor units: what was taken less what was given or promised back.
func (p Payment) Refundable() int64 {
	left := p.Captured
	for _, r := range p.Refunds {
		if r.Status != events.RefundFailedStatus {
			left -= r.Amount
		}
	}
	return left
}

// RequestRefund promises amount back; 0 is all that is left. The id is the provider's idempotency key.
// Errors: Problems "payment_not_refundable", "refund_too_large", "refund_too_fine".
func (p Payment) RequestRefund(id string, want events.RefundRequest, at time.Time) (Payment, events.RefundState, error) {
	left := p.Refundable()
	amount := want.Amount
	if amount == 0 {
		amount = left
	}
	switch {
	case p.Captured == 0:
		return p, events.RefundState{}, events.Refuse("payment_not_refundable", "A payment that is %s cannot be refunded.", p.Status)
	case left == 0:
		return p, events.RefundState{}, events.Refuse("payment_not_refundable", "All of the payment has been refunded or is being refunded.")
	case amount < 0 || amount > left:
		return p, events.RefundState{}, events.Refuse("refund_too_large", "At most %d %s in minor units can still be refunded.", left, p.Amount.Currency)
	case amount != left && amount%finest(p.Amount.Currency) != 0:
		return p, events.RefundState{}, events.Refuse("refund_too_fine", "A refund in %s is a multiple of %d in minor units.", p.Amount.Currency, finest(p.Amount.Currency))
	}
	p.Refunds = append(slices.Clip(p.Refunds), events.PaymentRefund{ID: id, Amount: amount, Reason: want.Reason, Status: events.RefundRequestedStatus})
	p.Attempts = 0
	p.Version++
	p.UpdatedAt = at
	return p, p.refundState(len(p.Refunds) - 1), nil
}

// RefundVerdict is what an answer of the provider means for a refund.
type RefundVerdict struct {
	Payment Payment
	Refund  events.RefundState
	Changed bool // false: the answer told nothing new
}

// refundHearing says what a refund becomes by an answer.
var refundHearing = map[events.PaymentStatus]events.RefundStatus{
	events.PaymentRefundedStatus: events.RefundDoneStatus,
	events.PaymentDeclinedStatus: events.RefundFailedStatus,
	events.PaymentUnknownStatus:  events.RefundRequestedStatus,
}

// HearRefund takes in what the provider said about one refund. Error: ErrOtherMoney.
func (p Payment) HearRefund(a events.PaymentAnswer, at time.Time) (RefundVerdict, error) {
	becomes, known := refundHearing[a.Status]
	i := slices.IndexFunc(p.Refunds, func(r events.PaymentRefund) bool { return r.ID == a.RefundID })
	if !known || i < 0 {
		return RefundVerdict{}, fmt.Errorf("payment %s has no refund %q that could be %s", p.ID, a.RefundID, a.Status)
	}
	current := p.Refunds[i]
	if becomes == events.RefundDoneStatus && (a.Amount.Amount != current.Amount || a.Amount.Currency != p.Amount.Currency) {
		return RefundVerdict{}, fmt.Errorf("%w: refund %s is of %d %s, the answer of %d %s", ErrOtherMoney, a.RefundID,
			current.Amount, p.Amount.Currency, a.Amount.Amount, a.Amount.Currency)
	}
	if current.Status != events.RefundRequestedStatus {
		return RefundVerdict{Payment: p, Refund: p.refundState(i)}, nil
	}
	p.Refunds = slices.Clone(p.Refunds)
	p.Refunds[i].Status = becomes
	switch becomes {
	case events.RefundRequestedStatus:
		p.Attempts++
	case events.RefundFailedStatus:
		p.Failure = a.Failure
	case events.RefundDoneStatus:
		p.Refunded += current.Amount
		p.Status = events.PaymentPartlyRefunded
		if p.Refunded == p.Captured {
			p.Status = events.PaymentRefundedStatus
		}
	}
	p.Version++
	p.UpdatedAt = at
	return RefundVerdict{Payment: p, Refund: p.refundState(i), Changed: true}, nil
}

func (p Payment) refundState(i int) events.RefundState {
	r := p.Refunds[i]
	return events.RefundState{
		RefundID: r.ID, Reason: r.Reason, Payment: events.PaymentState(p),
		Amount: events.Money{Amount: r.Amount, Currency: p.Amount.Currency},
	}
}
