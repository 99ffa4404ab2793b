// Package customer is the function that speaks for customers: they register, read, change and erase themselves, change their
// password, confirm their e-mail address and keep an address book; staff read, suspend, reinstate and erase them.
//
// It owns the routes under /customers and /email-verifications, emits the commands of the nouns customer, verification and address and, of the noun login, those of a
// password that must be known, and reacts to nothing.
package customer

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens         web.TokenSettings
	Password       password.Settings
	PerLink        int            `env:"EMAIL_VERIFICATION_PER_ADDRESS, default=30" doc:"Links that confirm an e-mail address, and wrong ones that are tried, a minute from one network address, in each instance."`
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated."`
}

// Check looks at what a type cannot say.
func (c Config) Check() error {
	if c.PerLink < 1 {
		return errors.New("EMAIL_VERIFICATION_PER_ADDRESS must be at least 1")
	}
	return nil
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Customer, build, Config{}).Described(web.Describe(events.Customer, about, func(api *web.API) { Routes(api, nil, nil, nil) }))
}

const about = "Customers. They register, confirm their e-mail address, keep an address book and can erase themselves; staff read, suspend, reinstate and erase them."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	if err := c.Check(); err != nil {
		return boot.Service{}, fmt.Errorf("settings of %s: %w", r.Name, err)
	}
	hasher, err := password.New(c.Password, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	Routes(api, hasher, password.NewThrottle(c.PerLink, time.Now), c.TrustedProxies)
	return boot.Service{API: api}, nil
}
