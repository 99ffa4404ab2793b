package boot

import (
	"context"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/tracing"
	"github.com/onlinemart/mart/functions/settings"
	"github.com/sethvargo/go-envconfig"
)

// Process is what a process reads before it is any function.
type Process struct {
	Function      string `env:"FUNCTION" doc:"Which function this process is; else what K_SERVICE says."`
	Service       string `env:"K_SERVICE" doc:"Set by Knative: the name of the service."`
	ListenAddress string `env:"LISTEN_ADDRESS" doc:"host:port to serve on; else PORT, else 127.0.0.1:8080."`
	Port          string `env:"PORT" doc:"The port to serve on: of loopback, in a pod of every address. Knative sets it."`
	ListenFDs     string `env:"LISTEN_FDS" doc:"1: file 3 is the open port, as systemd hands it over."`
}

// configs is every config struct that the function reads.
func (f *Function) configs() []any {
	all := []any{LogSettings{}, tracing.Settings{}}
	if f.eventless {
		all = append(all, MetricsSettings{})
	} else {
		all = append(all, Settings{}, bus.KafkaConfig{})
	}
	return append(all, f.reads...)
}

// Settings is all that the function reads from its environment, what every process does first.
func (f *Function) Settings() []settings.Setting {
	return append(settings.Describe(Process{}), f.own()...)
}

func (f *Function) own() []settings.Setting { return settings.Describe(f.configs()...) }

// Among tells the function which settings there are in the whole mart: what it is given of them is no slip, even where it reads none of it.
func (f *Function) Among(all []settings.Setting) {
	f.known = append(settings.Describe(Process{}), all...)
}

// checkSettings reads everything once before anything is built, so that all faults are told together.
func (f *Function) checkSettings(ctx context.Context, env envconfig.Lookuper) error {
	var all []any
	for _, c := range f.configs() {
		if _, listed := c.([]settings.Setting); listed {
			continue // its function looks them up by itself
		}
		all = append(all, reflect.New(reflect.TypeOf(c)).Interface())
	}
	return configure(ctx, f.name, env, all...)
}

// warnUnread tells what in the environment looks like a setting and is none.
func (f *Function) warnUnread(r *Runtime, env map[string]string) {
	if f.known == nil {
		return
	}
	for _, warning := range settings.Unread(names(env), f.own(), f.known) {
		r.Log.Warn(warning)
	}
}

// names is those of the environment that lookuper reads.
func names(env map[string]string) []string {
	if env != nil {
		return slices.Collect(maps.Keys(env))
	}
	var all []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		all = append(all, name)
	}
	return all
}

func lookuper(env map[string]string) envconfig.Lookuper {
	if env == nil {
		return envconfig.OsLookuper()
	}
	return envconfig.MapLookuper(env)
}

func configure(ctx context.Context, name events.Function, env envconfig.Lookuper, configs ...any) error {
	if err := settings.Fill(ctx, env, configs...); err != nil {
		return fmt.Errorf("settings of %s: %w", name, err)
	}
	return nil
}
