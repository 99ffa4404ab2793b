// Package product is the function that speaks for products: staff write them, everybody browses the published ones.
//
// It owns the routes under /products and /families, emits the commands product.create, product.update and product.delete, and family.create,
// family.update, family.delete and family.merge, and reacts to nothing.
package product

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
	return boot.New(events.Product, build, Config{}).Described(web.Describe(events.Product, about, Routes))
}

const about = "Products, and the families that some of them are of. Staff write them, everybody browses the published ones."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	Routes(api)
	return boot.Service{API: api}, nil
}
