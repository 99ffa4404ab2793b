package boot

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/settings"
)

type ovens struct {
	Address string `env:"OVEN_URL, required" doc:"The address of the oven."`
	Heat    int    `env:"OVEN_HEAT, default=180" doc:"In degrees."`
}

// A start names everything that is missing or wrong, of whatever part of the function, in one line and before it connects to anybody.
func TestAllFaultsOfTheSettingsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	f := New(events.Brand, nil, ovens{})
	err := f.Start(t.Context(), map[string]string{
		"EVENT_SEAL_KEYS": "k1:short", "EVENT_PERSONAL_KEYS": events.GenerateRing("p1"), "DB_URL": "db", "LOG_LEVEL": "loud", "OVEN_HEAT": "hot",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "collector", "OTEL_TRACES_SAMPLER": "sometimes",
	})
	for _, name := range []string{"EVENT_SEAL_KEYS", "DB_URL", "LOG_LEVEL", "OVEN_HEAT", "OVEN_URL", "KAFKA_BROKERS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER"} {
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: want one line that names %s", err, name)
		}
	}
}

// What looks like a setting of the function and is read by nobody is warned of; what another function reads is not.
func TestASettingThatNobodyReadsIsWarnedOf(t *testing.T) {
	t.Parallel()
	f, other := New(events.Brand, nil, ovens{}), New(events.Product, nil, struct {
		Bell string `env:"OVEN_BELL"`
	}{})
	f.Among(append(f.Settings(), other.Settings()...))
	var log bytes.Buffer
	f.warnUnread(&Runtime{Log: slog.New(slog.NewTextHandler(&log, nil))}, map[string]string{
		"OVEN_ULR": "http://oven", "OVEN_BELL": "loud", "KAFKA_BROKER": "kafka:9092", "PATH": "/bin", "PORT": "8080", "K_REVISION": "brand-1", "KAFKA_SERVICE_HOST": "10.0.0.1",
	})
	for _, want := range []string{"OVEN_ULR is set, and nobody reads it: is OVEN_URL meant?", "KAFKA_BROKER is set, and nobody reads it: is KAFKA_BROKERS meant?"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("lacks %q:\n%s", want, &log)
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 2 || strings.Contains(log.String(), "http://oven") {
		t.Errorf("%d warnings, want 2 without values:\n%s", n, &log)
	}
}

func TestSettingsOfAFunction(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, s := range New(events.Brand, nil, ovens{}).Settings() {
		names[s.Name] = true
	}
	for _, want := range []string{"FUNCTION", "LOG_LEVEL", "OTEL_TRACES_SAMPLER", "EVENT_SEAL_KEYS", "KAFKA_BROKERS", "OVEN_HEAT"} {
		if !names[want] {
			t.Errorf("lacks %s", want)
		}
	}
	for _, s := range NewEventless(events.Gateway, nil, []settings.Setting{{Name: "BOWL"}}).Settings() {
		if s.Name == "KAFKA_BROKERS" {
			t.Error("who sends nothing reads where Kafka is")
		}
	}
}
