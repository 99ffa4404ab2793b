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
}
