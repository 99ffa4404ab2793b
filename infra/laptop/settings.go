package laptop

import (
	"cmp"
	"maps"
	"strings"

	"github.com/onlinemart/mart/events"
)

// loopback is where the gateway calls from, so that what it says about its callers is believed.
const loopback = "127.0.0.0/8"

// anyLocalPort is the pages that may call a mart on a laptop: whatever development servers listen there.
var anyLocalPort = []string{"http://localhost:*", "http://127.0.0.1:*"}

// settings is the environment of one function: what all have, what only it may know, what the caller adds.
func (m *Mart) settings(f events.Function) map[string]string {
	env := map[string]string{
		"KAFKA_BROKERS": strings.Join(m.Kafka, ","), "TOKEN_ISSUER": m.URL,
		"LOG_LEVEL": m.cfg.LogLevel, "LOG_FORMAT": "text",
		"EVENT_SEAL_KEYS": m.secrets["EVENT_SEAL_KEYS"], "EVENT_PERSONAL_KEYS": m.secrets["EVENT_PERSONAL_KEYS"],
	}
	for _, other := range events.Functions() {
		if running := m.functions[other]; running != nil && other != events.Gateway {
			env[strings.ToUpper(string(other))+"_URL"] = running.url
		}
	}
	if own := private[f]; own != nil {
		maps.Copy(env, own(m))
	}
	maps.Copy(env, m.cfg.Env)
	maps.Copy(env, m.cfg.Settings[f])
	return env
}

// private is what only one function may know.
var private = map[events.Function]func(m *Mart) map[string]string{
	events.DB: func(m *Mart) map[string]string {
		return map[string]string{"DATABASE_URL": m.Database.App, "DATABASE_OWNER_URL": m.Database.Owner, "REGISTER_NETWORK": "0"} // as REGISTER_LIMIT below
	},
	events.Auth: func(m *Mart) map[string]string {
		return map[string]string{"TOKEN_KEYS": m.secrets["TOKEN_KEYS"], "TRUSTED_PROXIES": loopback}
	},
	events.Customer: func(*Mart) map[string]string { return map[string]string{"TRUSTED_PROXIES": loopback} },
	events.Order:    func(*Mart) map[string]string { return map[string]string{"TRUSTED_PROXIES": loopback} },
	events.Gateway: func(m *Mart) map[string]string {
		return map[string]string{tokenSetting: m.scrapers, "RATE_LIMIT": "0", "REGISTER_LIMIT": "0", "CART_LIMIT": "0", "GUEST_LIMIT": "0", "CORS_ORIGINS": strings.Join(m.cfg.Origins, ","), "HOME_FIGURES": "true"} // all clients of a laptop are one address
	},
	events.User: func(m *Mart) map[string]string {
		if m.Owner.Password == "" { // there is an owner, and nobody says their password again
			return map[string]string{"TRUSTED_PROXIES": loopback}
		}
		return map[string]string{"TRUSTED_PROXIES": loopback, "OWNER_EMAIL": m.Owner.Email, "OWNER_PASSWORD": m.Owner.Password}
	},
	events.Payment: func(m *Mart) map[string]string {
		return map[string]string{
			"PAYMENT_PROVIDER_URL":   cmp.Or(m.PaymentGateway, m.cfg.Stripe.URL),
			"PAYMENT_PROVIDER_KEY":   cmp.Or(m.cfg.Stripe.Key, m.secrets["PAYMENT_PROVIDER_KEY"]),
			"PAYMENT_WEBHOOK_SECRET": cmp.Or(m.cfg.Stripe.WebhookSecret, m.secrets["PAYMENT_WEBHOOK_SECRET"]), "PAYMENT_RETURN_URL": cmp.Or(m.cfg.ReturnURL, m.URL+"/shop/orders/{orderId}"),
			"PAYMENT_RETURN_ORIGINS": strings.Join(append([]string{m.URL}, m.cfg.Origins...), ","),
			"TRUSTED_PROXIES":        loopback,
		}
	},
	events.Notification: func(m *Mart) map[string]string {
		return map[string]string{
			"SMTP_ADDRESS": m.SMTP, "MAIL_FROM": m.cfg.MailFrom, "SMTP_USER": m.cfg.SMTPUser, "SMTP_PASSWORD": m.cfg.SMTPPassword,
			"SMTP_TLS": m.cfg.SMTPTLS, "STOREFRONT_URL": cmp.Or(m.cfg.Storefront, m.URL+"/shop"), "BACKOFFICE_URL": cmp.Or(m.cfg.Backoffice, m.URL+"/office"),
		}
	},
}
