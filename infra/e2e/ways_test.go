package e2e

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/infra/client"
)

// way is one in which an order of a line is placed, by somebody who does not give up. Whose it is goes on with it.
type way func(ctx context.Context, s *storm, b buyer, line client.Line) (buyer, client.Order, error)

// ways are those in which the buyers of a storm order, some more often than others: with an account or as a guest, of lines or from a cart, quoted or not.
var ways = []way{withAccount, withAccount, quoted, asGuest, fromCart}

func withAccount(ctx context.Context, _ *storm, b buyer, line client.Line) (buyer, client.Order, error) {
	o, err := insist[client.Order](ctx, b.Client, "/orders", ordered(line))
	return b, o, err
}

// quoted is an order at what it was said to cost, which it costs then.
func quoted(ctx context.Context, _ *storm, b buyer, line client.Line) (buyer, client.Order, error) {
	body := ordered(line)
	quote, err := quoteOf(ctx, b.Client, line)
	if err != nil {
		return b, client.Order{}, err
	}
	body["quote"] = quote
	o, err := insist[client.Order](ctx, b.Client, "/orders", body)
	return b, o, err
}

func quoteOf(ctx context.Context, c client.Client, line client.Line) (string, error) {
	to := client.Address(canaryName)
	q, err := insist[client.Quote](ctx, c, "/quotes", map[string]any{
		"lines": []client.Line{line}, "destination": map[string]string{"country": to["country"], "postalCode": to["postalCode"]},
	})
	if err != nil {
		return "", err
	}
	return q.Choices[0].Quote, nil
}

// asGuest is an order of nobody who is known.
func asGuest(ctx context.Context, s *storm, _ buyer, line client.Line) (buyer, client.Order, error) {
	return s.placeAsGuest(ctx, "/orders", ordered(line))
}

// fromCart is what a guest has collected, at what it was said to cost.
func fromCart(ctx context.Context, s *storm, _ buyer, line client.Line) (buyer, client.Order, error) {
	k, err := insist[client.Cart](ctx, s.api, "/carts", nil)
	if err != nil {
		return buyer{}, client.Order{}, err
	}
	at := "/carts/" + k.ID
	if _, err := insistOn[client.Cart](ctx, s.api, http.MethodPut, at+"/lines/"+line.ProductID, map[string]int64{"quantity": line.Quantity}, client.Secret(k.Secret)); err != nil {
		return buyer{}, client.Order{}, err
	}
	quote, err := quoteOf(ctx, s.api, line)
	if err != nil {
		return buyer{}, client.Order{}, err
	}
	return s.placeAsGuest(ctx, at+"/order", map[string]any{"shippingAddress": client.Address(canaryName), "quote": quote}, client.Secret(k.Secret))
}

// placeAsGuest places an order by one of the storm's guests, of whom each buys often.
func (s *storm) placeAsGuest(ctx context.Context, path string, body map[string]any, headers ...client.Header) (buyer, client.Order, error) {
	g := buyer{email: s.guests[int(s.guested.Add(1))%len(s.guests)]}
	body["guest"] = client.Guest{Email: g.email, Name: canaryName}
	placed, err := insist[struct {
		client.Order
		Token string `json:"token"`
	}](ctx, s.api, path, body, headers...)
	g.Client = s.api.Opening(placed.Token)
	return g, placed.Order, err
}

func ordered(line client.Line) map[string]any {
	return map[string]any{"lines": []client.Line{line}, "shippingAddress": client.Address(canaryName)}
}

// mailboxes are those of everybody who buys in a storm.
func (s *storm) mailboxes() (all []string) {
	for _, b := range s.buyers {
		all = append(all, b.email)
	}
	return append(all, s.guests...)
}

// newGuests are the addresses of a storm's guests.
func newGuests(n int) (all []string) {
	for range n {
		all = append(all, "guest-"+uuid.NewString()[:13]+"@example.com")
	}
	return all
}
