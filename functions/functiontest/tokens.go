package functiontest

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Tokens that Server knows. Any other is invalid.
const (
	Catalog = "catalog" // a member of staff with catalog:write
	Viewer  = "viewer"  // a member of staff without
	Shopper = "shopper" // a customer
	Orders  = "orders"  // a member of staff with orders:write and payments:write
	Stock   = "stock"   // a member of staff with stock:write
	Expired = "expired" // was valid once
)

type tokens struct{}

func (tokens) Verify(_ context.Context, token string) (web.Identity, error) {
	if token == Expired {
		return web.Identity{}, web.ErrExpired
	}
	identity, ok := map[string]web.Identity{
		Catalog: {Principal: events.Principal{Type: events.Staff, ID: "u1"}, Scopes: []events.Permission{events.CatalogWrite}},
		Stock:   {Principal: events.Principal{Type: events.Staff, ID: "u4"}, Scopes: []events.Permission{events.StockRead, events.StockWrite}},
		Viewer:  {Principal: events.Principal{Type: events.Staff, ID: "u2"}, Scopes: []events.Permission{events.OrdersRead}},
		Orders:  {Principal: events.Principal{Type: events.Staff, ID: "u3"}, Scopes: []events.Permission{events.OrdersWrite, events.PaymentsWrite}},
		Shopper: {Principal: events.Principal{Type: events.Shopper, ID: "c1"}, Scopes: []events.Permission{events.Shop}},
	}[token]
	if !ok {
		return identity, events.Forbidden("no such token")
	}
	return identity, nil
}
