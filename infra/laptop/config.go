// Package laptop starts a whole mart inside one process: broker, database, mail inbox, payment gateway, the functions on
// real HTTP ports of the loopback, and between them what KafkaSource does in a cluster.
//
// It owns the data folder (state, secrets, lock) and the order in which everything starts and stops. `mart up` is a thin
// command over it, and the end-to-end suite starts its marts with it.
package laptop

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/kafkasource"
)

// Config says what to start. The zero value is a mart on free ports in a temporary folder that Stop removes.
type Config struct {
	Listen   string   // host:port of the gateway; default 127.0.0.1:0, a free port
	Mail     string   // host:port of the mail inbox; likewise
	Data     string   // folder for state; empty: a temporary one
	Kafka    []string // brokers; none: the embedded one
	Postgres string   // URL of a role that may make databases and roles; empty: one started in the data folder
	Database string   // name of the database; default mart
	SMTP     string   // host:port of a mail server; empty: the embedded inbox
	SMTPUser string   // who logs in there; empty: nobody

	SMTPPassword string
	SMTPTLS      string   // required, opportunistic or none; default opportunistic
	MailFrom     string   // whom mails come from; default Mart <shop@mart.example>
	Payments     string   // host:port of the test provider; default 127.0.0.1:0
	Metrics      string   // host:port of the metrics of all functions; likewise
	Stripe       Stripe   // takes the test provider's place when it has a key
	ReturnURL    string   // where buyers come back to after 3-D Secure; default /docs of this mart
	Storefront   string   // where links in mails to customers lead; default /shop of this mart
	Backoffice   string   // the same of staff; default /office of this mart
	Origins      []string // of pages that may call; default any port of this machine

	OwnerEmail    string // of the first owner; default owner@example.com
	OwnerPassword string // empty: a random one, in Mart.Owner when it was the first start
	Empty         bool   // without the demo catalogue

	KeepLogs bool                                       // what functions in this process log is kept in the data folder
	Env      map[string]string                          // settings for every function, over our own
	LogLevel string                                     // of the functions; default warn
	Log      *slog.Logger                               // of everything else; default slog.Default
	Phase    func(what string, took time.Duration)      // told how long each part took to start; nil: nobody
	Deliver  func(f events.Function, url string) string // where events for f are posted instead of url; nil: at url
	Sources  func(o *kafkasource.Options)               // changes how events are delivered; nil: as it is
	Serve    Serve                                      // how a function is run; nil: in this process, as InProcess does
	Topics   []string                                   // more of them, as another release has
	Reads    func(f events.Function) []string           // the topics that f's source lists, as another release has it; nil: as this one
	Settings map[events.Function]map[string]string      // settings for one function, over all others
	Postgre  map[string]string                          // settings of the Postgres that is started here
	Room     kafka.Room                                 // how much the broker that is started here keeps; default kafka.DefaultRoom

	ProviderAhead time.Duration // how far ahead the test payment provider's time is: how much of it has gone by since the mart stopped
}

// Stripe is a payment provider elsewhere.
type Stripe struct{ URL, Key, WebhookSecret string }

// Serve runs the function f on a listener until ctx ends, and returns when it has stopped.
type Serve func(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error

// InProcess runs f in this process.
func InProcess(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
	function, err := mart.Lookup(f)
	if err != nil {
		return err
	}
	return function.Serve(ctx, listener, env)
}

// topics is every topic that a mart of c needs.
func (c Config) topics() []string {
	all := events.Topics()
	for _, topic := range c.Topics {
		if !slices.Contains(all, topic) {
			all = append(all, topic)
		}
	}
	for _, f := range events.Functions() {
		for _, topic := range c.Reads(f) {
			if !slices.Contains(all, topic) {
				all = append(all, topic)
			}
		}
	}
	return all
}

func (c Config) withDefaults() Config {
	set := func(value *string, otherwise string) {
		if *value == "" {
			*value = otherwise
		}
	}
	set(&c.Listen, "127.0.0.1:0")
	set(&c.Mail, "127.0.0.1:0")
	set(&c.Payments, "127.0.0.1:0")
	set(&c.Metrics, "127.0.0.1:0")
	set(&c.SMTPTLS, "opportunistic")
	set(&c.MailFrom, "Mart <shop@mart.example>")
	if len(c.Origins) == 0 {
		c.Origins = anyLocalPort
	}
	set(&c.Database, "mart")
	set(&c.OwnerEmail, firstOwner)
	set(&c.LogLevel, "warn")
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Phase == nil {
		c.Phase = func(string, time.Duration) {}
	}
	if c.Reads == nil {
		c.Reads = events.TopicsFor
	}
	if c.Deliver == nil {
		c.Deliver = func(_ events.Function, url string) string { return url }
	}
	if c.Sources == nil {
		c.Sources = func(*kafkasource.Options) {}
	}
	if c.Room == (kafka.Room{}) {
		c.Room = kafka.DefaultRoom
	}
	return c
}
