package notification

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// letter is a mail to be written: what kind, because of what, to whom.
type letter struct {
	id             string // derived from kind and cause unless it is known
	kind           events.NotificationKind
	cause          string
	customerID     string
	userID         string // of a member of staff, instead
	orderID        string
	partID         string             // of the order: a fulfilment or a return
	order          *events.OrderState // read when it is needed and not there
	amount         *events.Money      // of a refund
	resetID        string             // of a link to a new password
	verificationID string             // of a link that confirms an address
	again          bool               // a person wants it once more
}

// letterOf is a mail that there is already.
func letterOf(n events.NotificationState) letter {
	return letter{id: n.ID, kind: n.Kind, customerID: n.CustomerID, userID: n.UserID, orderID: n.OrderID, partID: n.PartID, amount: n.Amount, resetID: n.ResetID, verificationID: n.VerificationID}
}

func (l letter) notificationID() string {
	if l.id != "" {
		return l.id
	}
	return events.DeriveID("notification", string(l.kind), l.cause)
}

// lease is how long a sender may take, in seconds: longer than a delivery.
const lease = 30

// claimOf asks for the right to send, for the sender with the token. Each has one of its own, so that of two deliveries of one event at
// the same moment one gets it.
func claimOf(l letter, token string) events.Outgoing { return l.claim(token).WithID(token, "") }

func (l letter) claim(token string) events.Outgoing {
	return events.ClaimNotification.New(l.notificationID(), events.NotificationClaim{
		Kind: l.kind, CustomerID: l.customerID, UserID: l.userID, OrderID: l.orderID, PartID: l.partID, Amount: l.amount, ResetID: l.resetID, VerificationID: l.verificationID, Token: token, LeaseSeconds: lease, Again: l.again,
	})
}

// claim claims a mail, and asks again under the same token while db is away and there is time to send: a new token would find the
// mail leased to the one before, and the customer would wait until that lapses.
func (m *mailer) claim(ctx context.Context, l letter) (n events.NotificationState, err error) {
	token := events.NewID()
	for backoff := firstBackoff; ; backoff = min(2*backoff, maxBackoff) {
		n, err = m.db.claimByEvent(ctx, claimOf(l, token))
		if !errors.Is(err, bus.ErrUnavailable) && !errors.Is(err, bus.ErrUnknownOutcome) {
			return n, err
		}
		if end, bounded := ctx.Deadline(); !bounded || time.Until(end) < lastStart+claimWait {
			return n, err
		}
		select {
		case <-ctx.Done():
			return n, err
		case <-time.After(backoff):
		}
	}
}

// reasonsToSkip are the refusals of a claim that leave a mail to others, or leave it for good.
var reasonsToSkip = []error{
	&events.Problem{Code: "already_sent"}, &events.Problem{Code: "in_progress"}, // theirs
	&events.Problem{Code: "not_found"},                                                                                        // its reader has gone
	&events.Problem{Code: "order_state"}, &events.Problem{Code: "reset_closed"}, &events.Problem{Code: "verification_closed"}, // what it would say is not so any more
}

// sendOnce sends a mail, unless somebody else does or did, and records how it went. Error: try again.
func (m *mailer) sendOnce(ctx context.Context, l letter) ([]events.Outgoing, error) {
	n, err := m.claim(ctx, l)
	for _, reason := range reasonsToSkip {
		if errors.Is(err, reason) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("claim the mail: %w", err)
	}
	if n.Status != events.NotificationSending {
		return nil, nil // db has ended it: what it would say is not so any more
	}
	result, err := m.writeAndSend(ctx, l, n)
	if err != nil {
		return nil, err
	}
	return events.Send(events.RecordNotification.New(n.ID, result).Step(n.Token)), nil
}

// writeAndSend sends a claimed mail. A mail server that is away or busy is an error: the lease lapses, and the mail is due again.
func (m *mailer) writeAndSend(ctx context.Context, l letter, n events.NotificationState) (events.NotificationResult, error) {
	sent := events.NotificationResult{Status: events.NotificationSent, Token: n.Token}
	if l.order == nil && l.orderID != "" {
		o, err := m.db.order(ctx, l.orderID)
		if err != nil {
			return sent, fmt.Errorf("read the order for the mail: %w", err)
		}
		l.order = &o
	}
	link, err := m.link(ctx, n)
	if _, refused := errors.AsType[*refusedError](err); err != nil && !refused {
		return sent, err
	}
	var composed mail
	if err == nil {
		composed, err = m.letters.compose(n, l.order, link)
	}
	if err == nil {
		err = m.retrySend(ctx, composed)
	}
	refusal, refused := errors.AsType[*refusedError](err)
	switch {
	case refused:
		m.log.ErrorContext(ctx, "a mail is refused for good", "notification", n.ID, "kind", n.Kind, "reason", refusal.reason)
		return events.NotificationResult{Status: events.NotificationFailed, Token: n.Token, Reason: refusal.reason}, nil
	case err != nil:
		return sent, fmt.Errorf("send the mail: %w", err)
	}
	return sent, nil
}

const (
	tries        = 3
	firstBackoff = 200 * time.Millisecond
	maxBackoff   = time.Second
	lastStart    = 9 * time.Second // before the delivery ends: a try may take 8 s
)

// retrySend tries again while the mail server is away or busy and there is time. If it took the mail and could not say so, it gets
// it again with the same Message-ID.
func (m *mailer) retrySend(ctx context.Context, composed mail) (err error) {
	backoff := firstBackoff
	for range tries {
		if err = m.send(ctx, composed); err == nil {
			return nil
		}
		if _, refused := errors.AsType[*refusedError](err); refused {
			return err
		}
		if end, bounded := ctx.Deadline(); bounded && time.Until(end) < lastStart {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(backoff):
			backoff *= 3
		}
	}
	return err
}
