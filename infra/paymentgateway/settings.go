package paymentgateway

import "time"

// Settings is what the program in run reads from its environment.
type Settings struct {
	ListenAddress string        `env:"LISTEN_ADDRESS, default=127.0.0.1:12111" doc:"host:port to serve on."`
	DataDir       string        `env:"DATA_DIR, required" doc:"The folder of its ledger."`
	Key           string        `env:"PAYMENT_PROVIDER_KEY, required" secret:"true" doc:"The only key that it takes: sk_test_…"`
	Shop          string        `env:"SHOP_NAME, default=Mart" doc:"The shop's name, on its 3-D Secure page."`
	PublicURL     string        `env:"PUBLIC_URL" doc:"Where a buyer's browser reaches it; none: at the host of the request."`
	WebhookURL    string        `env:"WEBHOOK_URL" doc:"Where it posts webhooks; none: nowhere."`
	WebhookSecret string        `env:"PAYMENT_WEBHOOK_SECRET" secret:"true" doc:"What it signs them with: whsec_…"`
	Hosts         []string      `env:"ALLOWED_HOSTS" doc:"Names besides those of this machine and of a cluster by which browsers reach its pages, comma separated."`
	Drain         time.Duration `env:"DRAIN_TIMEOUT, default=25s" doc:"How long a stop waits for requests in hand."`
}
