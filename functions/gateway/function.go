// Package gateway is the edge of the mart: one origin in front of all functions.
//
// It owns the routing of paths to functions, the limits on what comes in, CORS, the security headers and its own pages. It
// receives HTTP from anybody, emits no event and holds no key.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/settings"
)

// Config is what the gateway reads from its environment, besides what every function does. Each function's address may also be set
// alone: BRAND_URL and so on.
type Config struct {
	Upstream       string        `env:"GATEWAY_UPSTREAM, default=http://{function}.mart.svc.cluster.local" doc:"The address of a function by its name."`
	Timeout        time.Duration `env:"GATEWAY_TIMEOUT, default=15s" doc:"How long a function may take to answer."`
	Await          bool          `env:"GATEWAY_AWAIT_FUNCTIONS, default=true" doc:"Whether it is ready only when all functions have been; false where asking one would wake it."`
	Figures        bool          `env:"HOME_FIGURES, default=false" doc:"Whether the page at / says to everybody how many orders were placed today, how many wait for their payment, and how many results wait to be published; for a mart that only those see who make it."`
	ShopPages      bool          `env:"SHOP_PAGES, default=true" doc:"Whether there is a storefront at /shop; false where customers have another, to which STOREFRONT_URL leads."`
	OfficePages    bool          `env:"OFFICE_PAGES, default=true" doc:"Whether there is a back office at /office; false where staff have another, to which BACKOFFICE_URL leads."`
	RateLimit      int           `env:"RATE_LIMIT, default=6000" doc:"Requests a minute from one client address at one instance; 0: any number."`
	RegisterLimit  int           `env:"REGISTER_LIMIT, default=100" doc:"Registrations an hour from one client address at one instance; 0: any number."`
	CartLimit      int           `env:"CART_LIMIT, default=100" doc:"Carts that are opened an hour from one client address at one instance; 0: any number."`
	GuestLimit     int           `env:"GUEST_LIMIT, default=100" doc:"Orders without an account that are placed an hour from one client address at one instance; 0: any number."`
	Origins        []string      `env:"CORS_ORIGINS" doc:"Pages on other origins that may call: https://shop.example, comma separated; http://localhost:* is every port of this machine."`
	TrustedProxies []string      `env:"TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated."`
}

// addresses is the settings that say where one function is.
func addresses() (all []settings.Setting) {
	for _, f := range functions() {
		all = append(all, settings.Setting{Name: addressOf(f), Meaning: "The address of the function " + string(f) + "; else what GATEWAY_UPSTREAM says."})
	}
	return all
}

func addressOf(f events.Function) string { return strings.ToUpper(string(f)) + "_URL" }

// functions is everyone that requests go to.
func functions() []events.Function {
	return slices.Compact(slices.Sorted(maps.Values(prefixes)))
}

// New is the gateway.
func New() *boot.Function {
	return boot.NewEventless(events.Gateway, build, Config{}, addresses()).Described(describe)
}

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	trusted, err := c.trusted()
	if err != nil {
		return boot.Service{}, err
	}
	upstreams, err := c.upstreams(r.Env.Lookup)
	if err != nil {
		return boot.Service{}, err
	}
	p, err := newProxy(r, c.Timeout, upstreams)
	if err != nil {
		return boot.Service{}, err
	}
	pages, err := routes(p, c)
	if err != nil {
		return boot.Service{}, err
	}
	stop := func(context.Context) error { p.transport.CloseIdleConnections(); return nil }
	service := boot.Service{API: edge(c, trusted, r.Log, pages), Stop: stop}
	if c.Await {
		service.Ready = (&readiness{proxy: p}).Ready
	}
	return service, nil
}

// Check looks at every value by itself.
func (c Config) Check() error {
	_, err := c.trusted()
	faults := []error{err}
	if c.RateLimit < 0 {
		faults = append(faults, fmt.Errorf("RATE_LIMIT is %d; it must be requests a minute, or 0 for none", c.RateLimit))
	}
	if c.RegisterLimit < 0 {
		faults = append(faults, fmt.Errorf("REGISTER_LIMIT is %d; it must be registrations an hour, or 0 for any number", c.RegisterLimit))
	}
	if c.CartLimit < 0 {
		faults = append(faults, fmt.Errorf("CART_LIMIT is %d; it must be carts an hour, or 0 for any number", c.CartLimit))
	}
	if c.GuestLimit < 0 {
		faults = append(faults, fmt.Errorf("GUEST_LIMIT is %d; it must be orders an hour, or 0 for any number", c.GuestLimit))
	}
	if c.Timeout <= 0 {
		faults = append(faults, fmt.Errorf("GATEWAY_TIMEOUT is %s; it must be more than nothing, such as 15s", c.Timeout))
	}
	return errors.Join(append(faults, domain.Origins(c.Origins).Check("CORS_ORIGINS")...)...)
}

func (c Config) trusted() ([]netip.Prefix, error) {
	networks := make([]netip.Prefix, len(c.TrustedProxies))
	for i, text := range c.TrustedProxies {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("TRUSTED_PROXIES has %q; a network is written 10.0.0.0/8", text)
		}
		networks[i] = network
	}
	return networks, nil
}

// upstreams is where each function is. Error: which setting is not an address.
func (c Config) upstreams(lookup func(string) (string, bool)) (map[events.Function]*url.URL, error) {
	addresses := make(map[events.Function]*url.URL, len(prefixes))
	for _, f := range prefixes {
		setting, address := addressOf(f), strings.ReplaceAll(c.Upstream, "{function}", string(f))
		if own, ok := lookup(setting); ok && own != "" {
			address = own
		}
		u, err := url.Parse(address)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, fmt.Errorf("%s (or GATEWAY_UPSTREAM) is %q; it must look like http://%s.mart.svc.cluster.local", setting, address, f)
		}
		addresses[f] = u
	}
	return addresses, nil
}

// routes is everything there is behind the edge: our own pages, and the functions, which c says whether to ask anything by ourselves.
func routes(p *proxy, c Config) (http.Handler, error) {
	mux, around := http.NewServeMux(), frame{shop: c.ShopPages, office: c.OfficePages}
	if err := addPages(mux, around); err != nil {
		return nil, err
	}
	if err := addCatalogue(mux, around, p.log); err != nil {
		return nil, err
	}
	if err := addDoors(mux, around); err != nil {
		return nil, err
	}
	first, err := newHome(p, around, c.Await, c.Figures)
	if err != nil {
		return nil, err
	}
	mux.Handle("GET /{$}", first)
	mux.HandleFunc("/{$}", notAllowed)
	if err := addStory(mux, around, p); err != nil {
		return nil, err
	}
	mux.Handle("/", p)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" && !isCanonical(r.URL.Path) {
			p.ServeHTTP(w, r) // which refuses it; the mux would redirect
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}
