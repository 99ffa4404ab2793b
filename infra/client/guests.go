package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Guest is who buys without an account.
type Guest struct {
	Email    string `json:"email,omitempty"`
	Name     string `json:"name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Language string `json:"language,omitempty"`
}

// Opening is the same mart to whoever shows the token of one order, and nothing else.
func (c Client) Opening(token string) Client {
	c.Token, c.OrderToken = "", token
	return c
}

// OrderAsGuest places an order of lines without an account, and gives the mart as its guest sees it from then on.
func (c Client) OrderAsGuest(ctx context.Context, g Guest, lines ...Line) (Client, Order, error) {
	return c.PlaceAsGuest(ctx, "/orders", map[string]any{"lines": lines, "shippingAddress": Address(g.Name), "guest": g}, NewKey())
}

// OrderCartAsGuest orders what is in a cart without an account.
func (c Client) OrderCartAsGuest(ctx context.Context, k Cart, g Guest) (Client, Order, error) {
	return c.PlaceAsGuest(ctx, "/carts/"+k.ID+"/order", map[string]any{"shippingAddress": Address(g.Name), "guest": g}, NewKey(), Secret(k.Secret))
}

// PlaceAsGuest places an order without an account as body says it, and waits where that takes its time.
func (c Client) PlaceAsGuest(ctx context.Context, path string, body any, headers ...Header) (Client, Order, error) {
	o, a, err := Do[Order](ctx, c.As(""), http.MethodPost, path, body, headers...)
	if err != nil {
		return c, o, err
	}
	var opened struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(a.Body, &opened); err != nil || opened.Token == "" {
		return c, o, fmt.Errorf("POST %s: a guest is answered no token: %.300s", path, a.Body)
	}
	guest := c.Opening(opened.Token)
	if a.Pending() == "" {
		return guest, o, nil
	}
	if _, err := guest.settled(ctx, a.Pending()); err != nil {
		return guest, o, err
	}
	order, _, _ := strings.Cut(opened.Token, ".")
	o, err = Get[Order](ctx, guest, "/orders/"+order)
	return guest, o, err
}
