package tracing

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"

	"github.com/onlinemart/mart/events"
)

func settings(t *testing.T, env map[string]string) Settings {
	t.Helper()
	var s Settings
	if err := envconfig.ProcessWith(t.Context(), &envconfig.Config{Target: &s, Lookuper: envconfig.MapLookuper(env)}); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNothingIsExportedUnlessAnEndpointIsNamed(t *testing.T) {
	t.Parallel()
	for _, env := range []map[string]string{
		nil,
		{"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
		{"OTEL_TRACES_SAMPLER": "jaeger_remote"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"},
	} {
		e, err := Start(t.Context(), settings(t, env), events.Order, slog.New(slog.DiscardHandler))
		if e != nil || err != nil {
			t.Errorf("%v: %v, %v", env, e, err)
		}
		if err := e.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]map[string]string{
		"http://127.0.0.1:4318/v1/traces":     {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
		"https://otel.example/base/v1/traces": {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example/base/"},
		"https://otel.example/as/it/is":       {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://no", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://otel.example/as/it/is"},
	} {
		if got, err := settings(t, env).url(); got != want || err != nil {
			t.Errorf("%v: %q, %v, want %q", env, got, err, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	got, err := settings(t, map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc, x-tenant=mart"}).headers()
	if d := cmp.Diff(map[string]string{"authorization": "Bearer abc", "x-tenant": "mart"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"no URL":         {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
		"another scheme": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "grpc://collector:4317"},
		"a password":     {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:secret@collector:4318"},
		"protocol":       {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"headers":        {"OTEL_EXPORTER_OTLP_HEADERS": "secret"},
		"sampler":        {"OTEL_TRACES_SAMPLER": "jaeger_remote"},
		"ratio":          {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "10%"},
		"ratio too high": {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1.5"},
		"no ratio":       {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
			named := ""
			for setting, value := range env {
				with[setting], named = value, max(named, setting)
			}
			e, err := Start(t.Context(), settings(t, with), events.Order, slog.New(slog.DiscardHandler))
			if e != nil || err == nil || !strings.Contains(err.Error(), named) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v, want one line that names %s", err, named)
			}
		})
	}
}
