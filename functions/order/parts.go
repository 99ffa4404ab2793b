package order

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// parts declares what becomes of parts of an order.
func (r routes) parts() {
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/orders/{id}/fulfilments", ID: "fulfilOrder",
		Summary: "Send a paid order, all that is left of it or a part", Description: fulfilling, Access: senders, RequireIdempotencyKey: true,
	}, web.Write[fulfilIn, events.OrderState, Order]{
		Command: fulfil, Done: events.OrderFulfilled, Status: http.StatusCreated, Show: show, Version: version, Href: href,
	})
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/orders/{id}/delivery", ID: "deliverOrder",
		Summary: "Note that what was sent has arrived", Description: delivering, Access: senders, RequireIdempotencyKey: true,
	}, web.Write[deliverIn, events.OrderState, Order]{
		Command: deliver, Done: events.OrderDelivered, Status: http.StatusOK, Show: show, Version: version,
	})
}

// fulfilling says what sending does to an order, its goods and its customer.
const fulfilling = "201: the order with its new fulfilment, the last of fulfilments. Without lines all is sent that is left. The order is fulfilled once all of it was sent, and until then it stays paid; it cannot be " +
	"cancelled as a whole any more. Its customer gets a mail about each. Goods that the order has not taken off the shelf yet leave it. 409 not_left_to_send: more than is left, " +
	"errors name the lines. 409 order_not_fulfillable: the order is not paid, was sent or has ended, or its money goes back."

// delivering says what it means for the order.
const delivering = "200: the order is delivered once all of it was sent and has arrived. Without fulfilmentId all has arrived that is under way. Its customer gets a mail about each " +
	"fulfilment. 409 nothing_under_way: there is nothing, or it had arrived before."

// OrderLine is one line of an order, with the product as it was when the order was placed, and what has become of it.
type OrderLine struct {
	events.OrderLine
	Cancelled int64 `json:"cancelled" minimum:"0" doc:"How many are not sent any more because a part was cancelled; of an order that is cancelled as a whole its status says so. Of two lines of one product the last is cancelled first." example:"0"`
	Shipped   int64 `json:"shipped" minimum:"0" doc:"How many were sent. Of two lines of one product the first is sent first." example:"0"`
	Delivered int64 `json:"delivered" minimum:"0" doc:"How many have arrived." example:"0"`
	Returned  int64 `json:"returned" minimum:"0" doc:"How many have come back." example:"0"`

	Refunded *LineRefund `json:"refunded,omitempty" doc:"What is given back of it, for what is not sent any more and what has come back; absent where that is nothing, and of orders of which a part was given back before this was noted. What staff give back besides, and all that goes back when an order is cancelled as a whole, is in the payment alone."`
}

// LineRefund is what is given back of a line.
type LineRefund struct {
	Quantity int64        `json:"quantity" minimum:"0" doc:"For how many of it." example:"1"`
	Amount   events.Money `json:"amount" doc:"How much, with the tax that was added to it."`
}

// Fulfilment is what was sent at once.
type Fulfilment struct {
	ID             string      `json:"id" format:"uuid" doc:"Its id: by it its arrival is noted."`
	Lines          []OrderItem `json:"lines" nullable:"false" doc:"What was in it."`
	Carrier        string      `json:"carrier,omitempty" doc:"Who carries it." example:"Post"`
	TrackingNumber string      `json:"trackingNumber,omitempty" doc:"By which the carrier finds it." example:"JJD000390007882823455"`
	At             time.Time   `json:"at" doc:"When it was sent."`
	DeliveredAt    *time.Time  `json:"deliveredAt,omitempty" doc:"Absent while it is under way."`
}

type fulfilIn struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body NewFulfilment
}

// NewFulfilment is what is sent at once.
type NewFulfilment struct {
	Lines          []OrderItem `json:"lines,omitempty" nullable:"false" doc:"What is sent, of what is left to send; absent: all that is left."`
	Carrier        string      `json:"carrier,omitempty" doc:"Who carries it." example:"Post"`
	TrackingNumber string      `json:"trackingNumber,omitempty" doc:"By which the carrier finds it." example:"JJD000390007882823455"`
}

// TransformSchema gives the members the limits of their declaration.
func (NewFulfilment) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.NotNull(web.LimitsOf[events.Shipment](s), "lines")
}

// Resolve finds what is wrong beyond the shape.
func (n NewFulfilment) Resolve(huma.Context) []error {
	_, err := n.command("")
	return web.Faults(err)
}

// command sends a part of an order, or all that is left of it.
func (n NewFulfilment) command(order string) (events.Outgoing, error) {
	tracking := events.NewPersonal(n.TrackingNumber)
	if n.Lines == nil {
		rest, err := domain.RestShipment(events.RestShipment{Carrier: n.Carrier, TrackingNumber: tracking})
		return events.FulfilRest.New(order, rest), err
	}
	part, err := domain.Shipment(events.Shipment{Lines: items(n.Lines), Carrier: n.Carrier, TrackingNumber: tracking})
	return events.FulfilOrder.New(order, part), err
}

type deliverIn struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body delivery
}

type delivery struct {
	FulfilmentID web.ID `json:"fulfilmentId,omitempty" format:"uuid" doc:"Absent: all that are under way."`
}

// TransformSchema has null say nothing of which has arrived.
func (delivery) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.NotNull(s, "fulfilmentId")
}

func fulfil(_ context.Context, in *fulfilIn) (events.Outgoing, error) {
	return in.Body.command(string(in.ID))
}

func deliver(_ context.Context, in *deliverIn) (events.Outgoing, error) {
	return events.DeliverOrder.New(string(in.ID), events.Delivery{FulfilmentID: string(in.Body.FulfilmentID)}), nil
}

func items(lines []OrderItem) []events.OrderItem {
	all := make([]events.OrderItem, len(lines))
	for i, line := range lines {
		all[i] = events.OrderItem{ProductID: string(line.ProductID), Quantity: line.Quantity}
	}
	return all
}

func showItems(lines []events.OrderItem) []OrderItem {
	all := make([]OrderItem, len(lines))
	for i, line := range lines {
		all[i] = OrderItem{ProductID: web.ID(line.ProductID), Quantity: line.Quantity}
	}
	return all
}

func showLines(o events.OrderState) []OrderLine {
	goods, back := domain.Order(o).LineGoods(), domain.Order(o).LineRefunds()
	lines := make([]OrderLine, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = OrderLine{OrderLine: l, Cancelled: goods[i].Cancelled, Shipped: goods[i].Sent, Delivered: goods[i].Delivered, Returned: goods[i].Returned}
		if b := back[i]; b.Quantity > 0 {
			lines[i].Refunded = &LineRefund{b.Quantity, events.Money{Amount: b.Amount, Currency: o.Total.Currency}}
		}
	}
	return lines
}

func showFulfilments(all []events.Fulfilment) (shown []Fulfilment) {
	for _, f := range all {
		shown = append(shown, Fulfilment{
			ID: f.ID, Lines: showItems(f.Lines), Carrier: f.Carrier, TrackingNumber: f.TrackingNumber.Plaintext(), At: f.At, DeliveredAt: f.DeliveredAt,
		})
	}
	return shown
}
