package domain

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// FulfilOrder sends a part of a paid order, or what is left of it: what it sends and the order has not taken off the shelf yet, it takes.
// Errors: 422 when a product is not in the order; Problems not_found, order_not_fulfillable, not_left_to_send.
func FulfilOrder(c Case, m events.Received[events.Shipment]) ([]events.Outgoing, error) {
	return c.fulfil(m.Envelope, func(Order) events.Shipment { return m.Data })
}

// FulfilRest sends all of a paid order that was not sent yet. Errors: Problems not_found, order_not_fulfillable.
func FulfilRest(c Case, m events.Received[events.RestShipment]) ([]events.Outgoing, error) {
	return c.fulfil(m.Envelope, func(o Order) events.Shipment {
		return events.Shipment{Lines: o.Unsent(), Carrier: m.Data.Carrier, TrackingNumber: m.Data.TrackingNumber}
	})
}

// fulfil sends what is to be sent of the order that a command is about.
func (c Case) fulfil(m events.Envelope, what func(Order) events.Shipment) ([]events.Outgoing, error) {
	o, found := Orders.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("order", m.Subject)
	}
	s, unsent := what(o.Order), o.Goods()
	f := events.Fulfilment{ID: events.DeriveID("fulfilment", o.ID, m.Source, m.ID), Carrier: s.Carrier, TrackingNumber: s.TrackingNumber, At: c.Now}
	_, kept := c.openPayment(o.ID)
	var err error
	if o.Order, err = o.Fulfil(f, s.Lines, kept, m.By); err != nil {
		return nil, err
	}
	c.setOrder(o)
	reservations, _ := Reservations.Get(c.Rows, o.ID)
	_, err = c.moveStock(CommitSent(reservations, unsent, Demand(s.Lines)), cause{orderID: o.ID, partID: f.ID, by: m.By})
	return events.Send(events.OrderFulfilled.New(o.ID, events.OrderState(o.Order))), err
}

// DeliverOrder notes that a fulfilment has arrived, or all that are under way: each is told by itself. Errors: Problems not_found,
// nothing_under_way.
func DeliverOrder(c Case, m events.Received[events.Delivery]) (results []events.Outgoing, err error) {
	o, found := Orders.Get(c.Rows, ID(m.Subject))
	if !found {
		return nil, events.NotFound("order", m.Subject)
	}
	arrived, err := o.UnderWay(ID(m.Data.FulfilmentID))
	for _, id := range arrived {
		o.Order = o.Deliver(id, m.By, c.Now)
		c.setOrder(o)
		results = append(results, events.OrderDelivered.New(o.ID, events.OrderState(o.Order)))
	}
	slices.Reverse(results) // whoever asks is answered with the first: all has arrived
	return results, err
}
