// Package tracing exports the spans of a function to a collector, by OTLP over HTTP, when the environment names one.
//
// It owns OpenTelemetry's own settings, the sampling, and what becomes of spans that cannot be delivered: they are dropped. A
// collector that is slow or away never delays a request.
package tracing

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Settings are OpenTelemetry's, by their own names. Source: the specification of its SDK environment variables.
type Settings struct {
	Endpoint       string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" doc:"The collector of spans, http://collector:4318; /v1/traces is added. None: nothing is traced."`
	TracesEndpoint string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" doc:"The same, taken as it is; it goes first."`
	Protocol       string `env:"OTEL_EXPORTER_OTLP_PROTOCOL, default=http/protobuf" doc:"Nothing else is spoken."`
	Headers        string `env:"OTEL_EXPORTER_OTLP_HEADERS" secret:"true" doc:"A collector's token: name=value, comma separated, percent-encoded."`
	Sampler        string `env:"OTEL_TRACES_SAMPLER, default=parentbased_always_on" doc:"Which new traces are exported: always_on, always_off, traceidratio, or one of them with parentbased_ before it."`
	Ratio          string `env:"OTEL_TRACES_SAMPLER_ARG" doc:"The share of traces, 0 to 1, of the two samplers by ratio; else 1."`
	Disabled       bool   `env:"OTEL_SDK_DISABLED" doc:"true: nothing is traced."`
}

// Check looks at all of them, if there is somebody to export to.
func (s Settings) Check() error {
	if !s.on() {
		return nil
	}
	_, address := s.url()
	_, headers := s.headers()
	_, sampler := s.sampler()
	return errors.Join(address, headers, sampler)
}

// on tells whether there is anybody to export to.
func (s Settings) on() bool { return !s.Disabled && (s.Endpoint != "" || s.TracesEndpoint != "") }

// url is where spans are posted. Error: the setting is no address.
func (s Settings) url() (string, error) {
	name, value := "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", s.TracesEndpoint
	if value == "" {
		name, value = "OTEL_EXPORTER_OTLP_ENDPOINT", s.Endpoint
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("%s is not an http or https URL; set it to the collector's, such as http://127.0.0.1:4318", name)
	case u.User != nil:
		return "", fmt.Errorf("%s has a user or password in it; put the collector's token into OTEL_EXPORTER_OTLP_HEADERS", name)
	case s.Protocol != "http/protobuf":
		return "", fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q; only http/protobuf is spoken", s.Protocol)
	case s.TracesEndpoint == "":
		u = u.JoinPath("v1/traces")
	}
	return u.String(), nil
}

// headers are sent with every export. Error: they are not written name=value.
func (s Settings) headers() (map[string]string, error) {
	headers := map[string]string{}
	if strings.TrimSpace(s.Headers) == "" {
		return headers, nil
	}
	for pair := range strings.SplitSeq(s.Headers, ",") {
		name, encoded, ok := strings.Cut(strings.TrimSpace(pair), "=")
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		if !ok || name == "" || err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS is not readable; it is written name=value, comma separated, percent-encoded") // and may be secret
		}
		headers[strings.TrimSpace(name)] = value
	}
	return headers, nil
}

// samplers decide which new traces are exported; the parent-based ones leave the choice to whoever began the trace, if somebody did.
var samplers = map[string]func(ratio float64) sdk.Sampler{
	"always_on":                func(float64) sdk.Sampler { return sdk.AlwaysSample() },
	"always_off":               func(float64) sdk.Sampler { return sdk.NeverSample() },
	"traceidratio":             sdk.TraceIDRatioBased,
	"parentbased_always_on":    func(float64) sdk.Sampler { return sdk.ParentBased(sdk.AlwaysSample()) },
	"parentbased_always_off":   func(float64) sdk.Sampler { return sdk.ParentBased(sdk.NeverSample()) },
	"parentbased_traceidratio": func(ratio float64) sdk.Sampler { return sdk.ParentBased(sdk.TraceIDRatioBased(ratio)) },
}

func (s Settings) sampler() (sdk.Sampler, error) {
	sampler, known := samplers[s.Sampler]
	if !known {
		var names []string
		for name := range samplers {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("OTEL_TRACES_SAMPLER is %q; it must be one of %s", s.Sampler, strings.Join(names, ", "))
	}
	ratio := 1.0
	if s.Ratio != "" && strings.HasSuffix(s.Sampler, "traceidratio") {
		var err error
		if ratio, err = strconv.ParseFloat(s.Ratio, 64); err != nil || !(ratio >= 0 && ratio <= 1) {
			return nil, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG is %q; it must be the share of traces to export, from 0 to 1", s.Ratio)
		}
	}
	return sampler(ratio), nil
}
