// Command run serves the test payment gateway: for compose and for a cluster on a laptop, never for money.
//
// It keeps its ledger in DATA_DIR, receives the calls of the payment function and the buyer's visit to the 3-D Secure page, and
// emits signed webhooks to WEBHOOK_URL. `run health` exits 0 when it is ready.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/onlinemart/mart/functions/settings"
	"github.com/onlinemart/mart/infra/health"
	"github.com/onlinemart/mart/infra/paymentgateway"
	"github.com/onlinemart/mart/infra/program"
	"github.com/sethvargo/go-envconfig"
)

func main() { program.Run("payment gateway", run) }

func run(ctx context.Context) (err error) {
	var c paymentgateway.Settings
	if err := settings.Fill(ctx, envconfig.OsLookuper(), &c); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if len(os.Args) == 2 && os.Args[1] == "health" {
		return health.Check(ctx, c.ListenAddress)
	}
	gateway, err := paymentgateway.Open(paymentgateway.Config{
		DataDir: c.DataDir, Key: c.Key, Shop: c.Shop, PublicURL: c.PublicURL, WebhookURL: c.WebhookURL, WebhookSecret: c.WebhookSecret, Hosts: c.Hosts,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gateway.Close()) }()
	server := &http.Server{Addr: c.ListenAddress, Handler: gateway, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	select {
	case err := <-served:
		return fmt.Errorf("serve on %s (set LISTEN_ADDRESS to a free one): %w", c.ListenAddress, err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Drain)
	defer cancel()
	return server.Shutdown(drain)
}
