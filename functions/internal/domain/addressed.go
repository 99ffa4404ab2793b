package domain

import (
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// unprovenMails are the mails that may go to an address that nobody has shown to be theirs, and what each is about. Anybody can have the shop write them to
// anybody, so they are counted by mailbox, and what they are about counts for itself: who orders in somebody's name does not keep them from being sent a new
// password, and nobody keeps a warning back. All others are about something that is paid, or to staff.
var unprovenMails = map[events.NotificationKind]string{
	events.OrderReminder:     "orders",
	events.OrderExpiry:       "orders",
	events.OrderCancellation: "orders",
	events.WelcomeMail:       "accounts",
	events.VerificationMail:  "accounts",
	events.PasswordResetMail: "passwords",
	events.AccountExistsMail: "passwords",
	events.LoginWarning:      "warnings",
	events.EmailChangeMail:   "warnings",
	events.EmailChangedMail:  "warnings",
}

// MayBeUnproven tells whether a mail may go to an address that nobody has shown to be theirs.
func MayBeUnproven(kind events.NotificationKind) bool { return unprovenMails[kind] != "" }

// UnprovenMatters is what such mails are about.
func UnprovenMatters() (all []string) {
	for _, about := range unprovenMails {
		all = append(all, about)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// MailsKey is by what the mails about something are counted that go to a mailbox.
func MailsKey(mailbox, about string) string { return mailbox + " " + about }

// Addressed is how many mails about something went of late to a mailbox of which nobody has shown that it is theirs.
type Addressed struct {
	Key      string // MailsKey
	Asked    Tries
	ForgetAt time.Time
}

// AddressedTo are those, each under its key.
var AddressedTo = Table[Addressed]{"addressed"}

// MailedOrders are the orders without an account of which a mail went out, or is being sent.
var MailedOrders = Table[bool]{"orders of which a mail went out"}

// endMails are those that an order which nobody has paid is over.
var endMails = []events.NotificationKind{events.OrderCancellation, events.OrderExpiry}

// MayBeUnasked tells whether a mail may be about the end of an order of which its guest never heard.
func MayBeUnasked(kind events.NotificationKind) bool { return slices.Contains(endMails, kind) }

// unasked tells whether a mail would be the first that the reader of a mailbox hears of an order: anybody may have placed it in their name, and taken it back or left
// it. Who was mailed that it waits is told how it ends, and so is whose order staff have cancelled.
func (c Case) unasked(claim events.NotificationClaim) bool {
	if !MayBeUnasked(claim.Kind) {
		return false
	}
	o, found := Orders.Get(c.Rows, ID(claim.OrderID))
	if !found || !o.OfStranger() {
		return false
	}
	if last := len(o.History) - 1; last >= 0 && o.History[last].By.Type == events.Staff {
		return false
	}
	mailed, _ := MailedOrders.Find(c.Rows, o.ID)
	return !mailed
}

// withheldReason is what staff read of a mail that was one too many.
const withheldReason = "Too many mails about the same went to this address within the hour, and nobody has shown that it is theirs."

// mayMail tells whether one mail more may go to somebody, and counts it. Error: ErrUnloaded, when their address has changed meanwhile.
func (c Case) mayMail(kind events.NotificationKind, to reader) (bool, error) {
	about, limit := unprovenMails[kind], c.Limits.UnprovenMails
	if about == "" || to.proven || limit == 0 {
		return true, nil
	}
	key := MailsKey(to.mailbox, about)
	if !AddressedTo.Looked(c.Rows, key) {
		return false, ErrUnloaded
	}
	a, _ := AddressedTo.Find(c.Rows, key)
	a.Key, a.Asked = key, a.Asked.now(limit, c.Now)
	if a.Asked.wait(limit) > 0 {
		return false, nil
	}
	a.Asked.Spent++
	a.ForgetAt = c.Now.Add(time.Hour) // all have come back by then
	AddressedTo.Put(c.Rows, key, a)
	return true, nil
}

// withhold leaves a mail that is not sent, for staff to see: they may send it once more.
func (c Case) withhold(n events.NotificationState, to reader) []events.Outgoing {
	n.To, n.Language, n.Status, n.Reason = to.address, to.language, events.NotificationFailed, withheldReason
	return c.writeNotification(n, events.NotificationRecorded)
}
