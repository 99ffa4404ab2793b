package tracing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// makeSpans makes so many spans.
func makeSpans(ctx context.Context, e *Export, n int) {
	for range n {
		_, span := e.Tracer.Begin(ctx, "", trace.SpanKindServer, "GET /orders")
		span.End(nil)
	}
}

func TestStopDeliversWhatIsLeft(t *testing.T) {
	t.Parallel()
	got := make(chan []string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got <- []string{r.Method, r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("Authorization")}
	}))
	t.Cleanup(server.Close)
	e, err := Start(t.Context(), settings(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL, "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc"}), events.Order, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	makeSpans(t.Context(), e, 1)
	if err := e.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"POST", "/v1/traces", "application/x-protobuf", "Bearer abc"}, <-got); d != "" {
		t.Error(d)
	}
}

// Who began the trace has said whether it is exported; the ratio is for traces that begin here.
func TestTheIncomingFlagIsHonoured(t *testing.T) {
	t.Parallel()
	const seen, unseen = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
	for name, c := range map[string]struct {
		sampler, ratio, parent, flag string
	}{
		"by default all":           {"", "", "", "01"},
		"the parent is unseen":     {"", "", unseen, "00"},
		"a ratio of none":          {"parentbased_traceidratio", "0", "", "00"},
		"the parent goes first":    {"parentbased_traceidratio", "0", seen, "01"},
		"none at all":              {"always_off", "", seen, "00"},
		"a parent that is no such": {"parentbased_always_off", "", "00-zz-01", "00"},
	} {
		env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_SAMPLER_ARG": c.ratio}
		if c.sampler != "" {
			env["OTEL_TRACES_SAMPLER"] = c.sampler
		}
		e, err := Start(t.Context(), settings(t, env), events.Order, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		begun := fmt.Sprintf("%012x", time.Now().UnixMilli())
		_, span := e.Tracer.Begin(t.Context(), c.parent, trace.SpanKindServer, "GET /orders")
		tp := span.Traceparent()
		if id := bus.TraceID(tp); c.parent == "" && (id[:12] < begun || id[:12] > fmt.Sprintf("%012x", time.Now().UnixMilli())) {
			t.Errorf("%s: %s does not begin with its time, after %s", name, tp, begun)
		}
		if bus.TraceID(tp) == "" || tp[53:] != c.flag || (c.parent == seen || c.parent == unseen) && bus.TraceID(tp) != bus.TraceID(seen) {
			t.Errorf("%s: %s, want flag %s", name, tp, c.flag)
		}
		span.End(nil)
		if err := e.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// collector is one that answers, or does not, as a test says, without a network: its time is the test's.
type collector func(*http.Request) (*http.Response, error)

func (c collector) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// lines is a log that is read while somebody still writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A collector that is away, refuses, or takes the connection and says nothing delays nobody who makes spans, more than are held; it costs
// two seconds of a stop at most, and one line of the log.
func TestACollectorThatTakesNothingDelaysNobody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		collector collector
		stop      time.Duration
		lines     int
	}{
		"nobody there": {func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }, 0, 1},
		"refuses": {func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Header: http.Header{}}, nil
		}, 0, 1},
		"says nothing": {func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, flushWithin, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log lines
				set := settings(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318"})
				e, err := start(t.Context(), set, events.Order, slog.New(slog.NewTextHandler(&log, nil)), otlptracehttp.WithHTTPClient(&http.Client{Transport: c.collector}))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				makeSpans(t.Context(), e, 5000)
				made := time.Since(began)
				if err := e.Stop(t.Context()); err != nil {
					t.Error(err)
				}
				if stopped := time.Since(began) - made; made != 0 || stopped != c.stop {
					t.Errorf("making spans took %s, the stop %s, want none and %s", made, stopped, c.stop)
				}
				synctest.Wait()
				lines := strings.Count(log.String(), "\n")
				if c.lines == 1 && (lines != 1 || !strings.Contains(log.String(), "OTEL_EXPORTER_OTLP_ENDPOINT")) || lines > 1 {
					t.Errorf("the log: %s", log.String())
				}
				time.Sleep(10 * time.Minute) // of the test's own time: what nobody waited for has given up by then
			})
		})
	}
}

func TestNoTracerIsNoSpan(t *testing.T) {
	t.Parallel()
	var none *bus.Tracer
	ctx, span := none.Begin(t.Context(), "", trace.SpanKindServer, "GET /orders")
	span.Rename("x")
	span.Fail("y")
	span.End(context.Canceled)
	if ctx != t.Context() || span.Traceparent() != "" || bus.SpanOf(ctx).IsRecording() {
		t.Error("there is a span without a tracer")
	}
}
