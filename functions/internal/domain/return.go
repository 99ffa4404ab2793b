package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

var (
	returnLimits    = limitsOf[events.ReturnRequest]()
	receptionLimits = limitsOf[events.ReturnReception]()
)

// ReturnRequest is what is to come back as it is stored. Error: 422 with every fault.
func ReturnRequest(r events.ReturnRequest) (events.ReturnRequest, error) {
	var all faults
	all.items(r.Lines, returnLimits["lines"].maxItems)
	r.Reason = all.words("body.reason", r.Reason, returnLimits["reason"])
	return r, all.problem()
}

// ReturnReception is what has come back as it is stored. Error: 422 with every fault.
func ReturnReception(r events.ReturnReception) (events.ReturnReception, error) {
	var all faults
	all.items(received(r.Lines), receptionLimits["lines"].maxItems)
	return r, all.problem()
}

var (
	tooManyReturned = events.Refuse("not_left_to_return", "There are not so many of some products that have arrived and are not to come back already; see errors.")
	tooManyReceived = events.Refuse("more_than_returned", "There are more of some products than were to come back; see errors.")
)

// RequestReturn asks for a part of what has arrived to be sent back. Errors: 422 when a product is not in the order; Problem "not_left_to_return".
func (o Order) RequestReturn(r events.PartReturn, lines []events.OrderItem, by events.Principal) (Order, error) {
	if err := o.checkLines(lines, Goods.Returnable, tooManyReturned); err != nil {
		return o, err
	}
	r.Lines, r.Status = Demand(lines), events.ReturnRequestedStatus
	o.Returns = append(slices.Clip(o.Returns), r)
	return o.step(events.OrderStep{At: r.At, By: by, Action: events.ReturnRequested, PartID: r.ID, Note: r.Reason}), nil
}

// returnMoves says from where a return may come to a state. One that was approved and never comes can be refused.
var returnMoves = map[events.ReturnStatus][]events.ReturnStatus{
	events.ReturnApprovedStatus: {events.ReturnRequestedStatus},
	events.ReturnRefusedStatus:  {events.ReturnRequestedStatus, events.ReturnApprovedStatus},
	events.ReturnReceivedStatus: {events.ReturnApprovedStatus},
}

// OpenReturns are the states of a return in which it is still to come, or to be decided upon.
func OpenReturns() []events.ReturnStatus {
	return slices.Clone(returnMoves[events.ReturnRefusedStatus])
}

// returnAt finds a return that may come to a state. Errors: Problems "not_found", "return_state".
func (o Order) returnAt(id string, to events.ReturnStatus) (int, error) {
	i := slices.IndexFunc(o.Returns, func(r events.PartReturn) bool { return r.ID == id })
	switch {
	case i < 0:
		return i, events.NotFound("return", id)
	case !slices.Contains(returnMoves[to], o.Returns[i].Status):
		return i, events.Refuse("return_state", "A return that is %s cannot become %s.", o.Returns[i].Status, to)
	}
	return i, nil
}

// DecideReturn approves of a return or refuses it. Errors: Problems "not_found", "return_state".
func (o Order) DecideReturn(d events.ReturnDecision, to events.ReturnStatus, step events.OrderStep) (Order, error) {
	i, err := o.returnAt(d.ReturnID, to)
	if err != nil {
		return o, err
	}
	o.Returns = slices.Clone(o.Returns)
	o.Returns[i].Status, o.Returns[i].Note = to, d.Note
	step.PartID, step.Note = d.ReturnID, d.Note
	return o.step(step), nil
}

// ReceiveReturn takes in what has come back of a return, and what is given back for it. Errors: Problems "not_found", "return_state",
// "more_than_returned"; 422 when a product is not in the order.
func (o Order) ReceiveReturn(d events.ReturnReception, refund *events.PartRefund, step events.OrderStep) (Order, error) {
	i, err := o.returnAt(d.ReturnID, events.ReturnReceivedStatus)
	if err != nil {
		return o, err
	}
	expected := map[string]int64{}
	for _, l := range o.Returns[i].Lines {
		expected[l.ProductID] = l.Quantity
	}
	if err := o.checkLines(received(d.Lines), func(g Goods) int64 { return expected[g.ProductID] }, tooManyReceived); err != nil {
		return o, err
	}
	o.Returns = slices.Clone(o.Returns)
	o.Returns[i].Status, o.Returns[i].Received, o.Returns[i].Refund = events.ReturnReceivedStatus, d.Lines, refund
	step.PartID = d.ReturnID
	return o.step(step), nil
}

var (
	cancellationLimits = limitsOf[events.PartCancellation]()
	tooManyCancelled   = events.Refuse("not_left_to_cancel", "There are not so many of some products left that were not sent; see errors.")
)

// PartCancellation is what is not to be sent any more as it is stored. Error: 422 with every fault.
func PartCancellation(p events.PartCancellation) (events.PartCancellation, error) {
	var all faults
	all.items(p.Lines, cancellationLimits["lines"].maxItems)
	p.Reason = all.words("body.reason", p.Reason, cancellationLimits["reason"])
	return p, all.problem()
}

// CheckCancelled says why lines of the order cannot be cancelled, and tells whether they are all of it. Errors: 422 when a product is not in the
// order; Problems "order_not_cancellable", "not_left_to_cancel".
func (o Order) CheckCancelled(lines []events.OrderItem, by events.Principal) (all bool, err error) {
	switch {
	case OrderAwaitsMoney(o.Status):
		return false, events.Refuse("order_not_cancellable", "An order that is not paid is cancelled as a whole: leave the lines out.")
	case o.Status != events.OrderPaidStatus:
		return false, events.Refuse("order_not_cancellable", "Nothing of an order that is %s can be cancelled.", o.Status)
	case isBuyer(by):
		return false, events.Refuse("order_not_cancellable", "The order is paid; ask the mart's staff to cancel a part of it.")
	}
	if err := o.checkLines(lines, Goods.Unsent, tooManyCancelled); err != nil {
		return false, err
	}
	left := int64(0)
	for _, g := range o.Goods() {
		left += g.Unsent()
	}
	for _, l := range lines {
		left -= l.Quantity
	}
	return left == 0 && len(o.Fulfilments) == 0, nil
}

// CancelPart ends a part of the order, which CheckCancelled has let through.
func (o Order) CancelPart(p events.CancelledPart, lines []events.OrderItem, by events.Principal) Order {
	p.Lines = Demand(lines)
	o.Cancellations = append(slices.Clip(o.Cancellations), p)
	return o.step(events.OrderStep{At: p.At, By: by, Action: events.PartCancelled, PartID: p.ID, Note: p.Reason})
}
