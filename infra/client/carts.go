package client

import (
	"context"
	"net/http"
)

// Cart is what somebody thinks of ordering. Secret opens one that is no customer's; only its opening answers it, and the calls here keep it.
type Cart struct {
	ID      string     `json:"id"`
	Version int64      `json:"version"`
	Status  string     `json:"status"`
	Lines   []CartLine `json:"lines"`
	Total   *Money     `json:"total"`
	OrderID string     `json:"orderId"`
	Secret  string     `json:"secret"`
}

// CartLine is one line of a cart: what and how many, and what has become of it since it was put in.
type CartLine struct {
	ProductID string   `json:"productId"`
	Quantity  int64    `json:"quantity"`
	UnitPrice *Money   `json:"unitPrice"`
	Changes   []string `json:"changes"`
}

// Secret is what opens a cart.
func Secret(value string) Header { return Header{"Cart-Secret", value} }

// OpenCart opens a cart; a customer's is theirs that there is, or a new one.
func (c Client) OpenCart(ctx context.Context) (Cart, error) {
	k, _, err := Do[Cart](ctx, c, http.MethodPost, "/carts", nil)
	return k, err
}

// Look looks into a cart.
func (c Client) Look(ctx context.Context, k Cart) (Cart, error) {
	return c.cart(ctx, k, http.MethodGet, "", nil)
}

// Put says how many of a product are in a cart.
func (c Client) Put(ctx context.Context, k Cart, product string, quantity int64) (Cart, error) {
	return c.cart(ctx, k, http.MethodPut, "/lines/"+product, map[string]int64{"quantity": quantity})
}

// Remove takes a product out of a cart.
func (c Client) Remove(ctx context.Context, k Cart, product string) (Cart, error) {
	return c.cart(ctx, k, http.MethodDelete, "/lines/"+product, nil)
}

// Claim makes a cart the customer's, or puts what is in it into theirs, which is answered.
func (c Client) Claim(ctx context.Context, k Cart) (Cart, error) {
	claimed, err := c.cart(ctx, k, http.MethodPost, "/claim", nil)
	claimed.Secret = ""
	return claimed, err
}

func (c Client) cart(ctx context.Context, k Cart, method, below string, body any) (Cart, error) {
	now, _, err := Do[Cart](ctx, c, method, "/carts/"+k.ID+below, body, Secret(k.Secret))
	now.Secret = k.Secret
	return now, err
}

// OrderCart orders what is in a cart.
func (c Client) OrderCart(ctx context.Context, k Cart, name string) (Order, error) {
	return Post[Order](ctx, c, "/carts/"+k.ID+"/order", map[string]any{"shippingAddress": Address(name)}, NewKey(), Secret(k.Secret))
}
