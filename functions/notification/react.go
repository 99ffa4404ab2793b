package notification

import (
	"context"
	"errors"
	"fmt"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/effect"
)

// reactions is all that wakes this function: what asks for a mail, and what does not.
func (m *mailer) reactions() events.Reactions {
	all := events.Reactions{events.NotificationClaimed.Then(m.claims.deliverOnClaimed)}
	for _, each := range m.mailings() {
		all = append(all, events.Handler(each))
	}
	return all
}

// mailing is a reaction that sends a mail, by the rule of mails.
type mailing events.Handler

// mailings is each event and the mail it asks for.
func (m *mailer) mailings() []mailing {
	return []mailing{
		mails(m, events.OrderWaiting, reminderOnWaiting),
		mails(m, events.OrderPaid, confirmationOnPaid),
		mails(m, events.OrderCancelled, cancellationOnCancelled),
		mails(m, events.OrderPartCancelled, noticeOnPartCancelled),
		mails(m, events.OrderExpired, noticeOnExpired),
		mails(m, events.OrderFulfilled, noticeOnFulfilled),
		mails(m, events.OrderDelivered, noticeOnDelivered),
		mails(m, events.OrderReturnRequested, noticeOnReturn(events.ReturnRequestMail)),
		mails(m, events.OrderReturnApproved, noticeOnReturn(events.ReturnApproval)),
		mails(m, events.OrderReturnRefused, noticeOnReturn(events.ReturnRefusal)),
		mails(m, events.OrderReturnReceived, noticeOnReturn(events.ReturnReceipt)),
		mails(m, events.PaymentRefunded, noticeOnRefunded),
		mails(m, events.CustomerRegistered, welcomeOnRegistered),
		mails(m, events.LoginAttacked, warningOnAttacked),
		mails(m, events.ResetIssued, linkOnIssued),
		mails(m, events.VerificationIssued, verificationOnIssued),
		mails(m, events.EmailChangeRequested, warningOnEmailChange),
		mails(m, events.EmailChanged, noticeOnEmailChanged),
		m.warnOnLow(),
		mails(m, events.NotificationDue, resumedOnDue),
	}
}

// reminderOnWaiting is for whoever has placed an order and not paid for it at once: who has gets one mail, the confirmation.
func reminderOnWaiting(e events.Received[events.OrderState]) letter {
	return letter{kind: events.OrderReminder, cause: e.Subject, customerID: e.Data.CustomerID, orderID: e.Subject, order: &e.Data}
}

func noticeOnExpired(e events.Received[events.OrderState]) letter {
	return letter{kind: events.OrderExpiry, cause: e.Subject, customerID: e.Data.CustomerID, orderID: e.Subject, order: &e.Data}
}

func confirmationOnPaid(e events.Received[events.OrderState]) letter {
	return letter{kind: events.OrderConfirmation, cause: e.Subject, customerID: e.Data.CustomerID, orderID: e.Subject, order: &e.Data}
}

func cancellationOnCancelled(e events.Received[events.OrderState]) letter {
	return letter{kind: events.OrderCancellation, cause: e.Subject, customerID: e.Data.CustomerID, orderID: e.Subject, order: &e.Data}
}

// noticeOnPartCancelled says what is not sent any more of an order that is paid, and what goes back for it. That the money is on its way payment.refunded
// tells.
func noticeOnPartCancelled(e events.Received[events.OrderState]) letter {
	return aboutPart(events.PartCancelledMail, e)
}

func noticeOnFulfilled(e events.Received[events.OrderState]) letter {
	return aboutPart(events.OrderShipment, e)
}

func noticeOnDelivered(e events.Received[events.OrderState]) letter {
	return aboutPart(events.OrderArrival, e)
}

func noticeOnReturn(kind events.NotificationKind) func(events.Received[events.OrderState]) letter {
	return func(e events.Received[events.OrderState]) letter { return aboutPart(kind, e) }
}

// aboutPart is a mail about the part of an order that the event's last step is about: one for each part.
func aboutPart(kind events.NotificationKind, e events.Received[events.OrderState]) letter {
	part := e.Data.History[len(e.Data.History)-1].PartID
	return letter{kind: kind, cause: part, customerID: e.Data.CustomerID, orderID: e.Subject, partID: part, order: &e.Data}
}

func noticeOnRefunded(e events.Received[events.RefundState]) letter {
	return letter{
		kind: events.RefundNotice, cause: e.Data.RefundID, customerID: e.Data.Payment.CustomerID, orderID: e.Data.Payment.OrderID, amount: &e.Data.Amount,
	}
}

func welcomeOnRegistered(e events.Received[events.CustomerState]) letter {
	return letter{kind: events.WelcomeMail, cause: e.Subject, customerID: e.Subject}
}

// warningOnAttacked is for the owner of an account at which many wrong passwords were tried. db says so every twelve hours at most, and
// only of somebody who reads mail.
func warningOnAttacked(e events.Received[events.LoginAttack]) letter {
	return letter{kind: events.LoginWarning, cause: e.ID}.to(e.Data.Owner)
}

// linkOnIssued is the way to a new password, for whoever has forgotten theirs, has registered again or was added without one. db gives the right to send it only while the
// link is good for something.
func linkOnIssued(e events.Received[events.ResetIssue]) letter {
	l := letter{kind: events.PasswordResetMail, cause: e.Subject, resetID: e.Subject}
	switch {
	case e.Data.Registration:
		l.kind = events.AccountExistsMail
	case e.Data.Invitation:
		l.kind = events.InvitationMail
	}
	return l.to(e.Data.Owner)
}

// verificationOnIssued is another link that confirms an address. The first one is in the welcome.
func verificationOnIssued(e events.Received[events.VerificationIssue]) letter {
	return letter{kind: events.VerificationMail, cause: e.Subject, customerID: e.Data.CustomerID, verificationID: e.Subject}
}

// warningOnEmailChange tells whoever reads a customer's address that another was asked for, while they can still keep theirs.
func warningOnEmailChange(e events.Received[events.EmailChangeHeard]) letter {
	return letter{kind: events.EmailChangeMail, cause: e.Subject, customerID: e.Data.CustomerID, verificationID: e.Subject}
}

// noticeOnEmailChanged tells whoever reads a customer's former address that it is not theirs any more.
func noticeOnEmailChanged(e events.Received[events.VerificationIssue]) letter {
	return letter{kind: events.EmailChangedMail, cause: e.Subject, customerID: e.Data.CustomerID, verificationID: e.Subject}
}

// warnOnLow is for all staff who fill shelves: each of them gets a mail. One that comes late is none: by then there may be more again.
func (m *mailer) warnOnLow() mailing {
	return mailing(effect.On(m.rule, events.StockLow, effect.Effect[events.StockShortage]{
		Now: func(_ context.Context, e events.Received[events.StockShortage]) (events.StockShortage, bool, error) {
			return e.Data, false, nil
		},
		Do: func(ctx context.Context, e events.Received[events.StockShortage], _ bool) ([]events.Outgoing, error) {
			staff, err := m.db.staffWho(ctx, events.StockWrite)
			if err != nil {
				return nil, fmt.Errorf("ask who of the staff is to know: %w", err)
			}
			return m.sendEach(ctx, lowLetters(e, staff))
		},
	}))
}

// lowLetters are one for each of the staff.
func lowLetters(e events.Received[events.StockShortage], staff []string) []letter {
	all := make([]letter, len(staff))
	for i, id := range staff {
		all[i] = letter{kind: events.LowStockMail, cause: e.ID + " " + id, userID: id, productID: e.Subject}
	}
	return all
}

// to addresses a letter to the owner of an account.
func (l letter) to(owner events.Principal) letter {
	if owner.Type == events.Staff {
		l.userID = owner.ID
	} else {
		l.customerID = owner.ID
	}
	return l
}

// resumedOnDue is a mail whose sender was never heard of again. It may have gone out: the Message-ID is the same.
func resumedOnDue(e events.Received[events.NotificationState]) letter { return letterOf(e.Data) }

// mails handles an event by the mail it asks for. Its claim in db, which is never forgotten, keeps a second one from going out; a late mail
// is about the order as it is now.
func mails[T any](m *mailer, event events.Message[T], of func(events.Received[T]) letter) mailing {
	return mailing(effect.On(m.rule, event, effect.Effect[T]{
		Now: func(ctx context.Context, e events.Received[T]) (T, bool, error) {
			open, err := m.open(ctx, of(e))
			return e.Data, open, err
		},
		Do: func(ctx context.Context, e events.Received[T], late bool) ([]events.Outgoing, error) {
			l := of(e)
			if late {
				l.order = nil
			}
			return m.sendOnce(ctx, l)
		},
	}))
}

// open tells whether a mail that was asked for long ago still has to go out. One that nobody has begun to send may say by now what is not
// so any more.
func (m *mailer) open(ctx context.Context, l letter) (bool, error) {
	n, err := m.db.notification(ctx, l.notificationID(), 0)
	switch {
	case err == nil:
		return n.Status == events.NotificationSending, nil
	case !errors.Is(err, &events.Problem{Code: "not_found"}):
		return false, err
	case !domain.MayBeOutdated(l.kind):
		return true, nil
	}
	o, err := m.db.order(ctx, l.orderID)
	return domain.StillSo(l.kind, o.Status), err
}
