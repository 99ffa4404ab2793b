// Package inventory is the function that speaks for stock: staff count and correct it, orders take it and give it back.
//
// It owns the routes under /stock, emits the commands inventory.adjust, inventory.commit and inventory.restock, and reacts to
// order.paid and order.cancelled.
package inventory

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens web.TokenSettings
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Inventory, build, Config{}).Described(web.Describe(events.Inventory, about, Routes))
}

const about = "Stock. Staff count and correct it, orders take it and give it back."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	Routes(api)
	return boot.Service{API: api, Reactions: reactions}, nil
}
