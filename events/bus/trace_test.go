package bus

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

const clientsParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// seen is what a span says.
type seen struct {
	Name, Parent, Kind, Error string
}

// spans is a tracer and what it has seen end, in that order.
func spans(t *testing.T) (*Tracer, func() []seen) {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(kept))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return NewTracer(provider), func() []seen {
		names := map[trace.SpanID]string{spanContext(clientsParent).SpanID(): "the client"}
		for _, s := range kept.GetSpans() {
			names[s.SpanContext.SpanID()] = s.Name
		}
		var all []seen
		for _, s := range kept.GetSpans() {
			one := seen{Name: s.Name, Parent: names[s.Parent.SpanID()], Kind: s.SpanKind.String()}
			if s.Status.Code == codes.Error {
				for _, a := range s.Attributes {
					if a.Key == "error.type" {
						one.Error = a.Value.AsString()
					}
				}
			}
			all = append(all, one)
		}
		return all
	}
}

func TestTraces(t *testing.T) {
	t.Parallel()
	const valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for _, parent := range []string{valid, "01" + valid[2:], "01" + valid[2:] + "-more"} { // a later version is read as far as it is known
		next := ContinueTrace(parent)
		if TraceID(next) != valid[3:35] || next[:3] != "00-" || next == valid || next[52:] != "-01" {
			t.Errorf("%s goes on as %s", parent, next)
		}
	}
	for _, parent := range []string{"", "x", valid[:54], valid + "-more", "ff" + valid[2:], "00-" + "00000000000000000000000000000000" + valid[35:], "00-4BF92F3577B34DA6A3CE929D0E0E4736" + valid[35:], valid[:36] + "0000000000000000-01"} {
		if TraceID(parent) != "" || TraceID(ContinueTrace(parent)) == "" {
			t.Errorf("%q is taken for a trace, or none follows", parent)
		}
	}
}

// The correlation of a request is its trace, and traces that begin here come in the order of their times.
func TestCorrelationsAreTraces(t *testing.T) {
	t.Parallel()
	if got := Correlation(clientsParent); strings.ReplaceAll(got, "-", "") != TraceID(clientsParent) {
		t.Errorf("%s has the correlation %s", clientsParent, got)
	}
	before := time.Now().UnixMilli()
	one, other := NewTraceID(), NewTraceID()
	after := time.Now().UnixMilli()
	for _, id := range []trace.TraceID{one, other} {
		if at := int64(binary.BigEndian.Uint64(id[:8]) >> 16); at < before || at > after {
			t.Errorf("%s begins with %d, not between %d and %d", id, at, before, after)
		}
	}
	if bytes.Equal(one[6:], other[6:]) {
		t.Errorf("%s and %s differ in their times alone", one, other)
	}
}

// A message is a span of whoever sends it, under what it follows from, and what is done about it is a span under that.
func TestAMessageCarriesItsTrace(t *testing.T) {
	t.Parallel()
	tracer, ended := spans(t)
	k := testKeys(t)
	var delivered events.Envelope
	sender := NewPublisherTo(events.DB, k, func(_ context.Context, e events.Envelope) error { delivered = e; return nil })
	sender.TraceWith(tracer)
	stored, err := sender.Stamp(events.WithCause(t.Context(), events.Cause{Traceparent: clientsParent}), paidOrder())
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Publish(t.Context(), stored...); err != nil {
		t.Fatal(err)
	}
	if err := Verify(k, &delivered, events.OrderPaid.Declaration()); err != nil {
		t.Errorf("the seal does not hold: %v", err)
	}
	p := portOf(t, events.Inventory, k, func(ctx context.Context, _ events.Envelope) (any, error) {
		cause := events.CauseOf(ctx)
		_, span := Within(ctx, trace.SpanKindClient, "a step")
		span.End(nil)
		if own := SpanOf(ctx).Traceparent(); cause.Traceparent != own || TraceID(own) != TraceID(clientsParent) {
			t.Errorf("what follows is under %s, the span is %s", cause.Traceparent, own)
		}
		return nil, nil
	})
	p.Tracer = tracer
	p.post(inBinary(t, delivered))
	if err := sender.Publish(t.Context(), stored...); err != nil { // the sweep's way: what is stored, again
		t.Fatal(err)
	}
	want := []seen{
		{"publish mart.order.paid", "the client", "producer", ""},
		{"a step", "process " + events.OrderPaid.Type(), "client", ""},
		{"process " + events.OrderPaid.Type(), "publish mart.order.paid", "consumer", ""},
		{"publish mart.order.paid", "the client", "producer", ""},
	}
	if d := cmp.Diff(want, ended()); d != "" {
		t.Error(d)
	}
}

func TestAQuestionIsTwoSpans(t *testing.T) {
	t.Parallel()
	tracer, ended := spans(t)
	k := testKeys(t)
	db := portOf(t, events.DB, k, func(context.Context, events.Envelope) (any, error) { return nil, events.Refuse("not_found", "No.") })
	db.Tracer = tracer
	server := httptest.NewServer(db)
	t.Cleanup(server.Close)
	a := NewAsker(events.Order, k, server.URL)
	a.TraceWith(tracer)
	ctx := events.WithCause(t.Context(), events.Cause{Traceparent: clientsParent})
	if _, err := Ask(ctx, a, events.GetOrder, events.OwnedLookup{ID: brandID}); !errors.Is(err, &events.Problem{Code: "not_found"}) {
		t.Errorf("%v", err)
	}
	ask, answer := "ask "+events.GetOrder.Type(), "answer "+events.GetOrder.Type()
	if d := cmp.Diff([]seen{{answer, ask, "server", ""}, {ask, "the client", "client", ""}}, ended()); d != "" {
		t.Error(d)
	}
}

// A failure is told by its kind, never by its text.
func TestAFailureIsSeenInItsSpan(t *testing.T) {
	t.Parallel()
	for kind, failure := range map[string]error{
		"unavailable": fmt.Errorf("db: %w", ErrUnavailable), "poison": events.Poison(errors.New("no")), "timeout": context.DeadlineExceeded,
		"no_such_thing": events.Refuse("no_such_thing", "No."), "_OTHER": errors.New("ada@example.com is not here"),
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			tracer, ended := spans(t)
			k := testKeys(t)
			p := portOf(t, events.Inventory, k, func(context.Context, events.Envelope) (any, error) { return nil, failure })
			p.Tracer = tracer
			p.post(inBinary(t, stamped(t, k, events.DB, paidOrder())))
			if d := cmp.Diff([]seen{{"process " + events.OrderPaid.Type(), "", "consumer", kind}}, ended()); d != "" {
				t.Error(d)
			}
		})
	}
	tracer, ended := spans(t)
	lost := NewPublisherTo(events.DB, testKeys(t), func(context.Context, events.Envelope) error { return errors.New("no broker") })
	lost.TraceWith(tracer)
	if err := lost.Send(t.Context(), paidOrder()); !errors.Is(err, ErrUnknownOutcome) {
		t.Error(err)
	}
	if d := cmp.Diff([]seen{{"publish mart.order.paid", "", "producer", "unknown_outcome"}}, ended()); d != "" {
		t.Error(d)
	}
}

// Without a tracer a trace is carried on as it is: the same trace, another span, which nobody exports.
func TestWithoutATracerTheTraceIsOnlyCarriedOn(t *testing.T) {
	t.Parallel()
	var sent []string
	p := NewPublisherTo(events.DB, testKeys(t), func(_ context.Context, e events.Envelope) error { sent = append(sent, e.Traceparent); return nil })
	for _, parent := range []string{clientsParent, clientsParent[:54] + "0", ""} {
		if err := p.Send(events.WithCause(t.Context(), events.Cause{Traceparent: parent}), paidOrder()); err != nil {
			t.Fatal(err)
		}
	}
	carried := sent[0] != clientsParent && TraceID(sent[0]) == TraceID(clientsParent) && sent[0][53:] == "01" && sent[1][53:] == "00"
	if !carried || TraceID(sent[2]) == "" || TraceID(sent[2]) == TraceID(sent[0]) {
		t.Errorf("%q", sent)
	}
}

func TestWhatBeginsNowhereIsATraceOfItsOwn(t *testing.T) {
	t.Parallel()
	tracer, ended := spans(t)
	var sent []string
	p := NewPublisherTo(events.DB, testKeys(t), func(_ context.Context, e events.Envelope) error { sent = append(sent, e.Traceparent); return nil })
	p.TraceWith(tracer)
	if err := p.Send(t.Context(), paidOrder(), paidOrder()); err != nil {
		t.Fatal(err)
	}
	root := seen{"publish mart.order.paid", "", "producer", ""}
	if d := cmp.Diff([]seen{root, root}, ended()); d != "" || TraceID(sent[0]) == TraceID(sent[1]) {
		t.Error(d, sent)
	}
}

// BenchmarkReceive and BenchmarkPublish are the hot path as it is when nothing is traced.
func BenchmarkReceive(b *testing.B) {
	k := testKeys(b)
	e := stamped(b, k, events.DB, paidOrder())
	p := portOf(b, events.Inventory, k, nothing)
	b.ReportAllocs()
	for b.Loop() {
		if w := p.post(inBinary(b, e)); w.Code != http.StatusAccepted {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	p := NewPublisherTo(events.DB, testKeys(b), func(context.Context, events.Envelope) error { return nil })
	ctx := events.WithCause(b.Context(), events.Cause{Traceparent: clientsParent})
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Send(ctx, paidOrder()); err != nil {
			b.Fatal(err)
		}
	}
}
