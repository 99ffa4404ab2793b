package domain

import (
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// Order is an order with the rules that move it.
type Order events.OrderState

// orderMoves says which state of an order may follow which. The one way back is a capture that the provider refuses after
// it had authorised: the order is as it was before it was paid.
var orderMoves = map[events.OrderStatus][]events.OrderStatus{
	events.OrderPlacedStatus:     {events.OrderAuthorizedStatus, events.OrderPaidStatus, events.OrderExpiredStatus, events.OrderCancelledStatus},
	events.OrderAuthorizedStatus: {events.OrderPaidStatus, events.OrderPlacedStatus},
	events.OrderPaidStatus: { // by what is sent, or by what is not to be sent any more
		events.OrderFulfilledStatus, events.OrderCancelledStatus, events.OrderDeliveredStatus, events.OrderReturnedStatus,
	},
	events.OrderFulfilledStatus: {events.OrderDeliveredStatus},
	events.OrderDeliveredStatus: {events.OrderReturnedStatus},
}

// OrderMayBecome tells whether an order may go from one state to the other.
func OrderMayBecome(from, to events.OrderStatus) bool { return slices.Contains(orderMoves[from], to) }

// OrderAwaitsMoney tells whether money that comes in now makes the order paid; otherwise it goes back.
func OrderAwaitsMoney(s events.OrderStatus) bool { return OrderMayBecome(s, events.OrderPaidStatus) }

// OrderTakesStock tells whether an order's goods leave the shelf for good. One that was cancelled since has given them back already,
// and a late wish to take them does nothing.
func OrderTakesStock(s events.OrderStatus) bool {
	switch s {
	case events.OrderPlacedStatus, events.OrderAuthorizedStatus, events.OrderExpiredStatus:
		return false
	default:
		return true
	}
}

// OrderGivesStockBack tells whether an order's goods belong on the shelf again, all of them. What is returned comes back part by part.
func OrderGivesStockBack(s events.OrderStatus) bool {
	return s == events.OrderCancelledStatus || s == events.OrderExpiredStatus
}

// OrderConfirmed tells whether it is still true that an order was paid: its customer has it confirmed, however late and whatever has come
// back of it since.
func OrderConfirmed(s events.OrderStatus) bool {
	switch s {
	case events.OrderPaidStatus, events.OrderFulfilledStatus, events.OrderDeliveredStatus, events.OrderReturnedStatus:
		return true
	default:
		return false
	}
}

// orderEnds are the states from which an order is not sent any more. What comes back of one comes by itself.
var orderEnds = []events.OrderStatus{
	events.OrderCancelledStatus, events.OrderExpiredStatus, events.OrderDeliveredStatus, events.OrderReturnedStatus,
}

// OrderEnds are the states in which the shop need not know any more where an order goes.
func OrderEnds() []events.OrderStatus { return slices.Clone(orderEnds) }

// Emptied tells whether the order has lost whom it was for: they were erased, and it had come to its end.
func (o Order) Emptied() bool {
	return o.Email.IsZero() && o.CustomerName.IsZero() && o.ShippingAddress.Name.IsZero() && o.ShippingAddress.Line1.IsZero()
}

// kept is what of somebody's words about the order is kept: nothing more is said of a customer who is forgotten.
func (o Order) kept(said events.Words) events.Words {
	if o.Emptied() {
		return events.Words{}
	}
	return said
}

// become moves the order on. Error: Problem "order_state".
func (o Order) become(to events.OrderStatus, by events.Principal, note events.Words, at time.Time) (Order, error) {
	if !OrderMayBecome(o.Status, to) {
		return o, events.Refuse("order_state", "An order that is %s cannot become %s.", o.Status, to)
	}
	o.Status = to
	o.Version++
	o.UpdatedAt = at
	o.History = append(slices.Clip(o.History), events.OrderStep{Status: to, At: at, By: by, Note: note})
	return o, nil
}

// Authorize marks the order's money as held.
func (o Order) Authorize(by events.Principal, at time.Time) (Order, error) {
	return o.become(events.OrderAuthorizedStatus, by, events.Words{}, at)
}

// Pay marks the order as paid.
func (o Order) Pay(by events.Principal, at time.Time) (Order, error) {
	return o.become(events.OrderPaidStatus, by, events.Words{}, at)
}

// Reopen takes back an authorisation that could not be captured: the customer may try again.
func (o Order) Reopen(by events.Principal, note events.Words, at time.Time) (Order, error) {
	return o.become(events.OrderPlacedStatus, by, note, at)
}

// Cancel ends the order on somebody's wish: its owner's until it is paid, the staff's until it is sent.
// Errors: Problem "payment_in_progress", Problem "order_not_cancellable".
func (o Order) Cancel(by events.Principal, reason events.Words, at time.Time) (Order, error) {
	owner := isBuyer(by)
	switch {
	case o.Status == events.OrderAuthorizedStatus:
		return o, events.Refuse("payment_in_progress", "The order is being paid at this moment; try again in a minute.").After(PaidWithin)
	case o.Status == events.OrderPaidStatus && len(o.Fulfilments) > 0:
		return o, events.Refuse("order_not_cancellable", "A part of the order has been sent already; name the lines that are to be cancelled of the rest.")
	case owner && o.Status == events.OrderPaidStatus:
		return o, events.Refuse("order_not_cancellable", "The order is paid; ask the mart's staff to cancel it.")
	case !OrderMayBecome(o.Status, events.OrderCancelledStatus):
		return o, events.Refuse("order_not_cancellable", "An order that is %s cannot be cancelled.", o.Status)
	}
	return o.become(events.OrderCancelledStatus, by, reason, at)
}

// Expire ends an order that nobody paid. The caller has checked that it is due and that no money is on its way.
func (o Order) Expire(by events.Principal, at time.Time) (Order, error) {
	return o.become(events.OrderExpiredStatus, by, events.Own(notPaidInTime), at)
}

// CheckPayable says why no payment may start now. Error: Problem "order_not_payable".
func (o Order) CheckPayable(now time.Time) error {
	switch {
	case o.Status == events.OrderAuthorizedStatus:
		return PaymentInProgress
	case o.Status != events.OrderPlacedStatus:
		return events.Refuse("order_not_payable", "An order that is %s cannot be paid.", o.Status)
	case !now.Before(o.PayBy):
		return events.Refuse("order_not_payable", "The time to pay this order has passed; place a new one.")
	}
	return nil
}
