// Package order is the function that speaks for orders: customers, and guests without an account, place and cancel them and ask to send goods back, staff see, cancel and send
// them and take back what returns. It speaks for carts, from which orders come, and for what orders cost besides their goods, too: shipping methods,
// tax rates, and quotes.
//
// It owns the routes under /orders, /returns, /carts, /quotes, /shipping-methods and /tax-rates, emits the commands order.place, order.placeChosen, order.placeAsGuest, order.eraseGuest, order.cancel, order.cancelPart,
// order.fulfil, order.fulfilRest, order.deliver, those about returns, those of cart, shippingMethod and taxRate and order.expire, and reacts to order.due: it has an
// order that nobody paid in time expire.
package order

import (
	"context"
	"net/netip"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens         web.TokenSettings
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Networks whose X-Forwarded-For is believed: 10.0.0.0/8, comma separated."`
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Order, build, Config{}).Described(web.Describe(events.Order, about, Routes))
}

const about = "Orders, and the carts that they come from. Customers and guests place and cancel them, staff see all. What goods would cost, anybody learns; shipping methods and tax rates are written by staff."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	routesBehind(api, c.TrustedProxies)
	return boot.Service{API: withFigures(r.Asker, time.Now, api), Reactions: reactions}, nil
}
