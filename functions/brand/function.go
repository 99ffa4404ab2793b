// Package brand is the function that speaks for brands: staff write them, everybody reads them.
//
// It owns the routes under /brands, emits the commands brand.create, brand.update, brand.delete and brand.merge, and reacts to nothing.
package brand

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
	return boot.New(events.Brand, build, Config{}).Described(web.Describe(events.Brand, about, Routes))
}

const about = "Brands. Staff write them, everybody reads them."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	Routes(api)
	return boot.Service{API: api}, nil
}
