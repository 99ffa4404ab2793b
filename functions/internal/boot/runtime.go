package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/tracing"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-envconfig"
)

// Settings are what every function that speaks reads from its environment. Secrets have no default.
type Settings struct {
	SealKeys     string `env:"EVENT_SEAL_KEYS, required" secret:"true" doc:"The ring of keys that seal messages: id:base64,id:base64, the current one first; every key has 32 bytes."`
	PersonalKeys string `env:"EVENT_PERSONAL_KEYS, required" secret:"true" doc:"The ring of keys that encrypt personal values, written alike."`
	DBURL        string `env:"DB_URL, default=http://db.mart.svc.cluster.local" doc:"The address of the function db."`
}

// Check makes the keys and looks at the address.
func (s Settings) Check() error {
	_, err := events.NewKeys(s.SealKeys, s.PersonalKeys)
	if u, broken := url.Parse(s.DBURL); broken != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		err = errors.Join(err, fmt.Errorf("DB_URL is %q: set it to the address of the function db, such as http://db:8080", s.DBURL))
	}
	return err
}

// Runtime is what a function is given to build itself with.
type Runtime struct {
	Name      events.Function
	Keys      *events.Keys    // nil for the gateway, as what is sent and asked with
	Kafka     bus.KafkaConfig // where that is
	Publisher *bus.Publisher  // sends
	Asker     *bus.Asker      // asks db
	Persons   *bus.PersonKeys // of those whose values it reads and writes; db has its own
	Log       *slog.Logger
	Metrics   prometheus.Registerer
	Env       envconfig.Lookuper
	Tracer    *bus.Tracer // nil when nothing is traced
	export    *tracing.Export
}

// Caller sends the function's commands and learns what has become of them.
func (r *Runtime) Caller() bus.Caller { return bus.Caller{Publisher: r.Publisher, Asker: r.Asker} }

// Configure fills a config struct, one of those that the function was made with, from the function's environment. Error: all that is missing
// or wrong in it; a start has found it already.
func (r *Runtime) Configure(ctx context.Context, config any) error {
	return configure(ctx, r.Name, r.Env, config)
}

func (f *Function) connect(ctx context.Context, env envconfig.Lookuper, metrics prometheus.Registerer) (*Runtime, error) {
	if err := errors.Join(f.checkSettings(ctx, env), describeProcess(metrics)); err != nil {
		return nil, err
	}
	var l LogSettings
	if err := configure(ctx, f.name, env, &l); err != nil {
		return nil, err
	}
	log, err := logger(f.name, l, f.also)
	if err != nil {
		return nil, err
	}
	r := &Runtime{Name: f.name, Log: log, Metrics: metrics, Env: env}
	if err := r.trace(ctx); err != nil || f.eventless {
		return r, err
	}
	if err := r.speak(ctx); err != nil {
		return nil, errors.Join(err, closeAll(ctx, r))
	}
	return r, nil
}

// trace begins to export spans, if there is somebody to export them to.
func (r *Runtime) trace(ctx context.Context) error {
	var t tracing.Settings
	if err := r.Configure(ctx, &t); err != nil {
		return err
	}
	var err error
	if r.export, err = tracing.Start(ctx, t, r.Name, r.Log); err == nil && r.export != nil {
		r.Tracer = r.export.Tracer
	}
	return err
}

// speak takes the keys and connects to Kafka and db.
func (r *Runtime) speak(ctx context.Context) error {
	var s Settings
	if err := r.Configure(ctx, &s); err != nil {
		return err
	}
	keys, err := events.NewKeys(s.SealKeys, s.PersonalKeys)
	if err != nil {
		return err
	}
	if err := r.Configure(ctx, &r.Kafka); err != nil {
		return err
	}
	r.Keys, r.Asker = keys, bus.NewAsker(r.Name, keys, s.DBURL)
	r.Asker.TraceWith(r.Tracer)
	if r.Publisher, err = dial(ctx, r, r.Kafka); err != nil {
		return err
	}
	r.Publisher.TraceWith(r.Tracer)
	if err := r.Publisher.MeasureWith(r.Metrics); err != nil {
		return err
	}
	if r.Name != events.DB {
		r.Persons = bus.NewPersonKeys(bus.PersonsOf(r.Asker), keys, r.Log)
		r.Publisher.CloseWith(r.Persons)
	}
	return nil
}

// dial connects to Kafka.
func dial(ctx context.Context, r *Runtime, kafka bus.KafkaConfig) (*bus.Publisher, error) {
	away := func(err error) bool { return errors.Is(err, bus.ErrNoBroker) }
	return Await(ctx, r.Log, "Kafka", away, func() (*bus.Publisher, error) { return bus.NewPublisher(r.Name, r.Keys, kafka) })
}

func closeAll(ctx context.Context, r *Runtime) (err error) {
	if r.Asker != nil {
		r.Asker.Close()
	}
	if r.Publisher != nil {
		err = r.Publisher.Close()
	}
	return errors.Join(err, r.export.Stop(ctx))
}
