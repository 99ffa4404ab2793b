package domain

import (
	"cmp"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// NotificationDeadline is when a mail's lease lapses.
const NotificationDeadline = "notification"

// Notifications are the mails.
var Notifications = Table[events.NotificationState]{"notification"}

// ClaimNotification gives the right to send one mail to one claimer. Errors: Problems already_sent, in_progress, not_found, erased; order_state when
// the mail would say what is not so any more, or that an order is over of which its guest never heard; reset_closed and verification_closed when its link is good for nothing; forbidden when somebody wants it again who may not.
// A mail too many to an address that nobody has shown to be theirs fails at once.
func ClaimNotification(c Case, m events.Received[events.NotificationClaim]) ([]events.Outgoing, error) {
	if m.Data.Again && !c.mayStaff(m.By, events.NotificationsRW) {
		return nil, events.Forbidden("This needs the permission " + string(events.NotificationsRW) + ".")
	}
	id := ID(m.Subject)
	n, exists := Notifications.Get(c.Rows, id)
	to, gone := c.reader(m.Data)
	closed := c.linkClosed(m.Data)
	switch {
	case !exists && gone != nil:
		return nil, gone
	case exists && gone != nil && m.Data.Again:
		return nil, events.Refuse("erased", "Whom this mail was sent to has been erased; nobody is left to send it to.")
	case exists && n.Status == events.NotificationSending && (gone != nil || n.LeaseUntil.After(c.Now)):
		return nil, events.Refuse("in_progress", "The mail is being sent.")
	case exists && n.Status != events.NotificationSending && (gone != nil || !m.Data.Again):
		return nil, events.Refuse("already_sent", "The mail is %s already.", n.Status)
	case closed != nil:
		return c.endWithLink(n, exists && !m.Data.Again, closed)
	case !exists && c.outdated(m.Data):
		return nil, events.Refuse("order_state", "What the mail would say of the order is not so any more.")
	case !exists && c.unasked(m.Data):
		return nil, events.Refuse("order_state", "Nobody has paid for the order, and whom it names was never told of it: they need not be told that it is over.")
	case !exists:
		n = c.newNotification(id, m.Data)
	}
	n.VerificationID = c.verificationIn(m.Data)
	if !exists {
		may, err := c.mayMail(n.Kind, to)
		switch {
		case err != nil:
			return nil, err
		case !may:
			return c.withhold(n, to), nil
		}
	}
	until := c.Now.Add(time.Duration(m.Data.LeaseSeconds) * time.Second)
	n.To, n.Name, n.Language, n.Status, n.Token, n.LeaseUntil, n.Reason = to.address, to.name, to.language, events.NotificationSending, m.Data.Token, &until, ""
	n.Attempts++
	c.setDeadline(NotificationDeadline, id, until)
	return c.writeNotification(n, events.NotificationClaimed), nil
}

// newNotification is a mail that nobody has claimed before.
func (c Case) newNotification(id string, claim events.NotificationClaim) events.NotificationState {
	n := events.NotificationState{
		Meta: events.Meta{ID: id, CreatedAt: c.Now}, Kind: claim.Kind, CustomerID: claim.CustomerID, UserID: claim.UserID, OrderID: claim.OrderID, PartID: claim.PartID,
		Amount: claim.Amount, ResetID: claim.ResetID, ProductID: claim.ProductID, MessageID: messageID(id),
	}
	if n.UserID != "" {
		n.CustomerID = ""
	}
	return n
}

// linkClosed tells whether the link that a mail is about is good for nothing any more; whoever is warned of it need not be then. Errors: Problems reset_closed, verification_closed.
func (c Case) linkClosed(claim events.NotificationClaim) error {
	if HasReset(claim.Kind) && c.resetOver(claim) {
		return ErrResetClosed
	}
	if claim.Kind != events.VerificationMail && claim.Kind != events.EmailChangeMail {
		return nil
	}
	if v, open := c.openVerification(ID(claim.CustomerID)); !open || v.ID != ID(claim.VerificationID) {
		return ErrVerificationClosed
	}
	return nil
}

// resetMails are those with a link that sets a password.
var resetMails = []events.NotificationKind{events.PasswordResetMail, events.AccountExistsMail, events.InvitationMail}

// HasReset tells whether a mail has a link that sets a password.
func HasReset(kind events.NotificationKind) bool { return slices.Contains(resetMails, kind) }

// verificationIn is that of which a mail has the link: a welcome while it is good for something, so that whoever registers gets one mail and not two.
func (c Case) verificationIn(claim events.NotificationClaim) string {
	if claim.Kind == events.VerificationMail || claim.Kind == events.EmailChangeMail || claim.Kind == events.EmailChangedMail {
		return ID(claim.VerificationID)
	}
	if claim.Kind != events.WelcomeMail {
		return ""
	}
	if v, open := c.openVerification(ID(claim.CustomerID)); open {
		return v.ID
	}
	return ""
}

// endWithLink leaves a mail whose link is good for nothing any more: one that was begun has failed, and nobody tries again. Error: closed, for
// one that was not begun, or that is done and wanted again.
func (c Case) endWithLink(n events.NotificationState, begun bool, closed error) ([]events.Outgoing, error) {
	if !begun {
		return nil, closed
	}
	n.Status, n.Reason, n.Token, n.LeaseUntil = events.NotificationFailed, "The link in it was not good any more before the mail could be sent.", "", nil
	c.clearDeadline(NotificationDeadline, n.ID)
	return c.writeNotification(n, events.NotificationRecorded), nil
}

// outdated tells whether a mail that nobody has begun to send would say what is not so any more: the event that asks for a confirmation may
// come after the one that asks for the cancellation's mail, and a reminder after the payment.
func (c Case) outdated(claim events.NotificationClaim) bool {
	still, may := stillSo[claim.Kind]
	if !may {
		return false
	}
	o, found := Orders.Get(c.Rows, claim.OrderID)
	return !found || !still(o.Status)
}

// stillSo tells of mails that would say of an order what need not be so any more whether it is.
var stillSo = map[events.NotificationKind]func(events.OrderStatus) bool{
	events.OrderConfirmation: OrderConfirmed,
	events.OrderReminder:     func(s events.OrderStatus) bool { return s == events.OrderPlacedStatus },
}

// MayBeOutdated tells whether a mail is about what an order is for a while only.
func MayBeOutdated(kind events.NotificationKind) bool { return stillSo[kind] != nil }

// StillSo tells whether what a mail says of an order is so.
func StillSo(kind events.NotificationKind, s events.OrderStatus) bool {
	still, may := stillSo[kind]
	return !may || still(s)
}

// messageID is the RFC 5322 Message-ID of a mail, at every attempt the same.
func messageID(id string) string { return id + "@onlinemart.example" }

// reader is somebody whom a mail is to. The name is what they are greeted by: none, as long as neither the address was shown to be theirs nor what the
// mail is about is paid. Whoever registers or orders with somebody else's address chooses that name, and would have the shop deliver what they write in it.
type reader struct {
	address, name events.Personal
	language      events.Language // "": the mart's own, as for all staff
	mailbox       string          // by which mails to it are counted, where the address is not proven
	proven        bool            // somebody has shown that the address is theirs
}

// reader is whom a mail is to. Error: there is no such account.
func (c Case) reader(claim events.NotificationClaim) (reader, error) {
	if claim.UserID != "" {
		if u, live := c.liveUser(claim.UserID); live {
			return reader{address: u.Email, name: u.Name, proven: true}, nil
		}
		return reader{}, events.NotFound("user", claim.UserID)
	}
	if claim.OrderID != "" && ID(claim.CustomerID) == ID(claim.OrderID) {
		return c.guestReader(claim)
	}
	customer, live := c.liveCustomer(ID(claim.CustomerID))
	to := reader{address: customer.Email, language: customer.Language, mailbox: cmp.Or(customer.Mailbox, customer.ID), proven: customer.EmailVerified}
	if claim.Kind == events.VerificationMail || claim.Kind == events.EmailChangedMail {
		to = c.elsewhere(claim, to)
	} else if customer.EmailVerified || c.isPaid(claim.OrderID) {
		to.name = customer.Name
	}
	if !live || to.address.IsZero() {
		return reader{}, events.NotFound("customer", claim.CustomerID)
	}
	return to, nil
}

// guestReader is the guest of the order that a mail is about. Error: there is no such order, or its guest was erased.
func (c Case) guestReader(claim events.NotificationClaim) (reader, error) {
	o, found := Orders.Get(c.Rows, ID(claim.OrderID))
	if !found || !o.OfGuest() || !o.ErasedAt.IsZero() || o.Email.IsZero() {
		return reader{}, events.NotFound("guest", claim.OrderID)
	}
	g, _ := GuestOrders.Find(c.Rows, o.ID)
	to := reader{address: o.Email, language: o.Language, mailbox: cmp.Or(g.Mailbox, o.ID)}
	if c.isPaid(claim.OrderID) {
		to.name = o.CustomerName
	}
	return to, nil
}

// isPaid tells whether there is an order and its money.
func (c Case) isPaid(order string) bool {
	o, found := Orders.Find(c.Rows, ID(order))
	return found && OrderConfirmed(o.Status)
}

// elsewhere is a customer at the address that they want to have, or had before; where a mail is about neither, as they are.
func (c Case) elsewhere(claim events.NotificationClaim, own reader) reader {
	v, _ := Verifications.Find(c.Rows, ID(claim.CustomerID))
	switch id := ID(claim.VerificationID); {
	case claim.Kind == events.EmailChangedMail && v.FormerOf == id:
		own.address, own.mailbox, own.proven = v.Former, cmp.Or(v.FormerMailbox, own.mailbox), false
	case claim.Kind == events.EmailChangedMail:
		own.address = events.Personal{}
	case v.ID == id && v.Address != "":
		own.address, own.mailbox, own.proven = v.Email, cmp.Or(v.Mailbox, own.mailbox), false
	}
	return own
}

// RecordNotification ends a lease with what came of it. Error: Problem lease_lost when another claimer has it now.
func RecordNotification(c Case, m events.Received[events.NotificationResult]) ([]events.Outgoing, error) {
	id := ID(m.Subject)
	n, found := Notifications.Get(c.Rows, id)
	if !found || n.Status != events.NotificationSending || n.Token != m.Data.Token {
		return nil, events.Refuse("lease_lost", "The mail is not this sender's to record any more.")
	}
	n.Status, n.Reason, n.Token, n.LeaseUntil = m.Data.Status, m.Data.Reason, "", nil
	if n.Status == events.NotificationFailed {
		n.Reason = cmp.Or(n.Reason, "Why is not known.") // by it those that have failed are found
	}
	c.clearDeadline(NotificationDeadline, id)
	return c.writeNotification(n, events.NotificationRecorded), nil
}

func (c Case) writeNotification(n events.NotificationState, done events.Message[events.NotificationState]) []events.Outgoing {
	n.Version++
	n.UpdatedAt = c.Now
	Notifications.Put(c.Rows, n.ID, n)
	return events.Send(done.New(n.ID, n))
}
