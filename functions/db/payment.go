package db

import (
	"context"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

var paymentMutations = []mutation{
	on(events.StartPayment, startPayment),
	on(events.RecordPayment, recordPayment),
	on(events.RefundPayment, refundPayment),
}

var (
	paymentInProgress = events.Refuse("payment_in_progress", "The order is being paid already; GET /payments shows how far that is.")
	paymentExists     = events.Refuse("already_exists", "There is a payment with this id already.")
)

// startPayment begins to pay an order: all of it, by its owner, one payment at a time. From here the order waits for the answer. A payment
// began when it was asked for: the command may come again from the topic after a restore of the database, long after the provider was asked.
// Errors: Problems not_found, order_not_payable, payment_in_progress.
func startPayment(ctx context.Context, tx *Tx, c events.Received[events.PaymentRequest]) ([]events.Outgoing, error) {
	o, err := lockOrder(ctx, tx, c.Data.OrderID)
	if err != nil {
		return nil, err
	}
	if !owns(c.By, o) {
		return nil, events.NotFound("order", c.Data.OrderID)
	}
	if err := o.CheckPayable(askedAt(c.Envelope, tx.Now)); err != nil {
		return nil, err
	}
	if _, live, err := openPayment(ctx, tx, o.ID); live || err != nil {
		if err == nil {
			err = paymentInProgress
		}
		return nil, err
	}
	p := domain.Payment{
		Meta:    events.Meta{ID: c.Subject, Version: 1, CreatedAt: askedAt(c.Envelope, tx.Now), UpdatedAt: tx.Now},
		OrderID: o.ID, CustomerID: o.CustomerID, Amount: o.Total, PaymentMethod: c.Data.PaymentMethod,
		Status: events.PaymentStartedStatus, Step: events.AuthorizeStep,
	}
	var ch change
	ch.pay(p, tx.Now)
	until := o.PayBy
	if grace := tx.Now.Add(tx.terms.payGrace); grace.After(until) {
		until = grace
	}
	ch.expireAt(o.ID, until)
	return events.Send(events.PaymentStarted.New(p.ID, events.PaymentState(p))), ch.write(ctx, tx)
}

// askedAt is when a command was sent, by its own word under its seal; never later than now, whatever its sender's clock says.
func askedAt(e events.Envelope, now time.Time) time.Time {
	if asked := e.Time.UTC().Truncate(time.Microsecond); asked.Before(now) {
		return asked
	}
	return now
}

// told is the event that says that a payment has come to a state.
var told = map[events.PaymentStatus]events.Message[events.PaymentState]{
	events.PaymentAuthStatus:     events.PaymentAuthorized,
	events.PaymentCapturedStatus: events.PaymentCaptured,
	events.PaymentDeclinedStatus: events.PaymentDeclined,
	events.PaymentActionStatus:   events.PaymentActionRequired,
	events.PaymentVoidedStatus:   events.PaymentVoided,
}

// recordPayment takes in what the provider said, from the call itself, a webhook or a later question: whichever comes second tells
// nothing new. A payment and its order move together. Errors: not a refusal but a fault: domain.ErrOtherMoney.
func recordPayment(ctx context.Context, tx *Tx, c events.Received[events.PaymentAnswer]) ([]events.Outgoing, error) {
	p, o, err := lockPayment(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	if c.Data.Step == events.RefundStep {
		return recordRefund(ctx, tx, p, c.Data)
	}
	v, err := p.Hear(c.Data, o.Status, tx.Now)
	if err != nil {
		return nil, err
	}
	if !v.Changed {
		return events.Send(events.PaymentUnchanged.New(p.ID, events.PaymentState(p))), nil
	}
	var ch change
	ch.pay(v.Payment, tx.Now)
	ch.moneyMoved(p, v.Payment)
	results := events.Send(tell(v, c.Data).New(p.ID, events.PaymentState(v.Payment)))
	if v.Refund {
		results = append(results, giveUp(&ch, v.Payment, tx.Now)...)
	}
	orderSaid, err := ch.orderFollows(o, v, c.By, tx)
	if err != nil {
		return nil, err
	}
	return append(results, orderSaid...), ch.write(ctx, tx)
}

// tell chooses the one event of a payment's new version.
func tell(v domain.Verdict, a events.PaymentAnswer) events.Message[events.PaymentState] {
	switch {
	case v.Void:
		return events.PaymentVoidRequested
	case a.Status == events.PaymentUnknownStatus:
		return events.PaymentUnknown
	default:
		return told[v.Payment.Status]
	}
}

// moneyMoved adds to the ledger what differs between two versions of a payment.
func (c *change) moneyMoved(before, after domain.Payment) {
	if after.Authorized > before.Authorized {
		c.money(events.AuthorizeStep, nil, after.Authorized)
	}
	if after.Captured > before.Captured {
		c.money(events.CaptureStep, nil, after.Captured)
	}
	if after.Status == events.PaymentVoidedStatus && after.Authorized > 0 {
		c.money(events.VoidStep, nil, after.Authorized)
	}
}

// orderFollows moves the order as the verdict says.
func (c *change) orderFollows(o domain.Order, v domain.Verdict, by events.Principal, tx *Tx) ([]events.Outgoing, error) {
	var err error
	switch v.Order {
	case events.OrderAuthorizedStatus:
		if o, err = o.Authorize(by, tx.Now); err != nil {
			return nil, err
		}
		c.move(o)
		c.clear(orderDeadline, o.ID)
		return events.Send(events.OrderAuthorized.New(o.ID, events.OrderState(o))), nil
	case events.OrderPaidStatus:
		if o, err = o.Pay(by, tx.Now); err != nil {
			return nil, err
		}
		c.move(o)
		c.clear(orderDeadline, o.ID)
		return events.Send(events.OrderPaid.New(o.ID, events.OrderState(o))), nil
	case events.OrderPlacedStatus:
		if o, err = o.Reopen(by, events.Own("the payment was not carried out"), tx.Now); err != nil {
			return nil, err
		}
		c.move(o)
		c.expireAt(o.ID, o.PayBy)
		return events.Send(events.OrderReopened.New(o.ID, events.OrderState(o))), nil
	default:
		if o.Status == events.OrderPlacedStatus && !domain.PaymentLive(v.Payment.Status) {
			c.expireAt(o.ID, o.PayBy) // nothing to wait for any longer
		}
		return nil, nil
	}
}

// recordRefund takes in what the provider said about giving money back.
func recordRefund(ctx context.Context, tx *Tx, p domain.Payment, a events.PaymentAnswer) ([]events.Outgoing, error) {
	v, err := p.HearRefund(a, tx.Now)
	if err != nil {
		return nil, err
	}
	if !v.Changed {
		return events.Send(events.PaymentUnchanged.New(p.ID, events.PaymentState(p))), nil
	}
	var ch change
	ch.pay(v.Payment, tx.Now)
	said := events.Send(events.PaymentUnknown.New(p.ID, events.PaymentState(v.Payment)))
	switch a.Status {
	case events.PaymentRefundedStatus:
		ch.money(events.RefundStep, &v.Refund.RefundID, v.Refund.Amount.Amount)
		said = events.Send(events.PaymentRefunded.New(p.ID, v.Refund))
	case events.PaymentDeclinedStatus:
		said = events.Send(events.PaymentRefundFailed.New(p.ID, v.Refund))
	default: // nobody knows yet
	}
	return said, ch.write(ctx, tx)
}

// refundPayment promises money back; the provider is asked next. Errors: Problems not_found, payment_not_refundable, refund_too_large.
func refundPayment(ctx context.Context, tx *Tx, c events.Received[events.RefundRequest]) ([]events.Outgoing, error) {
	p, _, err := lockPayment(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	refunding, refund, err := p.RequestRefund(events.DeriveID("refund", p.ID, c.Source, c.ID), c.Data, tx.Now)
	if err != nil {
		return nil, err
	}
	var ch change
	ch.pay(refunding, tx.Now)
	return events.Send(events.PaymentRefundRequested.New(p.ID, refund)), ch.write(ctx, tx)
}
