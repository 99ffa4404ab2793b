package order

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// placing declares how a customer orders.
func (r routes) placing() {
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/orders", ID: "placeOrder",
		Summary: "Order at the prices of this moment, or at what was quoted", Description: placing + guestsOrder, Access: newcomers, RequireIdempotencyKey: true, NoCards: true,
	}, web.Write[placeIn, events.OrderState, Order]{
		Command: r.place, Done: events.OrderPlaced, Status: http.StatusCreated, Show: r.placed, Version: version, Href: href, Token: r.tokenOf,
	})
}

// placing tells a client how to go on.
const placing = "The example is a customer's, with their token; a guest sends no token and adds `guest`. Its ids are made up: GET /products has those of products. Ask POST /quotes first, and name the quote of the choice that the customer takes: then the order costs what they were shown, to the unit, or is refused. " +
	"409 quote_changed: something costs something else by now, or the quote's time is over; quote is what it costs, show it and order with that of one of its choices. " +
	"Without a quote, shippingMethodId says how the order is sent, at the charge of this moment. 422 shipping_method_required: the mart sends goods in this currency by its shipping " +
	"methods, and the order names none. 409 shipping_method_unavailable: that one does not send this there, or none does. Both have what it would cost in quote. 201: the goods are held until " +
	"payBy; pay the order before, with POST /payments, for all of its total. 202: it is not decided yet; ask at Location how it went. 409 out_of_stock: nothing is held, and nothing was ordered. 409 too_many_held and too_many_open_orders: " +
	"whoever orders holds that much already without having paid for it; or, where their address is not confirmed, they do with all such buyers at their network. An order that is not paid in time expires. Repeated with its Idempotency-Key it orders nothing twice."

// NewOrder is what a customer orders, whereto, and how it is sent.
type NewOrder struct {
	Lines            []OrderItem       `json:"lines" nullable:"false" doc:"What is ordered: at most 100 lines, of one currency."`
	ShippingAddress  web.PostalAddress `json:"shippingAddress" doc:"Where it goes."`
	ShippingMethodID web.ID            `json:"shippingMethodId,omitempty" format:"uuid" doc:"How it is sent, at the charge of this moment. Absent with a quote, which says it."`
	Quote            string            `json:"quote,omitempty" doc:"The quote of a choice of POST /quotes, which the order must cost." example:"eyJ0Ijoi.c2lnbmVk"`
	Guest            *NewGuest         `json:"guest,omitempty" doc:"Whom it is for, where there is no access token."`
}

// TransformSchema gives the members the limits of their declaration.
func (NewOrder) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ChosenCart](s)
}

// Resolve finds what is wrong beyond the shape.
func (n NewOrder) Resolve(huma.Context) []error {
	_, err := n.cart()
	return append(web.Faults(err), guestFaults(n.Guest)...)
}

func (n NewOrder) cart() (events.ChosenCart, error) {
	cart := events.Cart{ShippingAddress: n.ShippingAddress.Private(), Lines: items(n.Lines)}
	return domain.ChosenCart(events.ChosenCart{Cart: cart, ShippingMethodID: string(n.ShippingMethodID), Quote: n.Quote})
}

type placeIn struct {
	web.PreferInput
	web.Origin
	Body NewOrder
}

// place is order.placeAsGuest for whoever has no account, and order.place for whoever chooses nothing: all that an older db knows. The id of a guest's
// order follows from their request: they are told its token before the order is decided.
func (r routes) place(ctx context.Context, in *placeIn) (events.Outgoing, error) {
	cart, err := in.Body.cart()
	if err := cmp.Or(err, checkGuest(ctx, in.Body.Guest)); err != nil {
		return events.Outgoing{}, err
	}
	if guest := in.Body.Guest; guest != nil {
		id := web.DerivedID(ctx, "a guest's order")
		return events.PlaceAsGuest.New(id, events.GuestCart{ChosenCart: cart, Guest: r.contact(guest, in.Network(r.trusted))}).AskedBy(events.Guest(id)), nil
	}
	cart.Network = r.api.Place(in.Network(r.trusted))
	if cart.ShippingMethodID == "" && cart.Quote == "" {
		return events.PlaceOrder.New(events.NewID(), cart.Cart), nil
	}
	return events.PlaceChosen.New(events.NewID(), cart), nil
}
