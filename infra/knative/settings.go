package knative

import (
	"slices"

	"github.com/onlinemart/mart/events"
)

// setting is one environment variable of a function: a value, a key of the shared settings, or a key of a secret.
type setting struct {
	name   string
	value  string
	shared string // key of the ConfigMap
	secret string // name of the Secret
	key    string // in it
	absent bool   // the Secret may be
}

// SettingsMap is the ConfigMap of what several functions read and nobody must hide.
const SettingsMap = "mart-settings"

// TracingMap is the ConfigMap that says where spans go (OTEL_EXPORTER_OTLP_ENDPOINT) and which. Without it nothing is traced.
const TracingMap = "mart-tracing"

// everybody reads these.
var everybody = []setting{
	{name: "EVENT_SEAL_KEYS", secret: "mart-events", key: "seal-keys"},
	{name: "EVENT_PERSONAL_KEYS", secret: "mart-events", key: "personal-keys"},
}

// speakers send events: all but the gateway.
var speakers = []setting{{name: "KAFKA_BROKERS", shared: "KAFKA_BROKERS"}}

// checkers check access tokens: all that have an API of their own.
var checkers = []setting{{name: "TOKEN_ISSUER", shared: "PUBLIC_URL"}}

// own is what only one function reads, so that a secret is where it is needed and nowhere else.
var own = map[events.Function][]setting{
	events.Auth: {
		{name: "TOKEN_KEYS", secret: "mart-tokens", key: "keys"},
		{name: "TRUSTED_PROXIES", shared: "TRUSTED_PROXIES"},
	},
	events.Customer: {{name: "TRUSTED_PROXIES", shared: "TRUSTED_PROXIES"}},
	events.User: {
		{name: "OWNER_EMAIL", secret: "mart-owner", key: "email"},
		{name: "OWNER_PASSWORD", secret: "mart-owner", key: "password"},
	},
	events.Payment: {
		{name: "PAYMENT_PROVIDER_URL", shared: "PAYMENT_PROVIDER_URL"},
		{name: "PAYMENT_PROVIDER_KEY", secret: "mart-payment", key: "key"},
		{name: "PAYMENT_WEBHOOK_SECRET", secret: "mart-payment", key: "webhook-secret"},
		{name: "PAYMENT_RETURN_URL", shared: "PAYMENT_RETURN_URL"},
	},
	events.Notification: {
		{name: "SMTP_ADDRESS", shared: "SMTP_ADDRESS"},
		{name: "MAIL_FROM", shared: "MAIL_FROM"},
	},
	events.DB: {
		{name: "DATABASE_URL", secret: "mart-database", key: "url"},
		{name: "DATABASE_OWNER_URL", secret: "mart-database", key: "owner-url"},
	},
}

// shared is the settings of a cluster in which Kafka, Postgres and a mail server live beside the functions; an overlay changes them.
func (c Cluster) shared() map[string]string {
	return map[string]string{
		"KAFKA_BROKERS": join(c.Brokers), "PUBLIC_URL": "http://mart.example.com",
		"PAYMENT_PROVIDER_URL": "https://api.stripe.com", "PAYMENT_RETURN_URL": "http://mart.example.com/docs",
		"CORS_ORIGINS":    "",                       // pages elsewhere that may call the API: none
		"TRUSTED_PROXIES": "127.0.0.0/8,10.0.0.0/8", // the queue beside the container, and the cluster's pods
		"SMTP_ADDRESS":    "mail." + c.Namespace + ".svc.cluster.local:1025", "MAIL_FROM": "Mart <shop@mart.example.com>",
	}
}

// settingsOf is the environment of f, in the order in which it is written.
func (c Cluster) settingsOf(f events.Function) []setting {
	all := slices.Concat([]setting{{name: "FUNCTION", value: string(f)}, {name: "GOMEMLIMIT", value: sizes(f).softMemory}}, everybody)
	if f == events.Gateway {
		return append(all, setting{name: "GATEWAY_UPSTREAM", value: c.url("{function}")},
			setting{name: "GATEWAY_AWAIT_FUNCTIONS", value: "false"}, // to ask a function that sleeps would wake it, and a request to it waits for it anyway
			setting{name: "TRUSTED_PROXIES", shared: "TRUSTED_PROXIES"},
			setting{name: "CORS_ORIGINS", shared: "CORS_ORIGINS"}, setting{name: "METRICS_TOKEN", secret: "mart-metrics", key: "token", absent: true})
	}
	all = append(all, speakers...)
	if f != events.DB {
		all = append(all, setting{name: "DB_URL", value: c.url(string(events.DB))})
		all = append(all, checkers...)
	}
	if f != events.DB && f != events.Auth {
		all = append(all, setting{name: "AUTH_URL", value: c.url(string(events.Auth))})
	}
	return append(all, own[f]...)
}

// url is where a service answers inside the cluster.
func (c Cluster) url(name string) string {
	return "http://" + name + "." + c.Namespace + ".svc.cluster.local"
}

func (s setting) environment() environment {
	switch {
	case s.secret != "":
		return environment{Name: s.name, ValueFrom: &valueFrom{SecretKeyRef: &keyRef{Name: s.secret, Key: s.key, Optional: s.absent}}}
	case s.shared != "":
		return environment{Name: s.name, ValueFrom: &valueFrom{ConfigMapKeyRef: &keyRef{Name: SettingsMap, Key: s.shared}}}
	}
	return environment{Name: s.name, Value: s.value}
}
