package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/onlinemart/mart/infra/client"
)

// place is how an order comes about: by somebody without an account or with one, of what is named or of what was put into a cart before.
type place struct{ guest, cart bool }

// placeShares are how often.
var placeShares = []share[place]{{50, place{}}, {20, place{guest: true}}, {20, place{cart: true}}, {10, place{guest: true, cart: true}}}

// placeNames are what that is called among the steps.
var placeNames = map[place]string{
	{}: "order", {guest: true}: "order of a guest", {cart: true}: "order from a cart", {guest: true, cart: true}: "order of a guest from a cart",
}

// quotes asks what the goods cost, which the order must cost then.
func (e *errand) quotes(ctx context.Context) error {
	if !e.quoted {
		return nil
	}
	return e.day.timed("quote", func() error {
		q, err := e.customer.Quote(ctx, client.Address("Bench"), e.whole()...)
		if err != nil {
			return err
		}
		return e.takes(q)
	})
}

// takes takes the first choice of a quote.
func (e *errand) takes(q client.Quote) error {
	if len(q.Choices) == 0 {
		return errors.New("nothing sends the goods")
	}
	e.quote = q.Choices[0].Quote
	return nil
}

// fills opens a cart and puts all that is wanted into it, before anybody logs in; whoever has an account takes it over then.
func (e *errand) fills(ctx context.Context) error {
	if !e.place.cart {
		return nil
	}
	anyone := e.customer.As("")
	err := e.day.timed("cart opened", func() (err error) {
		e.cart, err = anyone.OpenCart(ctx)
		return err
	})
	for _, l := range e.whole() {
		if err != nil {
			return err
		}
		err = e.day.timed("put into a cart", func() (err error) {
			e.cart, err = anyone.Put(ctx, e.cart, l.ProductID, l.Quantity)
			return err
		})
	}
	if err != nil || e.place.guest {
		return err
	}
	return e.day.timed("cart claimed", func() (err error) {
		e.cart, err = e.customer.Claim(ctx, e.cart)
		return err
	})
}

// orders places the order. Staff may have changed a price since it was quoted: then it is taken at what it costs now.
func (e *errand) orders(ctx context.Context) error {
	return e.day.timed(placeNames[e.place], func() error {
		for {
			err := e.placed(ctx)
			problem, refused := errors.AsType[*client.Problem](err)
			if !refused || problem.Code != "quote_changed" || problem.Quote == nil {
				return err
			}
			if err := e.takes(*problem.Quote); err != nil {
				return err
			}
		}
	})
}

// placed places it once. Whoever is a guest is known by the order's token from then on.
func (e *errand) placed(ctx context.Context) (err error) {
	at, body, headers := "/orders", map[string]any{"shippingAddress": client.Address("Bench")}, []client.Header{client.NewKey()}
	if e.quote != "" {
		body["quote"] = e.quote
	}
	if e.place.cart {
		at, headers = "/carts/"+e.cart.ID+"/order", append(headers, client.Secret(e.cart.Secret))
	} else {
		body["lines"] = e.whole()
	}
	if !e.place.guest {
		e.order, err = client.Post[client.Order](ctx, e.customer, at, body, headers...)
		return err
	}
	body["guest"] = client.Guest{Email: fmt.Sprintf("guest-%d-%d@example.com", e.day.result.Seed, e.n), Name: "Bench"}
	e.customer, e.order, err = e.customer.PlaceAsGuest(ctx, at, body, headers...)
	return err
}
