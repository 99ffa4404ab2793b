package domain

import (
	"github.com/onlinemart/mart/events"
)

// BouncedStep is in the ledger when money that was given back has come back to the provider.
const BouncedStep events.PaymentStep = "refund_bounced"

// recordRefund takes in what the provider said about giving money back.
func (c Case) recordRefund(p Payment, a events.PaymentAnswer) ([]events.Outgoing, error) {
	t, err := p.ApplyRefundResult(a, c.Now)
	if err != nil {
		return nil, err
	}
	if !t.Changed {
		return events.Send(events.PaymentUnchanged.New(p.ID, events.PaymentState(p))), nil
	}
	c.setPayment(t.Payment)
	switch a.Status {
	case events.PaymentRefundedStatus:
		c.addLedgerEntry(p, events.RefundStep, t.Refund.RefundID, t.Refund.Amount.Amount)
		return events.Send(events.PaymentRefunded.New(p.ID, t.Refund)), nil
	case events.PaymentDeclinedStatus:
		if t.Bounced {
			c.addLedgerEntry(p, BouncedStep, t.Refund.RefundID, t.Refund.Amount.Amount)
		}
		return events.Send(events.PaymentRefundFailed.New(p.ID, t.Refund)), nil
	default: // nobody knows yet
		return events.Send(events.PaymentUnknown.New(p.ID, events.PaymentState(t.Payment))), nil
	}
}

// RefundPayment promises money back; the provider is asked next. Errors: Problems not_found, payment_not_refundable, refund_too_large.
func RefundPayment(c Case, m events.Received[events.RefundRequest]) ([]events.Outgoing, error) {
	p, found := Payments.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("payment", m.Subject)
	}
	wanted := m.Data
	if o, found := Orders.Get(c.Rows, p.OrderID); found {
		wanted.Reason = o.kept(wanted.Reason)
	}
	refunding, refund, err := p.RequestRefund(events.DeriveID("refund", p.ID, m.Source, m.ID), wanted, c.Now)
	if err != nil {
		return nil, err
	}
	c.setPayment(refunding)
	return events.Send(events.PaymentRefundRequested.New(p.ID, refund)), nil
}

// giveUp is what the end of an order means for its payment.
func (c Case) giveUp(p Payment) []events.Outgoing {
	if p.Captured > 0 {
		refunding, refund, err := p.RequestRefund(refundOfAll(p), events.RefundRequest{Reason: events.Own(orderCancelled)}, c.Now)
		if err != nil {
			return nil // it was all given back before
		}
		c.setPayment(refunding)
		return events.Send(events.PaymentRefundRequested.New(p.ID, refund))
	}
	abandoned, open := p.Abandon(c.Now)
	if !open {
		return nil
	}
	c.setPayment(abandoned)
	return events.Send(events.PaymentVoidRequested.New(p.ID, events.PaymentState(abandoned)))
}

// refundOfAll is the id of the refund that a payment without an order gets: always the same.
func refundOfAll(p Payment) string { return events.DeriveID("refund", p.ID, "order ended") }
