package db

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// A transaction is a span in the trace of each command it decides, and tells when it failed. What the sweep publishes later still
// belongs to the command's trace.
func TestATransactionIsASpan(t *testing.T) {
	t.Parallel()
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for place, failed := range map[string]codes.Code{inbox.BeforePublish: codes.Unset, inbox.BeforeCommit: codes.Error} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			kept := tracetest.NewInMemoryExporter()
			provider := sdk.NewTracerProvider(sdk.WithSyncer(kept))
			crash := errors.New("crash")
			b := setup(t, impatient, func(o *inbox.Options) {
				o.Tracer = bus.NewTracer(provider)
				o.FailAt = func(at string) error { return map[string]error{place: crash}[at] }
			})
			e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
			e.Traceparent = parent
			if err := b.store.Apply(t.Context(), e); !errors.Is(err, crash) {
				t.Fatalf("got %v", err)
			}
			var spans []string
			for _, s := range kept.GetSpans() {
				spans = append(spans, s.Name+" under "+s.Parent.SpanID().String()+" "+s.Status.Code.String())
			}
			want := "apply " + e.Type + " under 00f067aa0ba902b7 " + failed.String()
			if d := cmp.Diff([]string{want}, slices.Compact(spans)); d != "" {
				t.Error(d)
			}
			if place == inbox.BeforePublish {
				b.eventually("the sweep publishes", func() bool { return len(b.kafka.about(t, e.Subject)) > 0 })
				published, err := events.Unpack([]byte(b.kafka.about(t, e.Subject)[0]))
				if err != nil || published[0].Traceparent != parent {
					t.Errorf("%+v, %v: want it to follow from %s", published, err, parent)
				}
			}
			if err := provider.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}
