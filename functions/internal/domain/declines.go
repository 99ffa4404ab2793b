package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// DeclinedWithin is how long a declined payment counts against its customer.
const DeclinedWithin = 24 * time.Hour

// customerTries is how many times the limit of one order a customer has: whoever is declined at one order may try at others.
const customerTries = 3

// Declines are the payments that were declined: of an order, and of its customer within DeclinedWithin.
type Declines struct{ OfOrder, OfCustomer int }

// Check refuses one more try after too many: somebody may be finding out which of many stolen cards still work. Error: Problem
// "too_many_declined_payments".
func (d Declines) Check(limit int) error {
	switch {
	case limit == 0:
		return nil
	case d.OfOrder >= limit:
		return events.Refuse("too_many_declined_payments", "%d payments of this order were declined. It cannot be paid any more; place a new one with another way to pay.", d.OfOrder)
	case d.OfCustomer >= customerTries*limit:
		return events.Refuse("too_many_declined_payments", "%d of your payments were declined within a day. Try again tomorrow.", d.OfCustomer)
	}
	return nil
}
