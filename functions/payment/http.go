package payment

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

var (
	payers    = web.Access{Shoppers: true, Guests: true}
	readers   = web.Access{Shoppers: true, Guests: true, Staff: events.OrdersRead}
	refunders = web.Access{Staff: events.PaymentsWrite}
)

// Ways are what the routes work with besides the API.
type Ways struct {
	Provider Provider       // reads its own webhooks
	Heard    *authorized    // of which payments db has told that they are authorised
	Returns  domain.Origins // of pages that a payment may name to come back to
	Trusted  []netip.Prefix // whose X-Forwarded-For is believed
}

// Routes declares what comes in by HTTP.
func Routes(api *web.API, w Ways) {
	r := routes{api: api, Ways: w}
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/payments", ID: "startPayment",
		Summary: "Pay an order, all of it, by a provider's token", Description: paying, Access: payers, RequireIdempotencyKey: true, NoCards: true,
		Also: []int{http.StatusNotFound},
	}, web.Write[startIn, events.PaymentState, Payment]{
		Command: r.start, Done: events.PaymentStarted, Status: http.StatusCreated, ShowTo: show, Version: version, Href: href,
		AwaitCompletion: true,
	})
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/payments/{id}/cancellation", ID: "cancelPayment",
		Summary: "Give up a payment that waits for its buyer", Description: givingUp, Access: payers, RequireIdempotencyKey: true,
		Also: []int{http.StatusNotFound},
	}, web.Write[cancelIn, events.PaymentState, Payment]{
		Command: cancel, Done: events.PaymentVoidRequested, Also: []events.Message[events.PaymentState]{events.PaymentUnchanged}, Status: http.StatusOK,
		ShowTo: show, Version: version, AwaitCompletion: true,
	})
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/payments/{id}/refunds", ID: "refundPayment",
		Summary: "Give money back, all that is left or part of it", Description: refunding, Access: refunders, RequireIdempotencyKey: true, NoCards: true,
	}, web.Write[refundIn, events.RefundState, Refunding]{
		Command: refund, Done: events.PaymentRefundRequested, Status: http.StatusCreated, Show: showRefund,
		Href: func(s events.RefundState) string { return href(s.Payment) },
	})
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/payments", ID: "listPayments",
		Summary:     "List payments: customers and guests their own, staff all",
		Description: "Customers see their own payments, whatever the filters say, and guests those of their order, with its token; staff see all." + web.Listing,
		Access:      readers, Sorts: []string{"-createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/payments/{id}", ID: "getPayment",
		Summary:     "Read a payment",
		Description: "Read it until status says how it ended: what each means stands at POST /payments. To whom it does not belong it is 404. `min-version` waits for a version.",
		Access:      readers,
	}, r.get)
	web.Read(api, web.Route{
		Method: http.MethodPost, Path: "/payments/webhooks/" + providerName, ID: "receiveWebhook",
		Summary: "What the provider has to tell, signed by it",
		Description: "For the payment provider alone, which signs what it sends: set this address in its settings, and the signing secret in PAYMENT_WEBHOOK_SECRET. 204: it was taken in, " +
			"or tells nothing that matters here. 400 `webhook_refused`: the signature does not fit the body, or is too old. 404: it is about a payment that the mart does not " +
			"have. Whatever else is answered, the provider sends it again; the same event is taken in once.",
		Access: web.Access{Anyone: true}, Body: webhookBody,
		MaxBody: web.MaxWebhook, Also: []int{http.StatusNotFound},
	}, r.webhook)
}

// paying tells a client what to do with each answer.
const paying = "The answer is the payment, and its status says how to go on; 201 does not mean that money has moved. captured: the order is paid. declined: show the buyer " +
	"failure.message, and let them try again with another token and a new Idempotency-Key. requires_action: send the buyer to nextAction.redirectUrl; they come back to " +
	"returnUrl, or without one to the mart's return URL (PAYMENT_RETURN_URL), to which the provider adds payment_intent, payment_intent_client_secret and redirect_status (succeeded or failed), and then " +
	"the payment read again says what became of it. started, authorized, unknown: the provider has not given its last word; wait some seconds and read the payment again, and start no other. " +
	"202: likewise, with the payment at Location's operation. 409 payment_in_progress: another payment of the order is under way, read that one; while it requires_action, POST /payments/{id}/cancellation gives it up, else wait as long as Retry-After says. 409 order_not_payable: it is paid, has ended, or its time " +
	"to be paid is over. 409 too_many_declined_payments: the order, its buyer, or all who pay from their network have had enough tries. 422 card_number: send the provider's token for the card, never the card. 422 return_url_not_allowed: returnUrl is a page " +
	"of an origin that the mart does not send buyers to (PAYMENT_RETURN_ORIGINS). Keep the payment's id, and a guest's " +
	"Order-Token, in the browser before you send the buyer away: what the provider adds to the return URL names neither."

// givingUp says when another payment may be begun.
const givingUp = "For whoever comes back from their bank undecided, or cannot go there: the way to pay with another card. 200: the payment is voided; nothing was taken, and the order may be " +
	"paid anew by POST /payments. 202: the provider has not said yet that it let the payment go; read it again until it is voided: before that, another payment is " +
	"409 payment_in_progress. If the buyer confirms it at their bank at that very moment, what is held is let go, and what is taken goes back. A payment that is given up already stays so: 200. " +
	"409 payment_not_cancellable: it does not wait for its buyer. Read it: it is about to be decided, or it is."

// refunding says what the answer means, and what a refund leaves alone.
const refunding = "201: the refund is decided, and its status is requested; no money has moved yet. Read the payment later: its refund is then refunded or failed, and one that " +
	"failed may be asked for anew. A refund does not touch the order's status; cancelling a paid order refunds it without being asked."

// Payment is a payment as its customer and the staff see it.
type Payment struct {
	web.Meta
	OrderID       string               `json:"orderId" format:"uuid" doc:"What it pays for."`
	CustomerID    string               `json:"customerId,omitempty" format:"uuid" doc:"Absent where the order was placed without an account." example:"102527d5-03f2-5370-a372-3748397623d5"`
	Amount        events.Money         `json:"amount" doc:"The order's total, with shipping and taxes."`
	PaymentMethod string               `json:"paymentMethod" doc:"The provider's token that it is paid by." example:"pm_card_visa"`
	Status        events.PaymentStatus `json:"status" enum:"started,requires_action,authorized,captured,declined,unknown,voided,partially_refunded,refunded" doc:"started, authorized: under way, read again. requires_action: the customer goes to nextAction.redirectUrl. captured: paid. declined: not paid, see failure. unknown: the provider did not answer and is asked again, so wait and read again. voided: what was authorised, or waited for its buyer, is given up, not paid. partially_refunded, refunded: money went back." example:"captured"`
	Refunded      events.Money         `json:"refunded" doc:"Given back so far."`
	Refunds       []PaymentRefund      `json:"refunds,omitempty" nullable:"false" doc:"What goes back, or has gone, each time by itself."`
	Failure       *PaymentDecline      `json:"failure,omitempty" doc:"Why it was declined."`
	NextAction    *events.NextAction   `json:"nextAction,omitempty" doc:"What the customer must do first, while status is requires_action. It is shown to whoever pays alone."`
}

// PaymentRefund is one refund of a payment.
type PaymentRefund struct {
	ID     string              `json:"id" format:"uuid" doc:"Its id."`
	Amount events.Money        `json:"amount" doc:"How much goes back."`
	Taxes  []RefundedTax       `json:"taxes" nullable:"false" doc:"What of it is tax, of each rate that the order is taxed by."`
	Reason string              `json:"reason,omitempty" doc:"Why, in somebody's own words; absent once the customer is erased."`
	Status events.RefundStatus `json:"status" enum:"requested,refunded,failed" doc:"requested until the provider has carried it out; one that failed can be asked for anew."`
}

// RefundedTax is what of a refund is tax of one rate.
type RefundedTax struct {
	Name     string       `json:"name" doc:"As an invoice has it." example:"VAT 20 %"`
	TaxClass string       `json:"taxClass" doc:"The class of what was taxed by it." example:"standard"`
	Rate     int64        `json:"rate" minimum:"0" maximum:"100000" doc:"In thousandths of a percent: 23000 is 23 %."`
	Amount   events.Money `json:"amount" doc:"How much of the refund it is."`
}

// Refunding is a refund that was decided; the payment's refunds show how it went.
type Refunding struct {
	ID        string              `json:"id" format:"uuid" doc:"The refund's id, by which the payment lists it."`
	PaymentID string              `json:"paymentId" format:"uuid" doc:"Of which payment."`
	Amount    events.Money        `json:"amount" doc:"How much goes back."`
	Reason    string              `json:"reason" doc:"Why." example:"a scratch"`
	Status    events.RefundStatus `json:"status" enum:"requested,refunded,failed" doc:"requested until the provider has carried it out." example:"requested"`
}

type startIn struct {
	web.PreferInput
	web.Origin
	Body startInBody
}

type startInBody struct {
	OrderID       web.ID `json:"orderId" format:"uuid" doc:"What is paid: all of this order's total."`
	PaymentMethod token  `json:"paymentMethod"`
	ReturnURL     string `json:"returnUrl,omitempty" format:"uri" doc:"The page of yours that the buyer comes back to after 3-D Secure, without a #: of an origin that the mart allows. Absent: the mart's return URL." example:"http://localhost:3000/paid"`
}

// TransformSchema gives the members the limits of their declaration.
func (startInBody) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.PaymentRequest](s)
}

// token is what a provider knows a way to pay by.
type token string

// Schema says of a token what a client must know.
func (token) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString,
		Description: "The provider's token; never a card number. The test gateway takes Stripe's: pm_card_visa pays, pm_card_chargeDeclined is declined, " +
			"pm_card_authenticationRequired asks for 3-D Secure at nextAction.redirectUrl.",
		Examples: []any{"pm_card_visa"},
	}
}

type cancelIn struct {
	web.PreferInput
	ID web.ID `path:"id" format:"uuid"`
}

type refundIn struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body NewRefund
}

// NewRefund is what staff say about money that goes back.
type NewRefund struct {
	Amount events.Money `json:"amount,omitzero" doc:"At least 1 of the minor unit, in the payment's currency. Absent: all that is left." example:"{\"amount\":100,\"currency\":\"EUR\"}"`
	Reason string       `json:"reason" doc:"Why: staff and the customer read it." example:"a scratch"`
}

// TransformSchema gives the members the limits of their declaration.
func (NewRefund) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.NotNull(web.LimitsOf[events.RefundRequest](s), "amount")
}

// Resolve finds what is wrong beyond the shape.
func (n NewRefund) Resolve(huma.Context) []error {
	_, reason := domain.NeededWords[events.RefundRequest]("reason", n.Reason)
	_, amount := domain.RefundWish(events.RefundRequest{Amount: n.Amount})
	return append(web.Faults(amount), web.Faults(reason)...)
}

// wish is the refund as db decides on it. Error: 422.
func (n NewRefund) wish() (events.RefundRequest, error) {
	reason, err := domain.NeededWords[events.RefundRequest]("reason", n.Reason)
	if err != nil {
		return events.RefundRequest{}, err
	}
	return domain.RefundWish(events.RefundRequest{Amount: n.Amount, Reason: reason})
}

type getIn struct {
	web.Cached
	ID web.ID `path:"id" format:"uuid"`
}

type listIn struct {
	web.Paging
	OrderID    web.ID `query:"orderId" format:"uuid" doc:"Only of this order."`
	CustomerID web.ID `query:"customerId" format:"uuid" doc:"Staff only; customers see their own."`
}

type routes struct {
	api *web.API
	Ways
}

func (r routes) start(_ context.Context, in *startIn) (events.Outgoing, error) {
	wish := events.PaymentRequest{OrderID: string(in.Body.OrderID), PaymentMethod: string(in.Body.PaymentMethod), ReturnPage: events.NewPersonal(in.Body.ReturnURL)}
	wish.Network = r.api.Place(in.Network(r.Trusted))
	return events.StartPayment.New(events.NewID(), wish), domain.CheckReturn(wish, r.Returns)
}

func cancel(_ context.Context, in *cancelIn) (events.Outgoing, error) {
	return events.CancelPayment.New(string(in.ID), events.PaymentCancellation{}), nil
}

func refund(_ context.Context, in *refundIn) (events.Outgoing, error) {
	wish, err := in.Body.wish()
	return events.RefundPayment.New(string(in.ID), wish), err
}

func (r routes) get(ctx context.Context, in *getIn) (*web.Document[Payment], error) {
	p, err := bus.Ask(ctx, r.api.Asker(), events.GetPayment, events.OwnedLookup{ID: string(in.ID), CustomerID: web.CustomerScope(ctx), MinVersion: in.MinVersion})
	if err != nil {
		return nil, err
	}
	return web.Show(in.Cached, p.Version, web.NoStore, show(ctx, p), beside(ctx, p)...), nil
}

func (r routes) list(ctx context.Context, in *listIn) (*web.List[Payment], error) {
	filter := events.PaymentFilter{Paging: in.Page(), OrderID: string(in.OrderID), CustomerID: string(in.CustomerID)}
	if own := web.CustomerScope(ctx); own != "" {
		filter.CustomerID = own
	}
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListPayments, filter)
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, func(p events.PaymentState) Payment { return show(ctx, p) }), nil
}

func show(ctx context.Context, p events.PaymentState) Payment {
	var refunds []PaymentRefund
	for _, r := range p.Refunds {
		refunds = append(refunds, PaymentRefund{
			ID: r.ID, Amount: events.Money{Amount: r.Amount, Currency: p.Amount.Currency}, Taxes: refundedTaxes(p, r), Reason: r.Reason.Plaintext(), Status: r.Status,
		})
	}
	return Payment{
		Meta: web.MetaOf(p.Meta), OrderID: p.OrderID, CustomerID: customerOf(p), Amount: p.Amount, PaymentMethod: p.PaymentMethod, Status: p.Status,
		Refunded: events.Money{Amount: p.Refunded, Currency: p.Amount.Currency}, Refunds: refunds, Failure: declined(ctx, p.Failure), NextAction: nextAction(ctx, p),
	}
}

// nextAction is where the buyer must go, for whoever pays alone: it lets whoever has the address act in their name.
func nextAction(ctx context.Context, p events.PaymentState) *events.NextAction {
	if web.CustomerScope(ctx) == "" {
		return nil
	}
	return p.NextAction
}

func refundedTaxes(p events.PaymentState, r events.PaymentRefund) []RefundedTax {
	taxes := []RefundedTax{}
	for i, t := range p.Taxes {
		if i < len(r.Taxes) { // else a release that knows no taxes has promised it
			taxes = append(taxes, RefundedTax{Name: t.Name, TaxClass: t.TaxClass, Rate: t.Rate, Amount: events.Money{Amount: r.Taxes[i], Currency: p.Amount.Currency}})
		}
	}
	return taxes
}

func showRefund(s events.RefundState) Refunding {
	return Refunding{ID: s.RefundID, PaymentID: s.Payment.ID, Amount: s.Amount, Reason: s.Reason.Plaintext(), Status: events.RefundRequestedStatus}
}

// customerOf is whose payment it is; "": a guest's, whose customer is the order itself.
func customerOf(p events.PaymentState) string {
	if p.CustomerID == p.OrderID {
		return ""
	}
	return p.CustomerID
}

// beside is what is shown of a payment that depends on who asks: an ETag is of one language, and of whoever pays or others.
func beside(ctx context.Context, p events.PaymentState) []int64 {
	if p.NextAction != nil && web.CustomerScope(ctx) == "" {
		return []int64{int64(len(languages))} // no language's
	}
	if at := web.Language(ctx, languages...); p.Failure != nil && at > 0 {
		return []int64{int64(at)}
	}
	return nil
}

func version(p events.PaymentState) int64 { return p.Version }
func href(p events.PaymentState) string   { return "/payments/" + p.ID }
