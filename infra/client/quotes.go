package client

import "context"

// Charge is what an order costs besides its goods.
type Charge struct {
	ShippingMethodID string `json:"shippingMethodId"`
	Name             string `json:"name"`
	Amount           Money  `json:"amount"`
}

// Tax is what of an order is tax of one rate.
type Tax struct {
	Name     string `json:"name"`
	TaxClass string `json:"taxClass"`
	Rate     int64  `json:"rate"`
	Included bool   `json:"included"`
	Taxed    Money  `json:"taxed"`
	Amount   Money  `json:"amount"`
}

// Quote is what goods would cost, in each way in which they can be sent.
type Quote struct {
	Lines   []Line   `json:"lines"`
	Choices []Choice `json:"choices"`
}

// Choice is one way, and its Quote what an order by it names.
type Choice struct {
	ShippingMethodID string   `json:"shippingMethodId"`
	Name             string   `json:"name"`
	Goods            Money    `json:"goods"`
	Charges          []Charge `json:"charges"`
	Taxes            []Tax    `json:"taxes"`
	Total            Money    `json:"total"`
	Quote            string   `json:"quote"`
}

// Quote asks what lines would cost at an address, of which its country, its region and its postal code count.
func (c Client) Quote(ctx context.Context, address map[string]string, lines ...Line) (Quote, error) {
	to := map[string]string{}
	for _, part := range []string{"country", "region", "postalCode"} {
		if value := address[part]; value != "" {
			to[part] = value
		}
	}
	return Post[Quote](ctx, c, "/quotes", map[string]any{"lines": lines, "destination": to})
}

// OrderQuoted places an order at what was quoted.
func (c Client) OrderQuoted(ctx context.Context, address map[string]string, quote string, lines ...Line) (Order, error) {
	return Post[Order](ctx, c, "/orders", map[string]any{"lines": lines, "shippingAddress": address, "quote": quote}, NewKey())
}

// OrderBy places an order that a shipping method sends.
func (c Client) OrderBy(ctx context.Context, address map[string]string, method string, lines ...Line) (Order, error) {
	return Post[Order](ctx, c, "/orders", map[string]any{"lines": lines, "shippingAddress": address, "shippingMethodId": method}, NewKey())
}
