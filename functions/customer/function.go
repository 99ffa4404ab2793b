// Package customer is the function that speaks for customers: they register, read, change and erase themselves, change their
// password and keep an address book; staff read them.
//
// It owns the routes under /customers, emits the commands of the nouns customer and address and, of the noun login, those of a
// password that must be known, and reacts to nothing.
package customer

import (
	"context"
	"net/netip"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens         web.TokenSettings
	Password       password.Settings
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated."`
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Customer, build, Config{}).Described(web.Describe(events.Customer, about, func(api *web.API) { Routes(api, nil, nil) }))
}

const about = "Customers. They register, keep an address book and can erase themselves; staff read them."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	hasher, err := password.New(c.Password, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	Routes(api, hasher, c.TrustedProxies)
	return boot.Service{API: api}, nil
}
