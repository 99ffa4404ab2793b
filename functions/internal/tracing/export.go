package tracing

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

const (
	exportEvery = time.Second // so that a function that is about to sleep keeps little back
	flushWithin = 2 * time.Second
	warnEvery   = time.Minute
)

// Export is a function's way to the collector. A nil Export is none.
type Export struct {
	Tracer   *bus.Tracer
	provider *sdk.TracerProvider
}

// Start begins to export the spans of the function name; nil without an error when the settings name no collector. It connects to
// nobody yet. Error: one line that says which setting is wrong.
func Start(ctx context.Context, s Settings, name events.Function, log *slog.Logger) (*Export, error) {
	return start(ctx, s, name, log)
}

func start(ctx context.Context, s Settings, name events.Function, log *slog.Logger, more ...otlptracehttp.Option) (*Export, error) {
	if !s.on() {
		return nil, nil
	}
	url, err := s.url()
	if err != nil {
		return nil, err
	}
	headers, err := s.headers()
	if err != nil {
		return nil, err
	}
	sampler, err := s.sampler()
	if err != nil {
		return nil, err
	}
	options := []otlptracehttp.Option{
		otlptracehttp.WithEndpointURL(url), otlptracehttp.WithCompression(otlptracehttp.GzipCompression),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}), // a span that is lost is only lost
	}
	if len(headers) > 0 {
		options = append(options, otlptracehttp.WithHeaders(headers))
	}
	exporter, err := otlptracehttp.New(ctx, append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("export traces (OTEL_EXPORTER_OTLP_ENDPOINT): %w", err)
	}
	self, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(semconv.ServiceNamespace("mart"), semconv.ServiceName("mart-"+string(name))))
	if err != nil {
		return nil, fmt.Errorf("describe %s to the collector: %w", name, err)
	}
	provider := sdk.NewTracerProvider(sdk.WithResource(self), sdk.WithSampler(sampler), sdk.WithIDGenerator(ids{}),
		sdk.WithBatcher(&forgiving{SpanExporter: exporter, log: log, warnings: rate.Sometimes{First: 1, Interval: warnEvery}}, sdk.WithBatchTimeout(exportEvery)))
	return &Export{Tracer: bus.NewTracer(provider), provider: provider}, nil
}

// ids are those of new traces and spans.
type ids struct{}

// NewIDs begins a trace.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id := bus.NewTraceID()
	return id, ids{}.NewSpanID(ctx, id)
}

// NewSpanID begins a span.
func (ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	_, _ = rand.Read(id[:])
	return id
}

// Stop exports what is left, within two seconds. What a collector has not taken by then is lost, and no error.
func (e *Export) Stop(ctx context.Context) error {
	if e == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushWithin)
	defer cancel()
	if err := e.provider.Shutdown(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("stop exporting traces: %w", err)
	}
	return nil
}

// forgiving drops what cannot be delivered, and says so now and then.
type forgiving struct {
	sdk.SpanExporter
	log      *slog.Logger
	warnings rate.Sometimes
}

// ExportSpans delivers spans or drops them.
func (f *forgiving) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := f.SpanExporter.ExportSpans(ctx, spans); err != nil {
		f.warnings.Do(func() {
			f.log.Warn("the collector (OTEL_EXPORTER_OTLP_ENDPOINT) does not take spans; they are dropped, and nothing else suffers", "spans", len(spans), "reason", err)
		})
	}
	return nil
}
