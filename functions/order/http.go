package order

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/order/internal/shipping"
	"github.com/onlinemart/mart/functions/order/internal/tax"
)

var (
	customers = web.Access{Shoppers: true}
	listers   = web.Access{Shoppers: true, Staff: events.OrdersRead}
	readers   = web.Access{Shoppers: true, Guests: true, Staff: events.OrdersRead}
	enders    = web.Access{Shoppers: true, Guests: true, Staff: events.OrdersWrite}
	senders   = web.Access{Staff: events.OrdersWrite}
)

// Routes declares what comes in by HTTP, where no proxy is believed.
func Routes(api *web.API) { routesBehind(api, nil) }

// routesBehind is Routes where proxies are believed that say where requests come from.
func routesBehind(api *web.API, trusted []netip.Prefix) {
	quoteRoutes(api)
	r := routes{api: api, trusted: trusted}
	r.placing()
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/orders/{id}/cancellation", ID: "cancelOrder",
		Summary: "Cancel an order: customers until it is paid, staff afterwards, too, and a part of it", Description: cancelling, Access: enders,
		RequireIdempotencyKey: true, NoCards: true,
	}, web.Write[cancelIn, events.OrderState, Order]{
		Command: cancel, Done: events.OrderCancelled, Also: []events.Message[events.OrderState]{events.OrderPartCancelled}, Status: http.StatusOK, Show: show, Version: version,
	})
	r.carts()
	r.parts()
	r.returns()
	r.returnList()
	r.guests()
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/orders", ID: "listOrders",
		Summary:     "List orders: customers their own, staff all",
		Description: "Customers see their own orders, whatever the filters say; staff see all. A guest reads their one order by its id, with its token." + web.Listing,
		Access:      listers, Sorts: []string{"-createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/orders/{id}", ID: "getOrder",
		Summary: "Read an order with its history, by its id or its number",
		Description: "With its lines and what has become of each, its fulfilments, returns and cancellations, and its history step by step. To whom it does not belong it is 404; where an access token is sent, the Order-Token opens nothing. Customers " +
			"and guests are told that staff did something, not who. `If-None-Match` makes asking again cheap (304), and `min-version` waits for a version.",
		Access: readers,
	}, r.get)
	noteRoutes(api)
	shipping.Routes(api)
	tax.Routes(api)
}

// cancelling says what becomes of the goods and the money.
const cancelling = "200: the order is cancelled and its goods are on sale again. What was paid goes back by itself, all that was not refunded before, shipping, too; no refund has to be asked for. " +
	"Read the payment to see what became of it. With lines, which only staff send and only of an order that is paid, so much of it is not sent any more: its price goes back with its tax, its goods " +
	"are on sale again, and the order goes on with the rest, or is cancelled when nothing is left and nothing was sent. 409 not_left_to_cancel: more than was not sent, errors name the lines. 409 payment_in_progress: try again in a minute. 409 order_not_cancellable: the order has ended, or it is paid and a customer asks, or some of it has been sent and no lines are named."

// Order is an order as its customer and the staff see it.
type Order struct {
	web.Meta
	Number          string               `json:"number" doc:"For people, and never given twice. Some numbers are not given at all." example:"M-000123"`
	CustomerID      string               `json:"customerId,omitempty" format:"uuid" doc:"Absent where it was placed without an account." example:"102527d5-03f2-5370-a372-3748397623d5"`
	Guest           *Guest               `json:"guest,omitempty" doc:"Who has placed it without an account. Until it is paid, whoever shows its token is told the e-mail address alone."`
	Status          events.OrderStatus   `json:"status" enum:"placed,authorized,paid,fulfilled,delivered,returned,expired,cancelled" doc:"placed: to be paid; authorized: its payment is under way; paid: some of it is still to be sent; fulfilled: all of it was sent; delivered: all of it has arrived; returned: all of it has come back; expired: not paid in time; cancelled." example:"placed"`
	Lines           []OrderLine          `json:"lines" nullable:"false" doc:"What was ordered, with the products as they were then."`
	Goods           events.Money         `json:"goods" doc:"The sum of the lines."`
	Charges         []events.OrderCharge `json:"charges" nullable:"false" doc:"What it costs besides its goods: their sending."`
	Taxes           []events.TaxAmount   `json:"taxes" nullable:"false" doc:"Of each rate; what is included is in the goods and charges already."`
	Total           events.Money         `json:"total" doc:"The goods, the charges, and the taxes that are added, as they were when the order was placed. This is what is paid."`
	PayBy           time.Time            `json:"payBy" doc:"Until when a payment may begin; then the goods are anybody's again." example:"2026-03-03T09:56:00Z"`
	ShippingAddress ShippingAddress      `json:"shippingAddress" doc:"Where it goes, or went."`
	Fulfilments     []Fulfilment         `json:"fulfilments,omitempty" nullable:"false" doc:"What was sent, at once each."`
	Returns         []Return             `json:"returns,omitempty" nullable:"false" doc:"What is to come back, or has."`
	Cancellations   []CancelledPart      `json:"cancellations,omitempty" nullable:"false" doc:"What is not sent any more."`
	History         []OrderStep          `json:"history" nullable:"false" doc:"What became of it, when, and by whom."`
	Token           string               `json:"token,omitempty" doc:"What opens a guest's order, sent as Order-Token: only in the answer to the request that places it."`
}

// ShippingAddress is where an order goes, or went. Once it has come to its end and its customer is erased, country and region are left; whoever shows a guest's token
// sees no more of it either, until the order is paid.
type ShippingAddress struct {
	Name       string `json:"name,omitempty" doc:"Who receives it; absent, as the rest of what is personal, once the customer is erased, and to whoever shows a guest's token until the order is paid." example:"Ada Lovelace"`
	Line1      string `json:"line1,omitempty" doc:"Street and number." example:"1 Main Street"`
	Line2      string `json:"line2,omitempty" doc:"What else it takes to be found."`
	City       string `json:"city,omitempty" doc:"Town or city." example:"London"`
	PostalCode string `json:"postalCode,omitempty" doc:"As the country writes it." example:"N1 9GU"`
	Country    string `json:"country" doc:"ISO 3166-1 alpha-2, for example US." example:"GB"`
	Region     string `json:"region,omitempty" doc:"The part of the country, where taxes depend on it: ISO 3166-2 without the country, such as CA for California."`
}

// OrderStep is one line of an order's history as whoever may read the order sees it.
type OrderStep struct {
	Status events.OrderStatus `json:"status" doc:"The order's status from then on." example:"placed"`
	At     time.Time          `json:"at" doc:"When."`
	By     events.Principal   `json:"by" doc:"Who did it, by type: user is a member of staff, app_user the customer, unauthenticated the guest of the order, service_account a program, system the mart by itself. Of staff the id is told to staff who read the order, not to its customer."`
	Note   string             `json:"note,omitempty" doc:"Why, in somebody's own words; absent once the customer is erased."`
	Action events.OrderAction `json:"action,omitempty" enum:"sent,delivered,return_requested,return_approved,return_refused,return_received,cancelled" doc:"What became of a part of it, where the step is about a part."`
	PartID string             `json:"partId,omitempty" format:"uuid" doc:"Of which: the id of a fulfilment, a return or a cancellation."`
}

// OrderItem is one line of what is ordered: what and how many, never a price.
type OrderItem struct {
	ProductID web.ID `json:"productId" format:"uuid" doc:"Which product."`
	Quantity  int64  `json:"quantity" doc:"How many of it." example:"2"`
}

// TransformSchema gives the members the limits of their declaration.
func (OrderItem) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.OrderItem](s)
}

type cancelIn struct {
	web.PreferInput
	ID   web.ID `path:"id" format:"uuid"`
	Body cancellation
}

type cancellation struct {
	Lines  []OrderItem `json:"lines,omitempty" nullable:"false" doc:"What is not to be sent any more of an order that is paid; absent: the whole order."`
	Reason string      `json:"reason,omitempty" doc:"Why, in your own words: the order's history shows it to its customer and to staff." example:"ordered twice"`
}

// TransformSchema gives the members the limits of their declaration.
func (cancellation) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.NotNull(web.LimitsOf[events.PartCancellation](s), "lines")
}

// Resolve finds what is wrong beyond the shape.
func (c cancellation) Resolve(huma.Context) []error {
	_, err := c.command("")
	return web.Faults(err)
}

// command ends an order, or a part of it.
func (c cancellation) command(order string) (events.Outgoing, error) {
	if c.Lines == nil {
		reason, err := domain.Words[events.OrderReason]("reason", c.Reason)
		return events.CancelOrder.New(order, events.OrderReason{Reason: reason}), err
	}
	p, err := domain.PartCancellation(events.PartCancellation{Lines: items(c.Lines), Reason: events.Said(c.Reason)})
	return events.CancelPart.New(order, p), err
}

type getIn struct {
	web.Cached
	ID reference `path:"id" doc:"Its id or its number, such as M-000123."`
}

type listIn struct {
	web.Paging
	Status     events.OrderStatus `query:"status" enum:"placed,authorized,paid,fulfilled,delivered,returned,expired,cancelled" doc:"Only those that are there now."`
	CustomerID web.ID             `query:"customerId" format:"uuid" doc:"Staff only; customers see their own."`
	Email      string             `query:"email" maxLength:"254" doc:"Only of the customer who has exactly this address now, and of guests who have given it, in any case."`
	Number     number             `query:"number" doc:"Only the order with this number, such as M-000123."`
	Tracking   string             `query:"trackingNumber" maxLength:"100" doc:"Only the order of which a part was sent with this number of its carrier's, however it is spaced."`
	ProductID  web.ID             `query:"productId" format:"uuid" doc:"Only what this product was ordered in."`
	From       web.Time           `query:"placedFrom" format:"date-time" doc:"Only what was placed then or later."`
	Before     web.Time           `query:"placedBefore" format:"date-time" doc:"Only what was placed before."`
}

type routes struct {
	api     *web.API
	trusted []netip.Prefix
}

func cancel(_ context.Context, in *cancelIn) (events.Outgoing, error) {
	return in.Body.command(string(in.ID))
}

func (r routes) get(ctx context.Context, in *getIn) (*web.Document[Order], error) {
	o, err := bus.Ask(ctx, r.api.Asker(), events.GetOrder, events.OwnedLookup{ID: string(in.ID), CustomerID: web.CustomerScope(ctx), MinVersion: in.MinVersion})
	if err != nil {
		return nil, err
	}
	return web.Show(in.Cached, o.Version, web.NoStore, shown(ctx)(o)), nil
}

func (r routes) list(ctx context.Context, in *listIn) (*web.List[Order], error) {
	filter := events.OrderFilter{
		Paging: in.Page(), Status: in.Status, CustomerID: string(in.CustomerID), Number: string(in.Number), ProductID: string(in.ProductID),
		PlacedFrom: in.From.UTC(), PlacedBefore: in.Before.UTC(),
	}
	if in.Email != "" {
		if err := domain.CheckEmail("query.email", in.Email); err != nil {
			return nil, err
		}
		filter.Email = events.NewPersonal(in.Email)
	}
	filter.TrackingNumber = events.NewPersonal(in.Tracking)
	if own := web.CustomerScope(ctx); own != "" {
		filter.CustomerID = own
	}
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListOrders, filter)
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, shown(ctx)), nil
}

// shown is how whoever asks sees an order: customers are told that staff did something, not who of them.
func shown(ctx context.Context) func(events.OrderState) Order {
	if web.CustomerScope(ctx) != "" {
		return show
	}
	return showToStaff
}

// show is an order as its buyer sees it, and as everybody does who changes one. Of a guest's that is not paid it leaves out what they have written: its link
// has come to somebody by mail, who may have ordered nothing.
func show(o events.OrderState) Order {
	if order := domain.Order(o); order.OfStranger() {
		o = events.OrderState(order.WithoutWords())
	}
	return showToBuyer(o)
}

// showToBuyer is an order as whoever has written it sees it.
func showToBuyer(o events.OrderState) Order {
	seen := showToStaff(o)
	for i := range seen.History {
		if by := &seen.History[i].By; by.Type == events.Staff {
			by.ID = ""
		}
	}
	return seen
}

func showToStaff(o events.OrderState) Order {
	history := make([]OrderStep, len(o.History))
	for i, h := range o.History {
		history[i] = OrderStep{Status: h.Status, At: h.At, By: h.By, Note: h.Note.Plaintext(), Action: h.Action, PartID: h.PartID}
	}
	return Order{
		Meta: web.MetaOf(o.Meta), Number: o.Number, CustomerID: customerOf(o), Guest: guestOf(o), Status: o.Status, PayBy: o.PayBy,
		Lines: showLines(o), Goods: goodsOf(o), Charges: listed(o.Charges), Taxes: listed(o.Taxes), Total: o.Total,
		ShippingAddress: ShippingAddress(web.ShowPostalAddress(o.ShippingAddress)), Fulfilments: showFulfilments(o.Fulfilments), Returns: showReturns(o.Returns),
		Cancellations: showCancellations(o.Cancellations), History: history,
	}
}

// goodsOf is what an order's goods cost. A result of before there was anything else does not say it.
func goodsOf(o events.OrderState) events.Money {
	if o.GoodsTotal == (events.Money{}) {
		return o.Total
	}
	return o.GoodsTotal
}

// listed is a list that is there, if only empty.
func listed[T any](all []T) []T { return append([]T{}, all...) }

func version(o events.OrderState) int64 { return o.Version }
func href(o events.OrderState) string   { return "/orders/" + o.ID }
