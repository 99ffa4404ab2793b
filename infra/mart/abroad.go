package main

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onlinemart/mart/infra/laptop"
)

// abroad is what a mart on a laptop may have to do with the world: who may call it, who moves its money, who sends its mails.
type abroad struct {
	Origins             []string `placeholder:"ORIGIN" help:"Pages on other origins that may call, such as http://localhost:3000. Default: those on any port of this machine." env:"MART_ORIGINS"`
	StripeKey           string   `placeholder:"KEY" help:"Stripe's secret key. Default: no Stripe, but a test provider." env:"MART_STRIPE_KEY"`
	StripeWebhookSecret string   `placeholder:"SECRET" help:"What Stripe signs its webhooks with." env:"MART_STRIPE_WEBHOOK_SECRET"`
	StripeURL           string   `default:"https://api.stripe.com" placeholder:"URL" help:"Where Stripe is (${default})." env:"MART_STRIPE_URL"`
	ReturnURL           string   `name:"return-url" placeholder:"URL" help:"The page of yours that buyers come back to after 3-D Secure. {orderId} in it stands for the order. Default: its page in /shop of this mart." env:"MART_RETURN_URL"`
	Storefront          string   `name:"storefront" placeholder:"URL" help:"Your storefront, to which links in mails to customers lead. Default: /shop of this mart." env:"MART_STOREFRONT"`
	Backoffice          string   `name:"backoffice" placeholder:"URL" help:"Your back office, to which links in mails to staff lead. Default: /office of this mart." env:"MART_BACKOFFICE"`
	SMTPUser            string   `name:"smtp-user" placeholder:"NAME" help:"Who logs in at the mail server of --smtp." env:"MART_SMTP_USER"`
	SMTPPassword        string   `name:"smtp-password" placeholder:"PASSWORD" help:"Their password." env:"MART_SMTP_PASSWORD"`
	SMTPTLS             string   `name:"smtp-tls" default:"opportunistic" placeholder:"HOW" help:"required, opportunistic or none (${default})." env:"MART_SMTP_TLS"`
	MailFrom            string   `default:"Mart <shop@mart.example>" placeholder:"ADDRESS" help:"Whom mails come from (${default})." env:"MART_MAIL_FROM"`
}

func (a abroad) into(c *laptop.Config) {
	c.Origins, c.SMTPUser, c.SMTPPassword, c.SMTPTLS, c.MailFrom = a.Origins, a.SMTPUser, a.SMTPPassword, a.SMTPTLS, a.MailFrom
	c.ReturnURL, c.Storefront, c.Backoffice = a.ReturnURL, a.Storefront, a.Backoffice
	c.Stripe = laptop.Stripe{URL: a.StripeURL, Key: a.StripeKey, WebhookSecret: a.StripeWebhookSecret}
}

// rule is what must not be so, and what to say if it is.
type rule struct {
	broken bool
	says   string
}

// check finds everything that is wrong with the flags before anything starts. Error: one line for each, which names the flag.
func (u up) check() error {
	n := utf8.RuneCountInString(u.OwnerPassword)
	rules := []rule{{n > 0 && (n < 10 || n > 128), fmt.Sprintf("--owner-password has %d characters; it must have 10 to 128", n)}}
	for _, listener := range []struct{ flag, address string }{{"listen", u.Listen}, {"mail", u.Mail}, {"payments", u.Payments}, {"metrics", u.Metrics}} {
		rules = append(rules, rule{!isHostPort(listener.address), fmt.Sprintf("--%s is %q; it takes host:port, such as 127.0.0.1:8080", listener.flag, listener.address)})
	}
	_, owner := mail.ParseAddress("<" + u.OwnerEmail + ">")
	rules = append(rules,
		rule{owner != nil, fmt.Sprintf("--owner-email is %q; it takes an address, such as owner@example.com", u.OwnerEmail)},
		rule{u.Traces != "" && !isURL(u.Traces), fmt.Sprintf("--traces is %q; it takes a collector's address, such as http://127.0.0.1:4318", u.Traces)})
	rules = slices.Concat(rules, u.checkOrigins(), u.checkStripe(), u.checkSMTP())
	var faults []error
	for _, r := range rules {
		if r.broken {
			faults = append(faults, errors.New(r.says))
		}
	}
	return errors.Join(faults...)
}

func isHostPort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

func (a abroad) checkOrigins() (rules []rule) {
	for _, o := range a.Origins {
		u, err := url.Parse(strings.TrimSuffix(o, ":*"))
		wrong := err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != strings.TrimSuffix(o, ":*")
		rules = append(rules, rule{wrong, fmt.Sprintf("--origins has %q; an origin is written http://localhost:3000, without a path", o)})
		every := strings.HasSuffix(o, ":*") && !wrong && u.Host != "localhost" && u.Host != "127.0.0.1" && u.Host != "[::1]"
		rules = append(rules, rule{every, fmt.Sprintf("--origins has %q; every port may be allowed of localhost only", o)})
	}
	return rules
}

// isURL tells an address of the web.
func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (a abroad) checkStripe() []rule {
	noURL := !isURL(a.StripeURL)
	secret := strings.HasPrefix(a.StripeKey, "sk_") || strings.HasPrefix(a.StripeKey, "rk_")
	return []rule{
		{a.ReturnURL != "" && !isURL(a.ReturnURL), fmt.Sprintf("--return-url is %q; it takes a page's address, such as http://localhost:3000/paid", a.ReturnURL)},
		{a.Storefront != "" && !isURL(a.Storefront), fmt.Sprintf("--storefront is %q; it takes a page's address, such as http://localhost:3000", a.Storefront)},
		{a.Backoffice != "" && !isURL(a.Backoffice), fmt.Sprintf("--backoffice is %q; it takes a page's address, such as http://localhost:3001", a.Backoffice)},
		{noURL, fmt.Sprintf("--stripe-url is %q; it takes an address such as https://api.stripe.com", a.StripeURL)},
		{a.StripeKey != "" && !secret, "--stripe-key is no secret key of Stripe's; those begin with sk_ or rk_"},
		{a.StripeKey != "" && a.StripeWebhookSecret == "", "--stripe-key wants --stripe-webhook-secret beside it: without it no webhook is believed (stripe listen --print-secret shows one)"},
		{a.StripeKey == "" && a.StripeWebhookSecret != "", "--stripe-webhook-secret wants --stripe-key beside it"},
		{a.StripeWebhookSecret != "" && !strings.HasPrefix(a.StripeWebhookSecret, "whsec_"), "--stripe-webhook-secret is none of Stripe's; those begin with whsec_"},
		{!noURL && strings.HasPrefix(a.StripeURL, "http:") && strings.Contains(a.StripeKey, "_live_"), "--stripe-url is plain http and --stripe-key a live key: use https"},
	}
}

func (u up) checkSMTP() []rule {
	_, from := mail.ParseAddress(u.MailFrom)
	return []rule{
		{u.SMTP != "" && !isHostPort(u.SMTP), fmt.Sprintf("--smtp is %q; it takes host:port, such as smtp.example.com:587", u.SMTP)},
		{u.SMTP == "" && u.SMTPUser != "", "--smtp-user wants --smtp beside it: the inbox knows nobody"},
		{u.SMTPUser == "" && u.SMTPPassword != "", "--smtp-password wants --smtp-user beside it"},
		{u.SMTPUser != "" && u.SMTPPassword == "", "--smtp-user wants --smtp-password beside it"},
		{!slices.Contains([]string{"required", "opportunistic", "none"}, u.SMTPTLS), fmt.Sprintf("--smtp-tls is %q; it must be required, opportunistic or none", u.SMTPTLS)},
		{u.SMTPUser != "" && u.SMTPTLS != "required", "--smtp-user wants --smtp-tls required beside it: the password would travel in clear"},
		{from != nil, fmt.Sprintf("--mail-from is %q; it takes an address, such as Mart <shop@example.com>", u.MailFrom)},
	}
}
