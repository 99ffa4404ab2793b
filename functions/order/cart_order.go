package order

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
)

// cartOrders declares how a cart becomes an order.
func (r routes) cartOrders() {
	web.Change(r.api, web.Route{
		Method: http.MethodPost, Path: "/carts/{id}/order", ID: "orderCart", Summary: "Order what is in a cart, at the prices of this moment", Description: orderingCart + guestsOrder, Access: web.Access{Shoppers: true, Newcomer: true, Cart: true},
		RequireIdempotencyKey: true, NoCards: true,
	}, web.Write[orderCartIn, events.OrderState, Order]{
		Command: r.orderCart, Done: events.OrderPlaced, Status: http.StatusCreated, Show: r.placed, Version: version, Href: href, Refused: linesOfCart,
		Token: func(ctx context.Context, cart string) string { return r.tokenOf(ctx, domain.CartOrderID(cart)) },
	})
}

const orderingCart = "As POST /orders, with the lines of the cart. A cart is ordered once: 409 cart_ordered, and orderId of the cart, read again, says as what. When it is refused, nothing is ordered, and the cart is as it was; errors name the " +
	"lines of the cart. 409 cart_changed: somebody has changed it at this moment."

// CartOrder is how what is in a cart is ordered, and whereto.
type CartOrder struct {
	ShippingAddress  web.PostalAddress `json:"shippingAddress" doc:"Where it goes."`
	ShippingMethodID web.ID            `json:"shippingMethodId,omitempty" format:"uuid" doc:"How it is sent, at the charge of this moment. Absent with a quote, which says it."`
	Quote            string            `json:"quote,omitempty" doc:"The quote of a choice of POST /quotes for the lines of the cart, which the order must cost." example:"eyJ0Ijoi.c2lnbmVk"`
	Guest            *NewGuest         `json:"guest,omitempty" doc:"Whom it is for, where there is no access token."`
}

// TransformSchema gives the members the limits of their declaration.
func (CartOrder) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return web.LimitsOf[events.ChosenCart](s)
}

// Resolve finds what is wrong beyond the shape.
func (o CartOrder) Resolve(huma.Context) []error {
	_, err := o.of([]events.OrderItem{{Quantity: 1}}) // whatever it is that is ordered
	return append(web.Faults(err), guestFaults(o.Guest)...)
}

func (o CartOrder) of(lines []events.OrderItem) (events.ChosenCart, error) {
	cart := events.Cart{Lines: lines, ShippingAddress: o.ShippingAddress.Private()}
	return domain.ChosenCart(events.ChosenCart{Cart: cart, ShippingMethodID: string(o.ShippingMethodID), Quote: o.Quote})
}

type orderCartIn struct {
	web.PreferInput
	web.Origin
	CartKey
	ID   web.ID `path:"id" format:"uuid"`
	Body CartOrder
}

// What keeps a cart from being ordered that db would refuse, too.
var errCartEmpty = events.Unprocessable("cart_empty", "There is nothing in the cart.")

// orderCart orders what is in the cart at this moment; db looks again.
func (r routes) orderCart(ctx context.Context, in *orderCartIn) (events.Outgoing, error) {
	var none events.Outgoing
	if err := checkGuest(ctx, in.Body.Guest); err != nil {
		return none, err
	}
	k, err := r.cart(ctx, in.CartKey, in.ID, 0)
	if err != nil {
		return none, err
	}
	switch {
	case k.Status == events.CartOrderedStatus:
		return none, domain.ErrCartOrdered
	case len(k.Lines) == 0:
		return none, errCartEmpty
	}
	order, err := in.Body.of(domain.CartItems(k.Lines))
	if guest := in.Body.Guest; guest != nil && err == nil {
		asked := events.GuestCartOrder{CartKey: in.key(), GuestCart: events.GuestCart{ChosenCart: order, Guest: r.contact(guest, in.Network(r.trusted))}}
		return events.OrderAsGuest.New(k.ID, asked).AskedBy(events.Guest(domain.CartOrderID(k.ID))), nil
	}
	order.Network = r.api.Place(in.Network(r.trusted))
	return events.OrderCart.New(k.ID, events.CartOrder{CartKey: in.key(), ChosenCart: order}), err
}

// linesOfCart says of faults in lines that they are in the cart's: the request has none.
func linesOfCart(_ orderCartIn, err error) error {
	p, refused := errors.AsType[*events.Problem](err)
	if !refused || len(p.Errors) == 0 {
		return err
	}
	moved := *p
	moved.Errors = slices.Clone(p.Errors)
	for i, fault := range moved.Errors {
		if place, inLines := strings.CutPrefix(fault.Location, "body.lines"); inLines {
			moved.Errors[i].Location = "cart.lines" + place
		}
	}
	return &moved
}
