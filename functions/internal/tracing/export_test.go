package tracing

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/onlinemart/mart/events"
)

// export makes so many spans, and stops.
func export(t *testing.T, log *slog.Logger, env map[string]string, parents ...string) (took time.Duration) {
	t.Helper()
	e, err := Start(t.Context(), settings(t, env), events.Order, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, parent := range parents {
		_, span := e.Tracer.Begin(t.Context(), parent, trace.SpanKindServer, "GET /orders")
		span.End(nil)
	}
	began := time.Now()
	if err := e.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	return time.Since(began)
}

func TestStopDeliversWhatIsLeft(t *testing.T) {
	t.Parallel()
	got := make(chan []string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got <- []string{r.Method, r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("Authorization")}
	}))
	t.Cleanup(server.Close)
	export(t, slog.New(slog.DiscardHandler), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL, "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc"}, "")
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
		_, span := e.Tracer.Begin(t.Context(), c.parent, trace.SpanKindServer, "GET /orders")
		tp := span.Traceparent()
		if events.TraceID(tp) == "" || tp[53:] != c.flag || (c.parent == seen || c.parent == unseen) && events.TraceID(tp) != events.TraceID(seen) {
			t.Errorf("%s: %s, want flag %s", name, tp, c.flag)
		}
		span.End(nil)
		if err := e.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A collector that refuses, or takes the connection and says nothing, costs two seconds of a stop at most and one line of the log.
func TestACollectorThatIsAwayIsSaidOnce(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not today", http.StatusServiceUnavailable)
	}))
	t.Cleanup(refusing.Close)
	for name, c := range map[string]struct {
		endpoint string
		lines    int
	}{
		"nobody there": {"http://127.0.0.1:1", 1}, "refuses": {refusing.URL, 1}, "says nothing": {"http://" + silent.Addr().String(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			many := make([]string, 2000) // several batches
			took := export(t, slog.New(slog.NewTextHandler(&log, nil)), map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.endpoint}, many...)
			if took > flushWithin+time.Second {
				t.Errorf("the stop took %s", took)
			}
			if c.lines == 1 && (strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "OTEL_EXPORTER_OTLP_ENDPOINT")) {
				t.Errorf("the log: %s", log.String())
			}
		})
	}
}

func TestNoTracerIsNoSpan(t *testing.T) {
	t.Parallel()
	var none *events.Tracer
	ctx, span := none.Begin(t.Context(), "", trace.SpanKindServer, "GET /orders")
	span.Rename("x")
	span.Fail("y")
	span.End(context.Canceled)
	if ctx != t.Context() || span.Traceparent() != "" || events.SpanOf(ctx).Seen() {
		t.Error("there is a span without a tracer")
	}
}
