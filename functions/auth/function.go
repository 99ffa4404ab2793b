// Package auth is the function that says who somebody is: it turns passwords and refresh tokens into access tokens, and publishes the
// keys with which everybody checks them.
//
// It owns the routes under /oauth and /.well-known, emits the commands login.try, login.end, session.create,
// session.rotate and session.revoke, and reacts to nothing.
package auth

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
	Issuer         string         `env:"TOKEN_ISSUER, default=http://localhost:8080"` // the origin clients see
	Keys           string         `env:"TOKEN_KEYS, required"`                        // "kid:base64 seed,kid:…"; the first signs, all are published
	AccessLife     time.Duration  `env:"ACCESS_TOKEN_LIFE, default=10m"`
	RefreshLife    time.Duration  `env:"REFRESH_TOKEN_LIFE, default=720h"` // since it was last used
	Clients        string         `env:"OAUTH_CLIENTS"`                    // programs: "id:argon2id hash:scope scope;…"
	PerAddress     int            `env:"LOGIN_PER_ADDRESS, default=100"`   // wrong passwords a minute from one network address, at all accounts together, in each instance
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES"`                  // whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated
	Password       password.Settings
}

func (c Config) check() error {
	switch {
	case c.AccessLife <= 0 || c.AccessLife > time.Hour:
		return fmt.Errorf("ACCESS_TOKEN_LIFE is %s; it must be at most 1h: nobody can take an access token back", c.AccessLife)
	case c.RefreshLife <= c.AccessLife:
		return fmt.Errorf("REFRESH_TOKEN_LIFE is %s; it must be longer than ACCESS_TOKEN_LIFE", c.RefreshLife)
	case c.PerAddress < 1:
		return errors.New("LOGIN_PER_ADDRESS must be at least 1")
	}
	return nil
}

// New is the function.
func New() *boot.Function { return boot.New(events.Auth, build) }

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	a, err := newAuthority(c, r)
	if err != nil {
		return boot.Service{}, fmt.Errorf("settings of %s: %w", r.Name, err)
	}
	routes(a)
	return boot.Service{API: a.api}, nil
}

// authority is what the routes work with.
type authority struct {
	Config
	keys       *keyring
	clients    clients
	hasher     *password.Hasher
	perAddress *password.Throttle
	runtime    *boot.Runtime
	api        *web.API
	verifier   web.Verifier
}

func newAuthority(c Config, r *boot.Runtime) (*authority, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	keys, err := parseKeys(c.Keys)
	if err != nil {
		return nil, err
	}
	hasher, err := password.New(c.Password, r.Metrics)
	if err != nil {
		return nil, err
	}
	programs, err := parseClients(c.Clients, hasher)
	if err != nil {
		return nil, err
	}
	verifier := web.NewVerifier(c.Issuer, keys) // its own keys: nothing is asked by HTTP
	return &authority{
		Config: c, keys: keys, clients: programs, hasher: hasher, runtime: r, verifier: verifier, api: web.NewAPI(r, verifier),
		perAddress: password.NewThrottle(c.PerAddress, time.Now),
	}, nil
}
