package events

import "time"

// OrderAction says what a step of an order's history is about, where it is about a part of the order.
type OrderAction string

// What may become of a part of an order.
const (
	PartSent      OrderAction = "sent"
	PartDelivered OrderAction = "delivered"
)

// Shipment is what leaves the house at once: of which products how many, and who carries them.
type Shipment struct {
	Lines          []OrderItem `json:"lines" minItems:"1" maxItems:"100" nullable:"false"`
	Carrier        string      `json:"carrier,omitempty" maxLength:"100"`
	TrackingNumber Personal    `json:"trackingNumber,omitzero" maxLength:"100"` // it leads to an address
}

// RestShipment is all of an order that was not sent yet, leaving the house at once: db knows what that is.
type RestShipment struct {
	Carrier        string   `json:"carrier,omitempty" maxLength:"100"`
	TrackingNumber Personal `json:"trackingNumber,omitzero" maxLength:"100"`
}

// Delivery says that something has arrived: one fulfilment, or without an id all that are under way.
type Delivery struct {
	FulfilmentID string `json:"fulfilmentId,omitempty" format:"uuid"`
}

// Fulfilment is a part of an order that was sent.
type Fulfilment struct {
	ID             string      `json:"id"`
	Lines          []OrderItem `json:"lines"` // each product once
	Carrier        string      `json:"carrier,omitempty"`
	TrackingNumber Personal    `json:"trackingNumber,omitzero"`
	At             time.Time   `json:"at"`
	DeliveredAt    *time.Time  `json:"deliveredAt,omitempty"`
}

// OrderParts is what has become of parts of an order.
type OrderParts struct {
	Fulfilments   []Fulfilment    `json:"fulfilments,omitempty"`
	Returns       []PartReturn    `json:"returns,omitempty"`
	Cancellations []CancelledPart `json:"cancellations,omitempty"`
}
