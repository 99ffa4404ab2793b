package notification

import (
	"context"

	"github.com/onlinemart/mart/events"
)

// reactions is all that wakes this function.
func (w *writer) reactions() events.Reactions {
	return events.Reactions{
		events.OrderPaid.Then(w.confirmOnPaid),
		events.OrderCancelled.Then(w.tellOnCancelled),
		events.PaymentRefunded.Then(w.tellOnRefunded),
		events.CustomerRegistered.Then(w.welcomeOnRegistered),
		events.LoginAttacked.Then(w.warnOnAttacked),
		events.NotificationDue.Then(w.resumeOnDue),
	}
}

func (w *writer) confirmOnPaid(ctx context.Context, e events.Received[events.OrderState]) ([]events.Outgoing, error) {
	return w.write(ctx, letter{kind: events.OrderConfirmation, cause: e.Subject, customerID: e.Data.CustomerID, orderID: e.Subject, order: &e.Data})
}

func (w *writer) tellOnCancelled(ctx context.Context, e events.Received[events.OrderState]) ([]events.Outgoing, error) {
	return w.write(ctx, letter{kind: events.OrderCancellation, cause: e.Subject, customerID: e.Data.CustomerID, orderID: e.Subject, order: &e.Data})
}

func (w *writer) tellOnRefunded(ctx context.Context, e events.Received[events.RefundState]) ([]events.Outgoing, error) {
	return w.write(ctx, letter{
		kind: events.RefundNotice, cause: e.Data.RefundID, customerID: e.Data.Payment.CustomerID, orderID: e.Data.Payment.OrderID, amount: &e.Data.Amount,
	})
}

func (w *writer) welcomeOnRegistered(ctx context.Context, e events.Received[events.CustomerState]) ([]events.Outgoing, error) {
	return w.write(ctx, letter{kind: events.WelcomeMail, cause: e.Subject, customerID: e.Subject})
}

// warnOnAttacked tells the owner of an account that many wrong passwords were tried. db says so every twelve hours at most.
func (w *writer) warnOnAttacked(ctx context.Context, e events.Received[events.LoginAttack]) ([]events.Outgoing, error) {
	l := letter{kind: events.LoginWarning, cause: e.ID}
	switch e.Data.Owner.Type {
	case events.Staff:
		l.userID = e.Data.Owner.ID
	case events.Shopper:
		l.customerID = e.Data.Owner.ID
	default: // a program reads no mail
		return nil, nil
	}
	return w.write(ctx, l)
}

// resumeOnDue sends a mail whose sender was never heard of again. It may have gone out: the Message-ID is the same.
func (w *writer) resumeOnDue(ctx context.Context, e events.Received[events.NotificationState]) ([]events.Outgoing, error) {
	return w.write(ctx, letterOf(e.Data))
}
