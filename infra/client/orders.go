package client

import (
	"context"
	"net/http"
)

// Address is where demo and tests let things be sent.
func Address(name string) map[string]string {
	return map[string]string{"name": name, "line1": "1 Harbour Street", "city": "Lisbon", "postalCode": "1100-148", "country": "PT"}
}

// Order places an order.
func (c Client) Order(ctx context.Context, name string, lines ...Line) (Order, error) {
	return Post[Order](ctx, c, "/orders", map[string]any{"lines": lines, "shippingAddress": Address(name)}, NewKey())
}

// Fulfil sends a part of an order; without lines all that is left of it. The client must be staff.
func (c Client) Fulfil(ctx context.Context, order, carrier, tracking string, lines ...Line) (Order, error) {
	body := map[string]any{"carrier": carrier, "trackingNumber": tracking}
	if len(lines) > 0 {
		body["lines"] = lines
	}
	return Post[Order](ctx, c, "/orders/"+order+"/fulfilments", body, NewKey())
}

// Return asks for goods of an order to come back.
func (c Client) Return(ctx context.Context, order, reason string, lines ...Line) (Order, error) {
	return Post[Order](ctx, c, "/orders/"+order+"/returns", map[string]any{"lines": lines, "reason": reason}, NewKey())
}

// Cancel ends an order, or of one that is paid the lines that were not sent.
func (c Client) Cancel(ctx context.Context, order, reason string, lines ...Line) (Order, error) {
	body := map[string]any{"reason": reason}
	if len(lines) > 0 {
		body["lines"] = lines
	}
	return c.settle(ctx, order, "/cancellation", body)
}

// Answer approves of a return or refuses it: what is approval or refusal. The client must be staff.
func (c Client) Answer(ctx context.Context, order, back, what, note string) (Order, error) {
	return c.settle(ctx, order, "/returns/"+back+"/"+what, map[string]string{"note": note})
}

// Receive notes what has come back of a return. The client must be staff.
func (c Client) Receive(ctx context.Context, order, back string, lines ...Received) (Order, error) {
	return c.settle(ctx, order, "/returns/"+back+"/reception", map[string]any{"lines": lines})
}

// settle asks for something about an order, and reads it when it is done.
func (c Client) settle(ctx context.Context, order, path string, body any) (Order, error) {
	o, a, err := Do[Order](ctx, c, http.MethodPost, "/orders/"+order+path, body, NewKey())
	if err == nil && a.Pending() != "" {
		if _, err = c.settled(ctx, a.Pending()); err == nil {
			o, err = Get[Order](ctx, c, "/orders/"+order)
		}
	}
	return o, err
}

// Deliver notes that a part of an order has arrived, or without an id all that is under way. The client must be staff.
func (c Client) Deliver(ctx context.Context, order, fulfilment string) (Order, error) {
	body := map[string]string{}
	if fulfilment != "" {
		body["fulfilmentId"] = fulfilment
	}
	return c.settle(ctx, order, "/delivery", body)
}

// Pay pays for an order with a payment method's token, and waits for as long as the mart lets it.
func (c Client) Pay(ctx context.Context, order, method string, headers ...Header) (Payment, error) {
	headers = append([]Header{NewKey(), Prefer("wait=10")}, headers...)
	return Post[Payment](ctx, c, "/payments", map[string]string{"orderId": order, "paymentMethod": method}, headers...)
}
