package notification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	partID         string             // of the order: a fulfilment, a return or a cancellation
	order          *events.OrderState // read when it is needed and not there
	amount         *events.Money      // of a refund
	productID      string             // that is low
	resetID        string             // of a link to a new password
	verificationID string             // of a link that confirms an address
	again          bool               // a person wants it once more
}

// letterOf is a mail that there is already.
func letterOf(n events.NotificationState) letter {
	return letter{id: n.ID, kind: n.Kind, customerID: n.CustomerID, userID: n.UserID, orderID: n.OrderID, partID: n.PartID, productID: n.ProductID, amount: n.Amount, resetID: n.ResetID, verificationID: n.VerificationID}
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
		Kind: l.kind, CustomerID: l.customerID, UserID: l.userID, OrderID: l.orderID, PartID: l.partID, ProductID: l.productID, Amount: l.amount, ResetID: l.resetID, VerificationID: l.verificationID, Token: token, LeaseSeconds: lease, Again: l.again,
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
	n, ours, err := m.begin(ctx, l)
	if err != nil || !ours {
		return nil, err
	}
	return m.finish(ctx, l, n)
}

// sendEach is sendOnce of several mails that one event asks for. All are claimed before the first is sent: from then on each comes to its end by
// itself, so that one which the server does not take now keeps no other from being recorded, and goes out when its lease lapses. Error: try again.
func (m *mailer) sendEach(ctx context.Context, letters []letter) (recorded []events.Outgoing, err error) {
	begun := make([]events.NotificationState, len(letters))
	for i, l := range letters {
		n, ours, err := m.begin(ctx, l)
		if err != nil {
			return nil, err
		}
		if ours {
			begun[i] = n
		}
	}
	for i, n := range begun {
		if n.ID == "" {
			continue
		}
		result, err := m.finish(ctx, letters[i], n)
		if err != nil {
			m.log.WarnContext(ctx, "a mail waits for its next try", "notification", n.ID, "kind", n.Kind, "reason", err)
		}
		recorded = append(recorded, result...)
	}
	return recorded, nil
}

// begin claims a mail. ours is false where others send it or nobody has to.
func (m *mailer) begin(ctx context.Context, l letter) (n events.NotificationState, ours bool, err error) {
	n, err = m.claim(ctx, l)
	for _, reason := range reasonsToSkip {
		if errors.Is(err, reason) {
			return n, false, nil
		}
	}
	if err != nil {
		return n, false, fmt.Errorf("claim the mail: %w", err)
	}
	if n.Status != events.NotificationSending { // db has ended it
		m.log.InfoContext(ctx, "a mail is not sent", "notification", n.ID, "kind", n.Kind, "reason", n.Reason)
		return n, false, nil
	}
	return n, true, nil
}

// finish sends a mail that was claimed, and records how it went. Error: try again.
func (m *mailer) finish(ctx context.Context, l letter, n events.NotificationState) ([]events.Outgoing, error) {
	result, err := m.writeAndSend(ctx, l, n)
	if err != nil {
		return nil, err
	}
	return events.Send(events.RecordNotification.New(n.ID, result).Step(n.Token)), nil
}

// writeAndSend sends a claimed mail. A mail server that is away or busy is an error: the lease lapses, and the mail is due again.
func (m *mailer) writeAndSend(ctx context.Context, l letter, n events.NotificationState) (events.NotificationResult, error) {
	sent := events.NotificationResult{Status: events.NotificationSent, Token: n.Token}
	var of matter
	var err error = errNobody
	if !n.To.IsZero() {
		of, err = m.about(ctx, l, n)
	}
	if _, refused := errors.AsType[*refusedError](err); err != nil && !refused {
		return sent, err
	}
	var composed mail
	if err == nil {
		composed, err = m.letters.compose(n, of)
	}
	if err == nil {
		err = m.retrySend(ctx, composed)
	}
	refusal, refused := errors.AsType[*refusedError](err)
	switch {
	case refused:
		level, said := slog.LevelError, "a mail is refused for good"
		if slices.Contains(overtaken, refusal) {
			level, said = slog.LevelInfo, "a mail is not sent"
		}
		m.log.Log(ctx, level, said, "notification", n.ID, "kind", n.Kind, "reason", refusal.reason)
		return events.NotificationResult{Status: events.NotificationFailed, Token: n.Token, Reason: refusal.reason}, nil
	case err != nil:
		return sent, fmt.Errorf("send the mail: %w", err)
	}
	return sent, nil
}

// about is what db says now of what a mail is about, but for an order that the event has told. Error: *refusedError when it is there no more.
func (m *mailer) about(ctx context.Context, l letter, n events.NotificationState) (of matter, err error) {
	if of.order = l.order; of.order == nil && l.orderID != "" {
		o, err := m.db.order(ctx, l.orderID)
		if err != nil {
			return of, fmt.Errorf("read the order for the mail: %w", err)
		}
		of.order = &o
	}
	if n.ProductID != "" {
		p, err := m.db.product(ctx, n.ProductID)
		switch {
		case errors.Is(err, &events.Problem{Code: "not_found"}):
			return of, errProductGone
		case err != nil:
			return of, fmt.Errorf("read the product for the mail: %w", err)
		}
		of.product = &p
	}
	of.token = m.guestToken(of.order)
	of.link, err = m.link(ctx, n)
	return of, err
}

// errNobody is what keeps a mail from going out whose reader was erased after it was claimed: the key to their address is gone.
var errNobody = &refusedError{reason: "Whoever it is for has been erased."}

// errProductGone is what keeps a mail about a product from going out.
var errProductGone = &refusedError{reason: "The product is not for sale any more."}

// overtaken is what keeps a mail from going out with which nothing is wrong: it would be for nobody, or good for nothing. All else somebody has to look at.
var overtaken = []*refusedError{errNobody, errProductGone, errLinkClosed}

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
