package domain

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/onlinemart/mart/events"
)

var (
	shipmentLimits = limitsOf[events.Shipment]()
	restLimits     = limitsOf[events.RestShipment]()
)

// Shipment is what is sent as it is stored. Error: 422 with every fault.
func Shipment(s events.Shipment) (events.Shipment, error) {
	var all faults
	all.items(s.Lines, shipmentLimits["lines"].maxItems)
	s.Carrier = all.line("body.carrier", s.Carrier, shipmentLimits["carrier"])
	s.TrackingNumber = all.personalLine("body.trackingNumber", s.TrackingNumber, shipmentLimits["trackingNumber"])
	return s, all.problem()
}

// RestShipment is what is left to send as it is stored. Error: 422 with every fault.
func RestShipment(s events.RestShipment) (events.RestShipment, error) {
	var all faults
	s.Carrier = all.line("body.carrier", s.Carrier, restLimits["carrier"])
	s.TrackingNumber = all.personalLine("body.trackingNumber", s.TrackingNumber, restLimits["trackingNumber"])
	return s, all.problem()
}

// FoldTracking is a carrier's number of a parcel as it is looked for: people and labels space it as they like.
func FoldTracking(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, number)
}

// tooManySent refuses to send what is not left.
var tooManySent = events.Refuse("not_left_to_send", "There are not so many of some products left to be sent; see errors, and read the order for what was sent.")

// CheckFulfillable says why nothing of the order may be sent. Error: Problem "order_not_fulfillable".
func (o Order) CheckFulfillable(kept bool) error {
	switch {
	case OrderAwaitsMoney(o.Status):
		return events.Refuse("order_not_fulfillable", "The order is not paid. Send it once its status is paid.")
	case o.Status == events.OrderFulfilledStatus, o.Status == events.OrderDeliveredStatus:
		return events.Refuse("order_not_fulfillable", "All of the order has been sent; read its fulfilments for what went when.")
	case o.Status != events.OrderPaidStatus:
		return events.Refuse("order_not_fulfillable", "An order that is %s is not sent. Whoever still wants the goods orders them anew.", o.Status)
	case !kept:
		return events.Refuse("order_not_fulfillable", "All that was paid for the order goes back to its customer, or has gone back; cancel it instead.")
	case o.ShippingAddress.Line1.IsZero():
		return events.Refuse("order_not_fulfillable", "Nobody knows any more where the order is to be sent; cancel it instead.")
	}
	return nil
}

// Fulfil sends a part of the order, or what is left of it. kept tells whether anything that was paid is still there. Errors: 422 when a product is
// not in the order; Problems "order_not_fulfillable", "not_left_to_send".
func (o Order) Fulfil(f events.Fulfilment, lines []events.OrderItem, kept bool, by events.Principal) (Order, error) {
	if err := o.CheckFulfillable(kept); err != nil {
		return o, err
	}
	if err := o.checkLines(lines, Goods.Unsent, tooManySent); err != nil {
		return o, err
	}
	f.Lines = Demand(lines)
	o.Fulfilments = append(slices.Clip(o.Fulfilments), f)
	return o.step(events.OrderStep{At: f.At, By: by, Action: events.PartSent, PartID: f.ID}), nil
}

// UnderWay is the fulfilments that a delivery is about: the one with the id, or all that have not arrived. Errors: Problems "not_found",
// "nothing_under_way".
func (o Order) UnderWay(id string) (ids []string, err error) {
	found := false
	for _, f := range o.Fulfilments {
		if id != "" && f.ID != id {
			continue
		}
		found = true
		if f.DeliveredAt == nil {
			ids = append(ids, f.ID)
		}
	}
	switch {
	case id != "" && !found:
		return nil, events.NotFound("fulfilment", id)
	case len(ids) == 0:
		return nil, events.Refuse("nothing_under_way", "Nothing of it is under way: it was not sent yet, or it has arrived.")
	}
	return ids, nil
}

// Deliver notes that a fulfilment has arrived.
func (o Order) Deliver(id string, by events.Principal, at time.Time) Order {
	o.Fulfilments = slices.Clone(o.Fulfilments)
	for i, f := range o.Fulfilments {
		if f.ID == id {
			o.Fulfilments[i].DeliveredAt = &at
		}
	}
	return o.step(events.OrderStep{At: at, By: by, Action: events.PartDelivered, PartID: id})
}

// step moves the order on by what has become of a part of it.
func (o Order) step(s events.OrderStep) Order {
	s.Status = o.standing()
	o.Status = s.Status
	o.Version++
	o.UpdatedAt = s.At
	o.History = append(slices.Clip(o.History), s)
	return o
}
