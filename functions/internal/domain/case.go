package domain

import (
	"time"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
)

// Case is all that a command is decided on: the rows it needs, the moment, and who asks as they are at that moment. A decision is a
// function of a case and a command: it reads the rows, writes new ones, and returns what has happened, or a refusal.
type Case struct {
	*Rows
	Now    time.Time // one reading of the clock, in microseconds as Postgres keeps it
	Asker  Account   // zero for anybody without an account
	Limits Limits
	Keys   *events.Keys // by which the mart knows what it has said itself, and reads what is of whoever the command is about
}

// Account is a member of staff or a customer as they are at this moment.
type Account struct {
	Status events.AccountStatus
	Roles  []events.Role // staff only
}

// Limits are the settings that decisions need.
type Limits struct {
	PayWithin   time.Duration // of an order being placed
	RemindAfter time.Duration // that it waits to be paid; 0: nobody is reminded
	PayGrace    time.Duration // what a payment that has begun adds at most
	Unpaid      int           // orders that one customer may leave unpaid at a time; 0: any number
	Unproven    int           // orders an hour for an address that nobody has shown to be theirs, as long as they are not paid; 0: any number
	Held        int64         // pieces of one product that the unpaid orders of one customer, or of a guest's address, hold together; 0: any number
	HeldInAll   int64         // pieces that the unpaid orders of one buyer hold together whose address nobody has shown to be theirs; 0: any number
	Declined    int           // payments of one order that may be declined; 0: any number
	LowStock    int64         // from how few on that can be sold a product is low; less than 0: none ever is
	Logins      LoginTerms

	HeldAtNetwork int64 // pieces that the unpaid orders of all at one network hold together whose address nobody has shown to be theirs; 0: any number
	// DeclinedAtNetwork is how many payments may be declined within a day of all who pay from one network, for whoever has not bought before; three times as many
	// for those who have. 0: any number.
	DeclinedAtNetwork int
	// RegistrationsAtNetwork is how many accounts all at one network make together: at once, and again over an hour; 0: any number.
	RegistrationsAtNetwork int
	UnprovenMails          int // mails about one thing to a mailbox that nobody has shown to be theirs: at once, and again over an hour; 0: any number

	CartLife      time.Duration // from the last change of a cart
	CartAbandoned time.Duration // the same, until it counts as abandoned; 0: it never does
}

// LongestUnpaid is how long an order may wait for its payment, and somewhat more: deadlines fire a little late.
func (l Limits) LongestUnpaid() time.Duration { return l.PayWithin + l.PayGrace + time.Minute }

// mayStaff tells whether whoever asks is a member of staff who may do something.
func (c Case) mayStaff(by events.Principal, p events.Permission) bool {
	return by.Type == events.Staff && c.Asker.Status == events.AccountActive && Grants(c.Asker.Roles, p)
}

// The kinds of deadline.
const (
	OrderDeadline   = "order"
	OrderReminder   = "order reminder" // at which whoever has not paid for an order is told that it waits
	PaymentDeadline = "payment"
	CartDeadline    = "cart"
)

// Deadline is a moment at which something has to happen to a subject unless something else happens before. Without a moment there is
// nothing to wait for any longer.
type Deadline struct {
	Kind    string
	Subject string
	At      time.Time
}

// Deadlines are written, never read.
var Deadlines = Table[Deadline]{"deadline"}

func (c Case) setDeadline(kind, subject string, at time.Time) {
	Deadlines.Put(c.Rows, kind+" "+subject, Deadline{kind, subject, at})
}

func (c Case) clearDeadline(kind, subject string) { c.setDeadline(kind, subject, time.Time{}) }

// ID is the one spelling of an id; what is none stays as it is, and is nothing's.
func ID(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return id.String()
	}
	return text
}
