package boot

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

const clientsParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// parrot is a function whose API says which trace it works in, or panics.
func parrot() *Function {
	return NewEventless(events.Gateway, func(context.Context, *Runtime) (Service, error) {
		return Service{API: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, r.Header.Get("Traceparent")+" "+bus.SpanOf(r.Context()).Traceparent())
		})}, nil
	})
}

// ask asks a started function under the client's trace.
func ask(t *testing.T, f *Function, method string) string {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	req.Header.Set("Traceparent", clientsParent)
	w := httptest.NewRecorder()
	f.Server().ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestARequestIsASpanOnlyWhereThereIsACollector(t *testing.T) {
	t.Parallel()
	off := parrot()
	if err := off.Start(t.Context(), given()); err != nil {
		t.Fatal(err)
	}
	if said := ask(t, off, http.MethodGet); said != clientsParent+" " {
		t.Errorf("without a collector: %q, want the request as it came", said)
	}
	on, env := parrot(), given()
	env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
	if err := on.Start(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	said := ask(t, on, http.MethodGet)
	if len(said) != 111 || said[:55] != said[56:] || said[:55] == clientsParent || bus.TraceID(said[:55]) != bus.TraceID(clientsParent) {
		t.Errorf("with a collector: %q, want a span of the client's trace", said)
	}
	func() {
		defer func() { _ = recover() }()
		get(t, on.Server(), "/panic")
	}()
	for _, f := range []*Function{off, on} {
		if err := f.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The id of the trace, by which a problem names it, is in every line of the log about it.
func TestTheLogNamesTheTrace(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	log := slog.New(traced{slog.NewTextHandler(&said, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})}).With("function", "order")
	log.WarnContext(events.WithCause(t.Context(), events.Cause{Traceparent: clientsParent}), "no answer")
	log.WarnContext(t.Context(), "no cause")
	const want = "level=WARN msg=\"no answer\" function=order traceId=4bf92f3577b34da6a3ce929d0e0e4736\nlevel=WARN msg=\"no cause\" function=order\n"
	if d := cmp.Diff(want, said.String()); d != "" {
		t.Error(d)
	}
}
