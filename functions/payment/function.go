// Package payment is the function that speaks for payments: customers pay their orders, staff give money back, the provider
// (provider.go; stripe.go is the one the mart uses) moves it.
//
// It owns the routes under /payments, the provider's webhooks among them, emits the commands payment.start, payment.cancel, payment.refund and
// payment.record, and reacts to payment.started, payment.authorized, payment.voidRequested, payment.refundRequested and payment.due.
package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/effect"
	"github.com/onlinemart/mart/functions/internal/recent"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens   web.TokenSettings
	Provider ProviderConfig
	Effects  effect.Settings
	Return   ReturnConfig

	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated."`
}

// ReturnConfig is where buyers come back to after 3-D Secure.
type ReturnConfig struct {
	URL     string   `env:"PAYMENT_RETURN_URL, default=http://localhost:8080/docs" doc:"Where customers come back to after 3-D Secure, unless the payment names a page; {orderId} in it stands for the order."`
	Origins []string `env:"PAYMENT_RETURN_ORIGINS" doc:"Origins of whose pages a payment may name one as its returnUrl, besides that of PAYMENT_RETURN_URL: https://shop.example, comma separated; http://localhost:* is every port of this machine."`
}

// Check says whether they are origins, and an address.
func (c ReturnConfig) Check() error {
	faults := domain.Origins(c.Origins).Check("PAYMENT_RETURN_ORIGINS")
	if !domain.Link(c.page("0"), "http", "https") {
		faults = append(faults, fmt.Errorf("PAYMENT_RETURN_URL is %q: set it to the address of a page, such as https://shop.example/paid", c.URL))
	}
	return errors.Join(faults...)
}

// orderIDHere stands for the order in the address of a page.
const orderIDHere = "{orderId}"

// page is where the buyer of an order comes back to.
func (c ReturnConfig) page(order string) string { return strings.ReplaceAll(c.URL, orderIDHere, order) }

// origins are those whose pages a payment may name.
func (c ReturnConfig) origins() domain.Origins {
	return append(domain.Origins{domain.OriginOf(c.URL)}, c.Origins...)
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Payment, build, Config{}).Described(web.Describe(events.Payment, about, func(api *web.API) { Routes(api, Ways{}) }))
}

const about = "Payments, refunds, and what the payment provider has to tell."

// authorized is of which payments db has told lately that they are authorised: the provider's webhook, which mostly comes a moment after,
// tells nothing new of them, and db need not be asked.
type authorized = recent.Values[string, bool]

// authorizedLimit is how many of them are remembered.
const authorizedLimit = 4096

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	provider, err := NewStripe(c.Provider)
	if err != nil {
		return boot.Service{}, err
	}
	rule, err := effect.NewRule(c.Effects, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	measured, err := measure(provider, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	heard := recent.New[string, bool](authorizedLimit)
	Routes(api, Ways{Provider: measured, Heard: heard, Returns: c.Return.origins(), Trusted: c.TrustedProxies})
	client := providerClient{provider: measured, rule: rule, authorized: heard, payment: paymentOf(r.Asker), returnURL: c.Return.URL, log: r.Log}
	return boot.Service{API: api, Reactions: client.reactions()}, nil
}

// providerClient asks the payment provider and records in db what it answers.
type providerClient struct {
	provider   Provider
	rule       effect.Rule
	authorized *authorized                                                       // heard of
	payment    func(ctx context.Context, id string) (events.PaymentState, error) // as it is now
	returnURL  string                                                            // where a buyer comes back to whose payment names no page
	log        *slog.Logger
}

// paymentOf asks db for a payment.
func paymentOf(db *bus.Asker) func(context.Context, string) (events.PaymentState, error) {
	return func(ctx context.Context, id string) (events.PaymentState, error) {
		return bus.Ask(ctx, db, events.GetPayment, events.OwnedLookup{ID: id})
	}
}
