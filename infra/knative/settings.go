package knative

import (
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// setting is one environment variable of a function: a value, a key of the shared settings, or a key of a secret.
type setting struct {
	Name   string
	Value  string
	Shared string // key of the ConfigMap
	Secret string // name of the Secret
	Key    string // in it
	Absent bool   // the Secret may be
}

// everybody reads these.
var everybody = []setting{
	{Name: "EVENT_SEAL_KEYS", Secret: "mart-events", Key: "seal-keys"},
	{Name: "EVENT_PERSONAL_KEYS", Secret: "mart-events", Key: "personal-keys"},
}

// speakers send events: all but the gateway.
var speakers = []setting{{Name: "KAFKA_BROKERS", Shared: "KAFKA_BROKERS"}}

// checkers check access tokens: all that have an API of their own.
var checkers = []setting{{Name: "TOKEN_ISSUER", Shared: "PUBLIC_URL"}}

// own is what only one function reads, so that a secret is where it is needed and nowhere else.
var own = map[events.Function][]setting{
	events.Auth: {
		{Name: "TOKEN_KEYS", Secret: "mart-tokens", Key: "keys"},
		{Name: "TRUSTED_PROXIES", Shared: "TRUSTED_PROXIES"},
	},
	events.Customer: {{Name: "TRUSTED_PROXIES", Shared: "TRUSTED_PROXIES"}},
	events.Order:    {{Name: "TRUSTED_PROXIES", Shared: "TRUSTED_PROXIES"}},
	events.User: {
		{Name: "OWNER_EMAIL", Secret: "mart-owner", Key: "email"},
		{Name: "OWNER_PASSWORD", Secret: "mart-owner", Key: "password"},
		{Name: "TRUSTED_PROXIES", Shared: "TRUSTED_PROXIES"},
	},
	events.Payment: {
		{Name: "PAYMENT_PROVIDER_URL", Shared: "PAYMENT_PROVIDER_URL"},
		{Name: "PAYMENT_PROVIDER_KEY", Secret: "mart-payment", Key: "key"},
		{Name: "PAYMENT_WEBHOOK_SECRET", Secret: "mart-payment", Key: "webhook-secret"},
		{Name: "PAYMENT_RETURN_URL", Shared: "PAYMENT_RETURN_URL"},
		{Name: "PAYMENT_RETURN_ORIGINS", Shared: "CORS_ORIGINS"}, // pages that may call may be come back to
		{Name: "TRUSTED_PROXIES", Shared: "TRUSTED_PROXIES"},
	},
	events.Notification: {
		{Name: "SMTP_ADDRESS", Shared: "SMTP_ADDRESS"},
		{Name: "MAIL_FROM", Shared: "MAIL_FROM"},
		{Name: "STOREFRONT_URL", Shared: "STOREFRONT_URL"},
		{Name: "BACKOFFICE_URL", Shared: "BACKOFFICE_URL"},
	},
	events.DB: {
		{Name: "DATABASE_URL", Secret: "mart-database", Key: "url"},
		{Name: "DATABASE_OWNER_URL", Secret: "mart-database", Key: "owner-url"},
	},
}

// Shared is the settings of a cluster in which Kafka, Postgres and a mail server live beside the functions; an overlay changes them.
func (c Cluster) Shared() map[string]string {
	return map[string]string{
		"KAFKA_BROKERS": strings.Join(c.Brokers, ","), "PUBLIC_URL": "http://mart.example.com",
		"PAYMENT_PROVIDER_URL": "https://api.stripe.com", "PAYMENT_RETURN_URL": "http://mart.example.com/docs",
		"STOREFRONT_URL": "http://shop.example.com", "BACKOFFICE_URL": "http://office.example.com",
		"CORS_ORIGINS":    "",                       // pages elsewhere that may call the API: none
		"TRUSTED_PROXIES": "127.0.0.0/8,10.0.0.0/8", // the queue beside the container, and the cluster's pods
		"SMTP_ADDRESS":    "mail." + c.Namespace + ".svc.cluster.local:1025", "MAIL_FROM": "Mart <shop@mart.example.com>",
	}
}

// settingsOf is the environment of f, in the order in which it is written.
func (c Cluster) settingsOf(f events.Function) []setting {
	all := slices.Concat([]setting{{Name: "FUNCTION", Value: string(f)}, {Name: "GOMEMLIMIT", Value: sizes(f).softMemory}}, everybody)
	if f == events.Gateway {
		return append(all, setting{Name: "GATEWAY_UPSTREAM", Value: c.url("{function}")},
			setting{Name: "GATEWAY_AWAIT_FUNCTIONS", Value: "false"}, // to ask a function that sleeps would wake it, and a request to it waits for it anyway
			setting{Name: "TRUSTED_PROXIES", Shared: "TRUSTED_PROXIES"},
			setting{Name: "CORS_ORIGINS", Shared: "CORS_ORIGINS"}, setting{Name: "METRICS_TOKEN", Secret: "mart-metrics", Key: "token", Absent: true})
	}
	all = append(all, speakers...)
	if f != events.DB {
		all = append(all, setting{Name: "DB_URL", Value: c.url(string(events.DB))})
		all = append(all, checkers...)
	}
	if f != events.DB && f != events.Auth {
		all = append(all, setting{Name: "AUTH_URL", Value: c.url(string(events.Auth))})
	}
	return append(all, own[f]...)
}

// url is where a service answers inside the cluster.
func (c Cluster) url(name string) string {
	return "http://" + name + "." + c.Namespace + ".svc.cluster.local"
}
