// Package boot gives every function its life: settings, log, traces, keys, Kafka, the port for events, health, and an orderly end.
//
// A function package says only what is its own: New returns boot.New(name, build), and build makes its API, its reactions
// and whatever they need. The methods of Function are the hooks that Knative's func scaffold looks for.
package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/settings"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/sethvargo/go-envconfig"
)

// Service is what a function consists of; nil fields are parts it does not have.
type Service struct {
	API       http.Handler
	Reactions events.Reactions
	Answers   events.Answers
	Apply     func(ctx context.Context, e events.Envelope) error
	Tick      func(ctx context.Context)
	Reseal    func(ctx context.Context, answer []byte) ([]byte, error) // of db: so that the ring alone opens an answer
	Ready     func(ctx context.Context) error                          // besides being started
	Stop      func(ctx context.Context) error                          // after the last request, before Kafka is left
}

// Build makes a function's service. ctx ends when the function stops.
type Build func(ctx context.Context, r *Runtime) (Service, error)

// Function is a Knative function: Handle, Start, Stop, Ready, Alive.
type Function struct {
	name      events.Function
	build     Build
	reads     []any // its own config structs
	known     []settings.Setting
	eventless bool
	describe  func() *huma.OpenAPI
	also      slog.Handler // of what is logged; nil: nobody
	running   atomic.Pointer[running]
	failed    atomic.Pointer[error]
	cancel    context.CancelFunc
}

type running struct {
	*Runtime
	service  Service
	receiver http.Handler
	metrics  http.Handler
	scrapers string // the token that they show; "" when the port is not open to the world
}

// New is the function name made by build, which reads these config structs and no others.
func New(name events.Function, build Build, reads ...any) *Function {
	return &Function{name: name, build: build, reads: reads, cancel: func() {}}
}

// NewEventless is a function that neither sends nor receives events: the gateway.
func NewEventless(name events.Function, build Build, reads ...any) *Function {
	f := New(name, build, reads...)
	f.eventless = true
	return f
}

// Described is f with what describes its part of the public API.
func (f *Function) Described(describe func() *huma.OpenAPI) *Function {
	f.describe = describe
	return f
}

// LogTo gives what the function logs to h, too, as far as h wants it: beside what LOG_LEVEL and LOG_FORMAT say. It is called before Start.
func (f *Function) LogTo(h slog.Handler) { f.also = h }

// OpenAPI is its part of the public API; nil when it has none.
func (f *Function) OpenAPI() *huma.OpenAPI {
	if f.describe == nil {
		return nil
	}
	return f.describe()
}

// Start reads the settings, connects and builds. env is the environment; nil means the process's own. It keeps trying while Kafka does not
// answer, so that the order in which things start does not matter. Error: a setting is missing or wrong, or the build failed.
func (f *Function) Start(ctx context.Context, env map[string]string) error {
	return f.start(context.WithoutCancel(ctx), env) // func cancels what it gave when the process is told to stop, before requests have drained
}

// start is Start for a function that lives no longer than ctx.
func (f *Function) start(ctx context.Context, env map[string]string) error {
	ctx, f.cancel = context.WithCancel(ctx)
	r, err := f.assemble(ctx, lookuper(env))
	if err != nil {
		err = fmt.Errorf("start %s: %w", f.name, err)
		f.failed.Store(&err)
		return err
	}
	f.warnUnread(r.Runtime, env)
	f.running.Store(r)
	r.Log.Info("started", "revision", Revision())
	return nil
}

func (f *Function) assemble(ctx context.Context, env envconfig.Lookuper) (*running, error) {
	registry := prometheus.NewRegistry()
	runtime, err := f.connect(ctx, env, registry)
	if err != nil {
		return nil, err
	}
	service, err := f.build(ctx, runtime)
	if err != nil {
		return nil, errors.Join(err, closeAll(ctx, runtime))
	}
	r := &running{Runtime: runtime, service: service, metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}
	if f.eventless {
		var m MetricsSettings
		err = runtime.Configure(ctx, &m)
		r.scrapers = m.Token
		return r, err
	}
	receiver, err := bus.NewReceiver(bus.ReceiverConfig{
		Self: f.name, Keys: runtime.Keys, Handlers: append([]events.Handler(service.Reactions), service.Answers...),
		Apply: service.Apply, Tick: service.Tick, Reseal: service.Reseal, Persons: runtime.Persons, Send: runtime.Publisher.Send, DeadLetter: runtime.Publisher.DeadLetter,
		Log: runtime.Log, Metrics: registry, Tracer: runtime.Tracer,
	})
	if err != nil {
		return nil, errors.Join(err, closeAll(ctx, runtime))
	}
	r.receiver = receiver
	return r, nil
}

// Stop ends the service, then leaves Kafka: the other way round, results would be lost. The server has let the last request end before.
func (f *Function) Stop(ctx context.Context) error {
	defer f.cancel()
	r := f.running.Load()
	if r == nil {
		return nil
	}
	var err error
	if r.service.Stop != nil {
		err = r.service.Stop(ctx)
	}
	err = errors.Join(err, closeAll(ctx, r.Runtime))
	r.Log.Info("stopped")
	return err
}

// Ready tells whether the function can take requests. It does not flap when Kafka or Postgres hiccup: what cannot be done then is
// answered 503 and tried again.
func (f *Function) Ready(ctx context.Context) (bool, error) {
	if err := f.failed.Load(); err != nil {
		return false, *err
	}
	r := f.running.Load()
	if r == nil {
		return false, nil
	}
	if r.service.Ready == nil {
		return true, nil
	}
	if err := r.service.Ready(ctx); err != nil {
		return false, err
	}
	return true, nil
}

// Alive tells whether the function is worth keeping; it depends on nothing outside it.
func (f *Function) Alive(context.Context) (bool, error) { return true, nil }

// Handle takes every request: events and queries at /, metrics, and the API.
func (f *Function) Handle(w http.ResponseWriter, req *http.Request) {
	r := f.running.Load()
	switch {
	case r == nil:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "starting", http.StatusServiceUnavailable)
	case r.receiver != nil && bus.IsEvent(req):
		r.receiver.ServeHTTP(w, req)
	case req.URL.Path == "/metrics" && req.Method == http.MethodGet && r.mayScrape(req):
		r.metrics.ServeHTTP(w, req)
	case r.service.API != nil:
		r.serve(w, req)
	default:
		http.NotFound(w, req)
	}
}
