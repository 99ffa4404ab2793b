// Package user is the function that speaks for staff: owners hire, change and dismiss, everybody reads and renames themselves and
// changes their own password.
//
// It owns the routes under /users, /journal, /dead-letters, /flow and /sources, emits the commands of the nouns user and deadLetter and, of
// the noun login, those of a password that must be known, and reacts to nothing: what lies among the dead letters is brought to it by a source
// of its own, at a path of its own. At the start it sees to it that there is a first owner.
package user

import (
	"context"
	"net/netip"
	"sync"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/password"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens         web.TokenSettings
	Password       password.Settings
	Owner          OwnerSettings
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated."`
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.User, build, Config{}).Described(web.Describe(events.User, about, func(api *web.API) {
		Routes(api, nil, nil)
		sourceRoutes(api, nil, nil)
	}))
}

const about = "Staff. Owners keep them, everybody their own name and password."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	first, err := c.Owner.check()
	if err != nil {
		return boot.Service{}, err
	}
	hasher, err := password.New(c.Password, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	Routes(api, hasher, c.TrustedProxies)
	sourceRoutes(api, r.Kafka.Lags, r.Log)
	return boot.Service{API: withLetters(newLetterTaker(r.Caller(), r.Log), api), Stop: ensure(ctx, owner{settings: c.Owner, first: first, hasher: hasher, run: r.Caller().Call, log: r.Log})}, nil
}

// ensure makes the first owner in the background, until db has decided. It returns what stops that.
func ensure(ctx context.Context, o owner) func(context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var working sync.WaitGroup
	if o.settings.Email != "" {
		working.Go(func() { o.ensure(ctx) })
	}
	return func(context.Context) error {
		cancel()
		working.Wait()
		return nil
	}
}
