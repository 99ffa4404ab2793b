// Package auth is the function that says who somebody is: it turns passwords and refresh tokens into access tokens, and publishes the
// keys with which everybody checks them.
//
// It owns the routes under /oauth, /password-resets and /.well-known, emits the commands login.try, login.end, reset.request, reset.redeem,
// session.create, session.rotate and session.revoke, and reacts to nothing.
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
	Issuer         string         `env:"TOKEN_ISSUER, default=http://localhost:8080" doc:"The origin that clients see; tokens of another are refused."`
	Keys           string         `env:"TOKEN_KEYS, required" secret:"true" doc:"The ring of access tokens' keys: kid:base64,kid:base64; the first one signs, all are published."`
	AccessLife     time.Duration  `env:"ACCESS_TOKEN_LIFE, default=10m" doc:"How long an access token is good for; at most 1h."`
	RefreshLife    time.Duration  `env:"REFRESH_TOKEN_LIFE, default=720h" doc:"How long a refresh token is good for since it was last used."`
	Clients        string         `env:"OAUTH_CLIENTS" secret:"true" doc:"Programs that may log in: id:argon2id hash:scope scope;…"`
	PerAddress     int            `env:"LOGIN_PER_ADDRESS, default=100" doc:"Wrong passwords a minute from one network address, at all accounts together, in each instance."`
	LatePause      time.Duration  `env:"LOGIN_LATE_PAUSE, default=1s" doc:"How long a log-in takes that must wait; longer than a password takes to be hashed, at most 5s."`
	SessionWait    time.Duration  `env:"SESSION_WAIT, default=10s" doc:"How long a log-in waits until its session is stored, before it answers 503; at most 25s, and shorter than GATEWAY_TIMEOUT."`
	PerReset       int            `env:"PASSWORD_RESET_PER_ADDRESS, default=30" doc:"Forgotten passwords and wrong links a minute from one network address, in each instance."`
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated."`
	Password       password.Settings
}

// Check looks at what a type cannot say. It builds the keys and programs as the function will.
func (c Config) Check() error {
	_, keys := parseKeys(c.Keys)
	return errors.Join(c.check(), keys)
}

func (c Config) check() error {
	var faults []error
	if c.AccessLife <= 0 || c.AccessLife > time.Hour {
		faults = append(faults, fmt.Errorf("ACCESS_TOKEN_LIFE is %s; it must be at most 1h: whoever checks access tokens without the mart takes them until then", c.AccessLife))
	}
	if c.RefreshLife <= c.AccessLife {
		faults = append(faults, fmt.Errorf("REFRESH_TOKEN_LIFE is %s; it must be longer than ACCESS_TOKEN_LIFE", c.RefreshLife))
	}
	if c.PerAddress < 1 {
		faults = append(faults, errors.New("LOGIN_PER_ADDRESS must be at least 1"))
	}
	if c.PerReset < 1 {
		faults = append(faults, errors.New("PASSWORD_RESET_PER_ADDRESS must be at least 1"))
	}
	if c.LatePause < 0 || c.LatePause > 5*time.Second {
		faults = append(faults, fmt.Errorf("LOGIN_LATE_PAUSE is %s; it must be at most 5s", c.LatePause))
	}
	if c.SessionWait <= 0 || c.SessionWait > longestWait {
		faults = append(faults, fmt.Errorf("SESSION_WAIT is %s; it must be more than nothing and at most %s: then an answer is cut off", c.SessionWait, longestWait))
	}
	return errors.Join(faults...)
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Auth, build, Config{}).Described(web.Describe(events.Auth, about, func(api *web.API) { routes(&authority{api: api}) }))
}

const about = "Tokens. Staff and customers log in, programs show their secret, everybody reads the keys. Who has forgotten a password gets another by mail."

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
	perReset   *password.Throttle
	pause      func(ctx context.Context, until time.Time)
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
		perAddress: password.NewThrottle(c.PerAddress, time.Now), pause: pause,
		perReset: password.NewThrottle(c.PerReset, time.Now),
	}, nil
}
