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

// RefundWish is what is asked of a refund, whichever payment it is of. Error: 422 with every fault.
func RefundWish(r events.RefundRequest) (events.RefundRequest, error) {
	var faults faults
	if r.Amount != (events.Money{}) && r.Amount.Amount < 1 {
		faults.add("body.amount.amount", "must be at least 1; leave amount out to give back all that is left")
	}
	return r, faults.problem() // whether the currency is one that may be charged today is no question: it was
}

// left is what can still be given back, and what of it is tax. A refund that does not say what it carried, because a release before this one
// promised it, has carried of each tax its part.
func (p Payment) left() Portion {
	left := PortionOf(events.Sum{Taxes: p.Taxes, Total: events.Money{Amount: p.Captured, Currency: p.Amount.Currency}})
	for _, r := range p.Refunds {
		switch taken := (Portion{Amount: events.Money{Amount: r.Amount}, Taxes: r.Taxes}); {
		case r.Status == events.RefundFailedStatus:
		case len(r.Taxes) == len(left.Taxes) && left.less(taken).whole():
			left = left.less(taken)
		default:
			_, left, _ = left.Take(min(r.Amount, left.Amount.Amount)) // which is never too much
		}
	}
	return left
}

// RequestRefund promises an amount back; none is all that is left. It carries of each tax its part. The id is the provider's idempotency key.
// Errors: 422 with every fault; Problems "payment_not_refundable", "refund_too_large", "refund_too_fine".
func (p Payment) RequestRefund(id string, want events.RefundRequest, at time.Time) (Payment, events.RefundState, error) {
	return p.requestRefund(id, want, at, func(amount events.Money) Portion {
		taken, _, _ := p.left().Take(amount.Amount) // which is not more than what is left
		return taken
	})
}

// RefundPart promises back what a part of the order is worth, or as much of it as is left. Errors: as of RequestRefund.
func (p Payment) RefundPart(id string, worth Portion, reason events.Words, at time.Time) (Payment, events.RefundState, error) {
	taken, _ := p.left().TakePart(worth)
	want := events.RefundRequest{Amount: taken.Amount, Reason: reason}
	return p.requestRefund(id, want, at, func(events.Money) Portion { return taken })
}

// requestRefund promises an amount back, once it is known; taxed is the amount with what of it is tax.
func (p Payment) requestRefund(id string, want events.RefundRequest, at time.Time, taxed func(events.Money) Portion) (Payment, events.RefundState, error) {
	want, err := RefundWish(want)
	if err != nil {
		return p, events.RefundState{}, err
	}
	left := p.Refundable()
	amount := want.Amount.Amount
	if amount == 0 {
		amount, want.Amount.Currency = left, p.Amount.Currency
	}
	switch {
	case want.Amount.Currency != p.Amount.Currency:
		return p, events.RefundState{}, events.Invalid(events.FieldError{Location: "body.amount.currency", Message: "must be " + p.Amount.Currency + ", which was paid"})
	case p.Captured == 0:
		return p, events.RefundState{}, events.Refuse("payment_not_refundable", "A payment that is %s cannot be refunded.", p.Status)
	case left == 0:
		return p, events.RefundState{}, events.Refuse("payment_not_refundable", "All of the payment has been refunded or is being refunded.")
	case amount > left:
		return p, events.RefundState{}, events.Refuse("refund_too_large", "At most %s can still be refunded.", Written(events.Money{Amount: left, Currency: p.Amount.Currency}))
	case amount != left && amount%finest(p.Amount.Currency) != 0:
		return p, events.RefundState{}, events.Refuse("refund_too_fine", "A refund is a multiple of %s.",
			Written(events.Money{Amount: finest(p.Amount.Currency), Currency: p.Amount.Currency}))
	}
	taxes := taxed(events.Money{Amount: amount, Currency: p.Amount.Currency}).Taxes
	p.Refunds = append(slices.Clip(p.Refunds), events.PaymentRefund{
		ID: id, Amount: amount, Taxes: append([]int64(nil), taxes...), Reason: want.Reason, Status: events.RefundRequestedStatus,
	})
	p.Attempts = 0
	p.Version++
	p.UpdatedAt = at
	return p, p.refundState(len(p.Refunds) - 1), nil
}

// RefundTransition is what an answer of the provider means for a refund.
type RefundTransition struct {
	Payment Payment
	Refund  events.RefundState
	Changed bool // false: the answer was known before
	Bounced bool // what had been given back is with the provider again
}

// refundStatuses say what a refund becomes by an answer.
var refundStatuses = map[events.PaymentStatus]events.RefundStatus{
	events.PaymentRefundedStatus: events.RefundDoneStatus,
	events.PaymentDeclinedStatus: events.RefundFailedStatus,
	events.PaymentUnknownStatus:  events.RefundRequestedStatus,
}

// MismatchRefundID is the id of the refund of all that the provider took, which the payment function asks for by itself when it took other money
// than it was asked for.
func (p Payment) MismatchRefundID() string { return events.DeriveID("refund", p.ID, "other amount") }

// withMismatchRefund is the payment with that refund, once the provider has carried it out. ok is false when there is nothing to be given back of
// what was taken by db's word: nothing was, or all of it is promised back already.
func (p Payment) withMismatchRefund(a events.PaymentAnswer) (with Payment, ok bool) {
	if a.Amount.Amount < 1 || a.Amount.Amount > p.Refundable() {
		return p, false
	}
	taken, _, err := p.left().Take(a.Amount.Amount)
	if err != nil {
		return p, false
	}
	p.Refunds = append(slices.Clip(p.Refunds), events.PaymentRefund{
		ID: a.RefundID, Amount: a.Amount.Amount, Taxes: taken.Taxes, Reason: events.Own(anotherAmountWas), Status: events.RefundRequestedStatus,
	})
	return p, true
}

// ApplyRefundResult takes in what the provider answered about one refund. One that was carried out may fail later, when the bank does not
// take the money: then it can be given back anew. One that has failed stays so, whatever comes late. Error: ErrAmountMismatch.
func (p Payment) ApplyRefundResult(a events.PaymentAnswer, at time.Time) (RefundTransition, error) {
	becomes, known := refundStatuses[a.Status]
	i := slices.IndexFunc(p.Refunds, func(r events.PaymentRefund) bool { return r.ID == a.RefundID })
	if i < 0 && becomes == events.RefundDoneStatus && a.RefundID == p.MismatchRefundID() {
		with, ok := p.withMismatchRefund(a)
		if !ok {
			return RefundTransition{Payment: p}, nil
		}
		p, i = with, len(with.Refunds)-1
	}
	if !known || i < 0 {
		return RefundTransition{}, fmt.Errorf("payment %s has no refund %q that could be %s", p.ID, a.RefundID, a.Status)
	}
	current := p.Refunds[i]
	if becomes == events.RefundDoneStatus && (a.Amount.Amount != current.Amount || a.Amount.Currency != p.Amount.Currency) {
		return RefundTransition{}, fmt.Errorf("%w: refund %s is of %d %s, the answer of %d %s", ErrAmountMismatch, a.RefundID,
			current.Amount, p.Amount.Currency, a.Amount.Amount, a.Amount.Currency)
	}
	bounced := current.Status == events.RefundDoneStatus && becomes == events.RefundFailedStatus
	if current.Status != events.RefundRequestedStatus && !bounced {
		return RefundTransition{Payment: p, Refund: p.refundState(i)}, nil
	}
	p = p.withRefund(i, becomes, a.Failure)
	p.Version++
	p.UpdatedAt = at
	return RefundTransition{Payment: p, Refund: p.refundState(i), Changed: true, Bounced: bounced}, nil
}

// withRefund is the payment with one of its refunds in another state.
func (p Payment) withRefund(i int, s events.RefundStatus, failure *events.PaymentFailure) Payment {
	p.Refunds = slices.Clone(p.Refunds)
	before := p.Refunds[i].Status
	p.Refunds[i].Status = s
	switch {
	case s == events.RefundRequestedStatus:
		p.Attempts++
		return p
	case s == events.RefundDoneStatus:
		p.Refunded += p.Refunds[i].Amount
	case before == events.RefundDoneStatus:
		p.Refunded -= p.Refunds[i].Amount
	}
	if s == events.RefundFailedStatus {
		p.Failure = failure
	}
	switch p.Refunded {
	case 0:
		p.Status = events.PaymentCapturedStatus
	case p.Captured:
		p.Status = events.PaymentRefundedStatus
	default:
		p.Status = events.PaymentPartlyRefunded
	}
	return p
}

// RefundOf is a refund as it is now: whether the provider still has to carry it out, and whether the payment has it at all.
func (p Payment) RefundOf(id string) (refund events.RefundState, open, known bool) {
	i := slices.IndexFunc(p.Refunds, func(r events.PaymentRefund) bool { return r.ID == id })
	if i < 0 {
		return events.RefundState{}, false, false
	}
	return p.refundState(i), p.Refunds[i].Status == events.RefundRequestedStatus, true
}

func (p Payment) refundState(i int) events.RefundState {
	r := p.Refunds[i]
	return events.RefundState{
		RefundID: r.ID, Reason: r.Reason, Payment: events.PaymentState(p),
		Amount: events.Money{Amount: r.Amount, Currency: p.Amount.Currency},
	}
}
