package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// DeclinedWithin is how long a declined payment counts against its customer.
const DeclinedWithin = 24 * time.Hour

// customerTries is how many times the limit of one order a customer has: whoever is declined at one order may try at others.
const customerTries = 3

// buyersTries is how many times the limit of a network its declined payments may be for whoever has bought before: others there, who have shown nothing, do not
// keep them from paying, and however many accounts somebody has bought with, there is an end.
const buyersTries = 3

// BoughtBefore is how long ago a customer has paid who counts as somebody who buys: whoever has just found a card that works does not.
const BoughtBefore = 24 * time.Hour

// Buyers are the customers who have paid for something BoughtBefore or earlier and have not been given all of it back. A confirmed address shows no buyer: whoever
// has a domain has as many as they like.
var Buyers = Table[bool]{"customers who have bought before"}

// Declines are the payments that were declined: of an order, and within DeclinedWithin of its customer, and of all who pay from their network.
type Declines struct{ OfOrder, OfCustomer, AtNetwork int }

// Check refuses one more try after too many: somebody may be finding out which of many stolen cards still work. buyer tells that whoever pays has
// bought before. Error: Problem "too_many_declined_payments".
func (d Declines) Check(l Limits, buyer bool) error {
	ofNetwork := l.DeclinedAtNetwork
	if buyer {
		ofNetwork *= buyersTries
	}
	switch limit := l.Declined; {
	case ofNetwork > 0 && d.AtNetwork >= ofNetwork:
		return events.Refuse("too_many_declined_payments", "Too many payments were declined within a day of those who pay from where you are. Try again tomorrow, or from elsewhere.")
	case limit == 0:
		return nil
	case d.OfOrder >= limit:
		return events.Refuse("too_many_declined_payments", "%d payments of this order were declined. It cannot be paid any more; place a new one with another way to pay.", d.OfOrder)
	case d.OfCustomer >= customerTries*limit:
		return events.Refuse("too_many_declined_payments", "%d of your payments were declined within a day. Try again tomorrow.", d.OfCustomer)
	}
	return nil
}
