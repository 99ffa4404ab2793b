package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/onlinemart/mart/infra/laptop"
)

// parts are what every command takes that starts a mart.
type parts struct {
	Data     string   `default:".mart" type:"path" help:"Folder for its state; what is in it survives a restart." env:"MART_DATA"`
	Kafka    []string `placeholder:"HOST:PORT" help:"Brokers of a real Kafka. Default: one inside this process." env:"MART_KAFKA"`
	Postgres string   `placeholder:"URL" help:"A Postgres role that may make databases and roles. Default: a Postgres of its own in the data folder." env:"MART_POSTGRES"`
	SMTP     string   `name:"smtp" placeholder:"HOST:PORT" help:"A mail server. Default: an inbox that keeps every mail." env:"MART_SMTP"`
	Traces   string   `placeholder:"URL" help:"An OpenTelemetry collector, such as Jaeger at http://127.0.0.1:4318. Default: no traces." env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	Verbose  bool     `short:"v" help:"Say how long each part took, and what the functions log." env:"MART_VERBOSE"`
}

type up struct {
	parts
	Listen   string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where the mart answers (${default})." env:"MART_LISTEN"`
	Mail     string `default:"127.0.0.1:8025" placeholder:"HOST:PORT" help:"Where the mail inbox answers (${default})." env:"MART_MAIL"`
	Payments string `default:"127.0.0.1:12111" placeholder:"HOST:PORT" help:"Where the test provider of payments answers (${default})." env:"MART_PAYMENTS"`
	Metrics  string `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Where the metrics of all functions are shown, at /metrics. Default: a free port, which it prints." env:"MART_METRICS"`
	abroad
	Empty         bool   `help:"Without the demo catalogue." env:"MART_EMPTY"`
	OwnerEmail    string `default:"owner@example.com" help:"The first owner's address (${default})." env:"MART_OWNER_EMAIL"`
	OwnerPassword string `help:"The first owner's password. Default: a random one, printed once." env:"MART_OWNER_PASSWORD"`
}

// stopWithin bounds a stop; what is not done by then is done again after the next start.
const stopWithin = 60 * time.Second

var errBrokenOff = errors.New("stopped before it was open; the next start goes on from there")

// Run starts the mart, says where it is, and drains it when it is told to stop.
func (u up) Run(ctx context.Context) error {
	if err := u.check(); err != nil {
		return err
	}
	begin := time.Now()
	m, err := laptop.Start(ctx, u.config())
	if err != nil && ctx.Err() != nil {
		return errBrokenOff
	}
	if err != nil {
		return err
	}
	u.greet(os.Stdout, m, time.Since(begin))
	ended := m.Shown()
	if ended == nil {
		ended = m.Wait(ctx)
	}
	if ended == nil {
		fmt.Fprintln(os.Stdout, "\nStopping: requests and events in hand are finished first. Ctrl-C again kills.")
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := m.Stop(stopping); err != nil || ended != nil {
		return joined(ended, err)
	}
	fmt.Fprintln(os.Stdout, u.farewell(m, databaseOf(m)))
	return nil
}

// farewell says what became of the state, and where what is elsewhere is kept; database is the folder of one of the mart's own, "" for none.
func (p parts) farewell(m *laptop.Mart, database string) string {
	var elsewhere []string
	switch {
	case p.Postgres != "":
		elsewhere = append(elsewhere, "What was decided is kept in the database at "+hostOf(p.Postgres)+" (--postgres).")
	case database != "" && !m.Temporary && !inside(m.Folder, database):
		elsewhere = append(elsewhere, "What was decided is kept in the database in "+database+".")
	}
	if len(p.Kafka) > 0 {
		elsewhere = append(elsewhere, "What is on its way is kept in Kafka at "+strings.Join(p.Kafka, ",")+" (--kafka).")
	}
	here := "Everything is kept in " + m.Folder + "."
	switch {
	case m.Temporary && len(elsewhere) == 0:
		here = "Nothing is kept: its folder was a temporary one (--data names one that stays)."
	case m.Temporary:
		here = "Nothing else is kept, not even the secrets without which that cannot be read: its folder was a temporary one (--data names one that stays)."
	case len(elsewhere) > 0:
		here = "The rest, with the secrets without which that cannot be read, is kept in " + m.Folder + "."
	}
	return strings.Join(append(append([]string{"Stopped."}, elsewhere...), here), " ")
}

// hostOf is where a database is, without who may enter it.
func hostOf(dsn string) string {
	if u, err := url.Parse(dsn); err == nil && u.Host != "" {
		return u.Host
	}
	return "its server"
}

// ending says, before it is, what Ctrl-C will do.
func ending(m *laptop.Mart) string {
	if m.Temporary {
		return "Ctrl-C stops it and removes its folder, which is a temporary one."
	}
	return "Ctrl-C stops it; nothing is lost."
}

func (u up) config() laptop.Config {
	c := u.parts.config()
	c.Listen, c.Mail, c.Payments, c.Metrics = u.Listen, u.Mail, u.Payments, u.Metrics
	c.Empty, c.OwnerEmail, c.OwnerPassword = u.Empty, u.OwnerEmail, u.OwnerPassword
	u.into(&c)
	return c
}

func (p parts) config() laptop.Config {
	c := laptop.Config{Data: p.Data, Kafka: p.Kafka, Postgres: p.Postgres, SMTP: p.SMTP, LogLevel: "warn", KeepLogs: true, Env: p.tracing()}
	maps.Copy(c.Env, bounds())
	if p.Verbose {
		c.LogLevel = "info"
		c.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
		c.Phase = func(what string, took time.Duration) {
			fmt.Fprintf(os.Stderr, "%9s  %s\n", took.Round(time.Millisecond), what)
		}
	}
	return c
}

// tracing is where the functions' spans go, and which ones.
func (p parts) tracing() map[string]string {
	env := map[string]string{}
	if p.Traces == "" {
		return env
	}
	env["OTEL_EXPORTER_OTLP_ENDPOINT"] = p.Traces
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"} {
		if value := os.Getenv(name); value != "" {
			env[name] = value
		}
	}
	return env
}

// boundNames are the settings of functions that bound what one buyer, address or network may do: a mart on a laptop takes them from its environment, too.
var boundNames = []string{
	"RATE_LIMIT", "REGISTER_LIMIT", "CART_LIMIT", "GUEST_LIMIT", "ORDER_TTL", "ORDER_OPEN_LIMIT", "ORDER_UNPAID_LIMIT", "ORDER_HOLD_LIMIT", "ORDER_HOLD_TOTAL", "ORDER_HOLD_NETWORK",
	"PAYMENT_DECLINED_LIMIT", "PAYMENT_DECLINED_NETWORK", "MAIL_UNPROVEN_LIMIT", "LOGIN_NETWORK", "REGISTER_NETWORK", "LOGIN_PER_PLACE", "LOGIN_BY_STRANGERS", "LOGIN_PER_ADDRESS", "PASSWORD_RESET_PER_ADDRESS", "EMAIL_VERIFICATION_PER_ADDRESS",
}

// bounds are those that the environment sets.
func bounds() map[string]string {
	env := map[string]string{}
	for _, name := range boundNames {
		if value, set := os.LookupEnv(name); set {
			env[name] = value
		}
	}
	return env
}

func (u up) greet(w io.Writer, m *laptop.Mart, took time.Duration) {
	lines := []string{
		fmt.Sprintf("The mart is open (%.1f s).", took.Seconds()), "",
		"  API          " + m.URL,
		"  Shop         " + m.URL + "/shop",
		"  Back office  " + m.URL + "/office",
		"  API docs     " + m.URL + "/docs",
		"  Events       " + m.URL + "/events",
	}
	if m.MailURL != "" {
		lines = append(lines, "  Mail inbox   "+m.MailURL)
	}
	lines = append(lines, "  Payments     "+u.provider(m), "  Metrics      "+m.MetricsURL+"   (of all functions)", "  Kafka        "+strings.Join(m.Kafka, ","),
		"  Postgres     "+u.databaseAt(m)+"   (database "+m.Database.Name+")", "  Data         "+m.Folder)
	lines = append(lines, databaseElsewhere(m, databaseOf(m))...)
	switch {
	case m.Owner.New:
		lines = append(lines, "  Owner        "+m.Owner.Email+"   password "+m.Owner.Password+"   (shown this once, kept nowhere)")
	default:
		lines = append(lines, "  Owner        "+m.Owner.Email+"   (a lost password: "+m.URL+"/office/forgotten mails a link to a new one)")
	}
	lines = append(lines, "", "Try:",
		"  curl -s "+m.URL+"/products",
		"  "+u.demoCommand(m), "",
		ending(m))
	fmt.Fprintln(w, strings.Join(lines, "\n"))
}

// databaseOf is the folder of the mart's own database, "" for none.
func databaseOf(m *laptop.Mart) string {
	if m.Postgres == nil {
		return ""
	}
	return m.Postgres.Folder()
}

// databaseElsewhere is where the database is, when the mart's folder is not the place, and a warning when it may not last there.
func databaseElsewhere(m *laptop.Mart, database string) []string {
	if database == "" || inside(m.Folder, database) {
		return nil
	}
	line := "  Database     " + database + "   (not in " + m.Folder + ", which the user that runs Postgres may not enter"
	if !m.Temporary && inside(os.TempDir(), database) {
		line += "; it is a temporary place: choose a --data that others may enter if it shall last"
	}
	return []string{line + ")"}
}

func inside(folder, path string) bool {
	relative, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(relative)
}

func (p parts) databaseAt(m *laptop.Mart) string {
	if m.Postgres == nil {
		return hostOf(p.Postgres)
	}
	return m.Postgres.Address()
}

func (u up) provider(m *laptop.Mart) string {
	if m.PaymentGateway == "" {
		return u.StripeURL + "   (its webhooks to " + m.URL + "/payments/webhooks/stripe)"
	}
	return m.PaymentGateway + "   (the test provider)"
}

func (u up) demoCommand(m *laptop.Mart) string {
	command := invocation(os.Args[0]) + " demo --url " + m.URL
	if m.MailURL != "" {
		command += " --mail " + m.MailURL
	}
	return command
}
