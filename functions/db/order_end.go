package db

import (
	"context"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// cancelOrder ends an order on its owner's wish, or the staff's. What was paid goes back, what was reserved returns.
// Errors: Problems not_found, payment_in_progress, order_not_cancellable.
func cancelOrder(ctx context.Context, tx *Tx, c events.Received[events.OrderReason]) ([]events.Outgoing, error) {
	o, err := lockOrder(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	if !owns(c.By, o) && !tx.mayStaff(c.By, events.OrdersWrite) {
		return nil, events.NotFound("order", c.Subject)
	}
	if o.History, err = historyOf(ctx, tx, o.ID); err != nil {
		return nil, err
	}
	cancelled, err := o.Cancel(c.By, c.Data.Reason, tx.Now)
	if err != nil {
		return nil, err
	}
	return end(ctx, tx, cancelled, events.OrderCancelled, c.By)
}

func owns(by events.Principal, o domain.Order) bool {
	return by.Type == events.Shopper && by.ID == o.CustomerID
}

// mayStaff tells whether a member of staff, as they are now, may do something.
func (tx *Tx) mayStaff(by events.Principal, p events.Permission) bool {
	return by.Type == events.Staff && tx.Asker.Status == events.AccountActive && domain.Grants(tx.Asker.Roles, p)
}

// moneyMayBeComing is how long an order waits past its deadline for a payment whose outcome is open.
const moneyMayBeComing = time.Minute

// expireOrder ends an order that is due, still unpaid, and for which no money can be on its way.
func expireOrder(ctx context.Context, tx *Tx, c events.Received[events.OrderDeadline]) ([]events.Outgoing, error) {
	o, err := lockOrder(ctx, tx, c.Subject)
	if err != nil {
		return nil, err
	}
	unchanged := events.Send(events.OrderUnchanged.New(o.ID, events.OrderState(o)))
	if o.Status != events.OrderPlacedStatus {
		return unchanged, tx.ClearDeadline(ctx, orderDeadline, o.ID)
	}
	due, coming, err := isDue(ctx, tx, o.ID)
	switch {
	case err != nil:
		return nil, err
	case !due:
		return unchanged, nil
	case coming:
		return unchanged, tx.SetDeadline(ctx, orderDeadline, o.ID, tx.Now.Add(moneyMayBeComing))
	}
	expired, err := o.Expire(c.By, tx.Now)
	if err != nil {
		return nil, err
	}
	return end(ctx, tx, expired, events.OrderExpired, c.By)
}

// isDue tells whether an order's time is up, and whether money may be coming.
func isDue(ctx context.Context, tx *Tx, id string) (due, coming bool, err error) {
	err = tx.QueryRow(ctx, `
		select o.expires_at <= $2, exists (select from payment p where p.order_id = o.id and p.status in ('authorized', 'unknown'))
		from orders o where o.id = $1`, id, tx.Now).Scan(&due, &coming)
	return due, coming, err
}

// end writes the end of an order: what is still reserved for it is free again (what was committed inventory restocks), and its
// payment is let go or given back.
func end(ctx context.Context, tx *Tx, o domain.Order, said events.Message[events.OrderState], by events.Principal) ([]events.Outgoing, error) {
	p, found, err := openPayment(ctx, tx, o.ID)
	if err != nil {
		return nil, err
	}
	ch := change{}
	ch.move(o)
	ch.clear(orderDeadline, o.ID)
	results := events.Send(said.New(o.ID, events.OrderState(o)))
	if found {
		results = append(results, giveUp(&ch, p, tx.Now)...)
	}
	if err := ch.write(ctx, tx); err != nil {
		return nil, err
	}
	return results, releaseStock(ctx, tx, o.ID, by)
}

// giveUp adds to ch what the end of an order means for its payment.
func giveUp(ch *change, p domain.Payment, now time.Time) []events.Outgoing {
	if p.Captured > 0 {
		refunding, refund, err := p.RequestRefund(refundOfAll(p), events.RefundRequest{Reason: events.Own("the order was cancelled")}, now)
		if err != nil {
			return nil // it was all given back before
		}
		ch.pay(refunding, now)
		return events.Send(events.PaymentRefundRequested.New(p.ID, refund))
	}
	letGo, told := p.LetGo(now)
	if !told {
		return nil
	}
	ch.pay(letGo, now)
	return events.Send(events.PaymentVoidRequested.New(p.ID, events.PaymentState(letGo)))
}

// refundOfAll is the id of the refund that a payment without an order gets: always the same.
func refundOfAll(p domain.Payment) string { return events.DeriveID("refund", p.ID, "order ended") }
