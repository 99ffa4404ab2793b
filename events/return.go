package events

import "time"

// What may become of a part of an order that comes back, or is not sent any more.
const (
	ReturnRequested OrderAction = "return_requested"
	ReturnApproved  OrderAction = "return_approved"
	ReturnRefused   OrderAction = "return_refused"
	ReturnReceived  OrderAction = "return_received"
	PartCancelled   OrderAction = "cancelled"
)

// ReturnStatus is where a return is.
type ReturnStatus string

// The states of a return; a refused one claims nothing, and one that was received has been refunded.
const (
	ReturnRequestedStatus ReturnStatus = "requested"
	ReturnApprovedStatus  ReturnStatus = "approved"
	ReturnRefusedStatus   ReturnStatus = "refused"
	ReturnReceivedStatus  ReturnStatus = "received"
)

// ReturnRequest is what somebody wants to send back, and why.
type ReturnRequest struct {
	Lines  []OrderItem `json:"lines" minItems:"1" maxItems:"100" nullable:"false"`
	Reason Words       `json:"reason,omitzero" maxLength:"500"`
}

// ReturnDecision is what the mart says to a return that was asked for. The command's subject is the order.
type ReturnDecision struct {
	ReturnID string `json:"returnId"`
	Note     Words  `json:"note,omitzero" maxLength:"500"`
}

// ReceivedItem is goods that have come back.
type ReceivedItem struct {
	OrderItem
	Restock bool `json:"restock" doc:"They can be sold again, and go back to the shelf."`
}

// ReturnReception is what has come back of a return, which may be less than was to come.
type ReturnReception struct {
	ReturnID string         `json:"returnId"`
	Lines    []ReceivedItem `json:"lines" minItems:"1" maxItems:"100" nullable:"false"`
}

// PartReturn is a part of an order that comes back, or has.
type PartReturn struct {
	ID       string         `json:"id"`
	Status   ReturnStatus   `json:"status"`
	Lines    []OrderItem    `json:"lines"` // each product once
	Reason   Words          `json:"reason,omitzero"`
	Note     Words          `json:"note,omitzero"` // with the last decision
	At       time.Time      `json:"at"`
	Received []ReceivedItem `json:"received,omitempty"`
	Refund   *PartRefund    `json:"refund,omitempty"` // nothing where nothing was left to be given back
}

// PartCancellation is what of a paid order is not to be sent any more, and why.
type PartCancellation struct {
	Lines  []OrderItem `json:"lines" minItems:"1" maxItems:"100" nullable:"false"`
	Reason Words       `json:"reason,omitzero" maxLength:"500"`
}

// CancelledPart is a part of an order that is not sent any more.
type CancelledPart struct {
	ID     string      `json:"id"`
	Lines  []OrderItem `json:"lines"` // each product once
	Reason Words       `json:"reason,omitzero"`
	At     time.Time   `json:"at"`
	Refund *PartRefund `json:"refund,omitempty"` // nothing where nothing was left to be given back
}

// PartRefund is what is given back for a part of an order; the payment tells how that goes.
type PartRefund struct {
	ID     string `json:"id" doc:"The refund's id, by which the payment lists it."`
	Amount Money  `json:"amount" doc:"How much is given back."`
	Tax    Money  `json:"tax,omitzero" doc:"What of it is tax; absent where nothing is."`
	// Lines is of what it is. Of what a release before this one has given back it is not known.
	Lines []RefundedItem `json:"lines,omitempty" nullable:"false" doc:"What of it falls to which product; absent of what was given back before this was noted."`
}

// RefundedItem is what of a refund falls to one product.
type RefundedItem struct {
	ProductID string `json:"productId" format:"uuid" doc:"Which product."`
	Quantity  int64  `json:"quantity" minimum:"1" doc:"How many of it are given back." example:"1"`
	Amount    Money  `json:"amount" doc:"How much of the refund falls to them."`
}

// ReturnState is a return with the order that it is of.
type ReturnState struct {
	PartReturn
	OrderID     string            `json:"orderId"`
	OrderNumber string            `json:"orderNumber"`
	CustomerID  string            `json:"customerId"` // of a guest the order's own id
	Products    []ReturnedProduct `json:"products"`   // those of its lines, each once
}

// ReturnedProduct is what a product of a return was called when it was ordered.
type ReturnedProduct struct {
	ProductID string `json:"productId" format:"uuid" doc:"Which product."`
	SKU       string `json:"sku" doc:"The mart's own number for it, when it was ordered." example:"TEA-EG-100"`
	Name      string `json:"name" doc:"What it was called when it was ordered." example:"Earl Grey, 100 g"`
}

// ReturnFilter asks for a page of returns, of all orders. An empty field lets all pass.
type ReturnFilter struct {
	Paging
	Status          ReturnStatus `json:"status,omitempty" enum:"requested,approved,refused,received"`
	CustomerID      string       `json:"customerId,omitempty"`
	ProductID       string       `json:"productId,omitempty"` // only where it is among what is to come back
	RequestedFrom   time.Time    `json:"requestedFrom,omitzero"`
	RequestedBefore time.Time    `json:"requestedBefore,omitzero"`
}

// ListReturns is for staff: a customer finds their returns in their orders.
var ListReturns = Query[ReturnFilter, Page[ReturnState]]{Noun: "return", Verb: "list", Producers: by(Order), Needs: OrdersRead}

var returnMessages = []Declared{ListReturns}
