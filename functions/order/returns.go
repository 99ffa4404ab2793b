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

// returns declares what becomes of what comes back.
func (r routes) returns() {
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/orders/{id}/returns", ID: "requestReturn",
		Summary: "Ask to send goods back: customers theirs, staff any", Description: returning, Access: enders, RequireIdempotencyKey: true, NoCards: true,
	}, web.Write[returnIn, events.OrderState, Order]{
		Command: requestReturn, Done: events.OrderReturnRequested, Status: http.StatusCreated, Show: show, Version: version, Href: href,
	})
	for _, d := range decisions {
		web.Change(r.api, web.Route{
			Method: http.MethodPost, Path: "/orders/{id}/returns/{returnId}/" + d.path, ID: d.id,
			Summary: d.summary, Description: d.description, Access: senders, RequireIdempotencyKey: true, NoCards: true,
		}, web.Write[decideIn, events.OrderState, Order]{Command: d.decide, Done: d.done, Status: http.StatusOK, Show: show, Version: version})
	}
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/orders/{id}/returns/{returnId}/reception", ID: "receiveReturn",
		Summary: "Note what has come back, and give its money back", Description: receiving, Access: senders, RequireIdempotencyKey: true,
	}, web.Write[receiveIn, events.OrderState, Order]{
		Command: receiveReturn, Done: events.OrderReturnReceived, Status: http.StatusOK, Show: show, Version: version,
	})
}

// returning says how a return goes on.
const returning = "201: the order with its new return, the last of returns, which is requested: staff approve of it or refuse it, and receive what was approved. Its customer gets a " +
	"mail about each step. 409 not_left_to_return: more than has arrived and is not to come back already, errors name the lines."

// receiving says what comes of it.
const receiving = "200: the return is received. What can be sold again is on the shelf. Its price goes back by itself with its tax, and not what sending it had cost, as far as not all that was paid was given back before: refund says " +
	"how much, and the payment how that goes. What was to come and has not may be asked for anew. The order is returned once all of it has come back. 409 return_state: it was not approved, or was received before. " +
	"409 more_than_returned: more than was to come."

// decision is what staff may say to a return.
type decision struct {
	path, id, summary, description string
	decide                         func(context.Context, *decideIn) (events.Outgoing, error)
	done                           events.Message[events.OrderState]
}

var decisions = []decision{
	{
		"approval", "approveReturn", "Let a return come", "200: the return is approved. 409 return_state: it is not requested any more.",
		decide(events.ApproveReturn), events.OrderReturnApproved,
	},
	{
		"refusal", "refuseReturn", "Refuse a return of which nothing has come",
		"200: the return is refused, and its goods may be asked for anew; the customer reads the note. 409 return_state: it was refused or received before.",
		decide(events.RefuseReturn), events.OrderReturnRefused,
	},
}

// Return is a part of an order that comes back, or has.
type Return struct {
	ID       string              `json:"id" format:"uuid" doc:"Its id: by it staff decide on it."`
	Status   events.ReturnStatus `json:"status" enum:"requested,approved,refused,received" doc:"requested: staff are to decide; approved: it may come; refused; received: it has come, or some of it." example:"requested"`
	Lines    []OrderItem         `json:"lines" nullable:"false" doc:"What is to come back."`
	Reason   string              `json:"reason,omitempty" doc:"Why, in somebody's own words; absent once the customer is erased." example:"too large"`
	Note     string              `json:"note,omitempty" doc:"What staff say to it; absent once the customer is erased."`
	At       time.Time           `json:"at" doc:"When it was asked for."`
	Received []ReceivedItem      `json:"received,omitempty" nullable:"false" doc:"What has come back."`
	Refund   *events.PartRefund  `json:"refund,omitempty" doc:"What is given back for it; the payment's refund of that id tells how it goes."`
}

// ReceivedItem is goods that have come back.
type ReceivedItem struct {
	ProductID web.ID `json:"productId" format:"uuid" doc:"Which product."`
	Quantity  int64  `json:"quantity" doc:"How many of it have come." example:"1"`
	Restock   bool   `json:"restock" doc:"They can be sold again, and go back to the shelf." example:"true"`
}

// TransformSchema gives the members the limits of their declaration.
func (ReceivedItem) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ReceivedItem](s)
}

type returnIn struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body NewReturn
}

// NewReturn is what is to come back, and why.
type NewReturn struct {
	Lines  []OrderItem `json:"lines" nullable:"false" doc:"What is to come back, of what has arrived."`
	Reason string      `json:"reason,omitempty" doc:"Why, in your own words." example:"too large"`
}

// TransformSchema gives the members the limits of their declaration.
func (NewReturn) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ReturnRequest](s)
}

// Resolve finds what is wrong beyond the shape.
func (n NewReturn) Resolve(huma.Context) []error {
	_, err := n.request()
	return web.Faults(err)
}

func (n NewReturn) request() (events.ReturnRequest, error) {
	return domain.ReturnRequest(events.ReturnRequest{Lines: items(n.Lines), Reason: events.Said(n.Reason)})
}

type decideIn struct {
	web.PreferInput
	ID       web.ID `path:"id" format:"uuid"`
	ReturnID web.ID `path:"returnId" format:"uuid"`
	Body     returnNote
}

type returnNote struct {
	Note string `json:"note,omitempty" doc:"For the customer." example:"Please put the slip into the parcel."`
}

// TransformSchema gives the members the limits of their declaration.
func (returnNote) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ReturnDecision](s)
}

// Resolve finds what is wrong beyond the shape.
func (n returnNote) Resolve(huma.Context) []error {
	_, err := domain.Words[events.ReturnDecision]("note", n.Note)
	return web.Faults(err)
}

type receiveIn struct {
	web.PreferInput
	ID       web.ID `path:"id" format:"uuid"`
	ReturnID web.ID `path:"returnId" format:"uuid"`
	Body     Reception
}

// Reception is what has come back of a return.
type Reception struct {
	Lines []ReceivedItem `json:"lines" nullable:"false" doc:"What has come back, of what the return lists."`
}

// TransformSchema gives the members the limits of their declaration.
func (Reception) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ReturnReception](s)
}

func requestReturn(_ context.Context, in *returnIn) (events.Outgoing, error) {
	r, err := in.Body.request()
	return events.RequestReturn.New(string(in.ID), r), err
}

func decide(command events.Message[events.ReturnDecision]) func(context.Context, *decideIn) (events.Outgoing, error) {
	return func(_ context.Context, in *decideIn) (events.Outgoing, error) {
		note, err := domain.Words[events.ReturnDecision]("note", in.Body.Note)
		return command.New(string(in.ID), events.ReturnDecision{ReturnID: string(in.ReturnID), Note: note}), err
	}
}

func receiveReturn(_ context.Context, in *receiveIn) (events.Outgoing, error) {
	r := events.ReturnReception{ReturnID: string(in.ReturnID)}
	for _, l := range in.Body.Lines {
		r.Lines = append(r.Lines, events.ReceivedItem{OrderItem: events.OrderItem{ProductID: string(l.ProductID), Quantity: l.Quantity}, Restock: l.Restock})
	}
	r, err := domain.ReturnReception(r)
	return events.ReceiveReturn.New(string(in.ID), r), err
}

func showReturns(all []events.PartReturn) (shown []Return) {
	for _, r := range all {
		shown = append(shown, showReturn(r))
	}
	return shown
}

func showReturn(r events.PartReturn) Return {
	shown := Return{
		ID: r.ID, Status: r.Status, Lines: showItems(r.Lines), Reason: r.Reason.Plaintext(), Note: r.Note.Plaintext(), At: r.At, Refund: r.Refund,
	}
	for _, l := range r.Received {
		shown.Received = append(shown.Received, ReceivedItem{ProductID: web.ID(l.ProductID), Quantity: l.Quantity, Restock: l.Restock})
	}
	return shown
}

// CancelledPart is a part of an order that is not sent any more.
type CancelledPart struct {
	ID     string             `json:"id" format:"uuid" doc:"Its id."`
	Lines  []OrderItem        `json:"lines" nullable:"false" doc:"What is not sent any more."`
	Reason string             `json:"reason,omitempty" doc:"Why, in somebody's own words; absent once the customer is erased." example:"ordered twice"`
	At     time.Time          `json:"at" doc:"When it was cancelled."`
	Refund *events.PartRefund `json:"refund,omitempty" doc:"What is given back for it; the payment's refund of that id tells how it goes."`
}

func showCancellations(all []events.CancelledPart) (shown []CancelledPart) {
	for _, p := range all {
		shown = append(shown, CancelledPart{ID: p.ID, Lines: showItems(p.Lines), Reason: p.Reason.Plaintext(), At: p.At, Refund: p.Refund})
	}
	return shown
}
