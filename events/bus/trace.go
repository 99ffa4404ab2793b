package bus

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/events"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Tracer makes the spans of one function. A nil Tracer makes none and costs nothing.
//
// What a span says is for many eyes: names, types, our own ids of messages, statuses. Never what somebody said, an address, a
// token, or a path or query with such a thing in it.
type Tracer struct{ spans trace.Tracer }

// NewTracer makes spans that p exports.
func NewTracer(p trace.TracerProvider) *Tracer {
	return &Tracer{spans: p.Tracer("github.com/onlinemart/mart", trace.WithSchemaURL(semconv.SchemaURL))}
}

// Span is a piece of work in a trace. The zero Span is one that nobody sees.
type Span struct{ span trace.Span }

// Begin begins a span and puts it into the context. parent is the traceparent that came with what is worked on; "" means that the
// work is part of ctx's span or else follows from its Cause, if there are any.
func (t *Tracer) Begin(ctx context.Context, parent string, kind trace.SpanKind, name string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	if parent == "" && !trace.SpanContextFromContext(ctx).IsValid() {
		parent = events.CauseOf(ctx).Traceparent
	}
	if parent != "" {
		ctx = trace.ContextWithRemoteSpanContext(ctx, spanContext(parent))
	}
	ctx, span := t.spans.Start(ctx, name, trace.WithSpanKind(kind))
	return ctx, Span{span}
}

// Within begins a span of a step of the work that ctx's span is about, by the same tracer; none when nothing is traced.
func Within(ctx context.Context, kind trace.SpanKind, name string) (context.Context, Span) {
	outer := trace.SpanFromContext(ctx)
	if !outer.SpanContext().IsValid() {
		return ctx, Span{}
	}
	return NewTracer(outer.TracerProvider()).Begin(ctx, "", kind, name)
}

// SpanOf is ctx's span.
func SpanOf(ctx context.Context) Span {
	if span := trace.SpanFromContext(ctx); span.SpanContext().IsValid() {
		return Span{span}
	}
	return Span{}
}

// TraceOf is the traceparent that whatever a request sets going follows from: its own span's, else the continuation of what came
// with it.
func TraceOf(ctx context.Context, came string) string {
	if own := SpanOf(ctx).Traceparent(); own != "" {
		return own
	}
	return ContinueTrace(came)
}

// Traceparent names the span to the next hop; "" when there is none.
func (s Span) Traceparent() string {
	if s.span == nil {
		return ""
	}
	return traceparentOf(s.span.SpanContext())
}

// IsRecording tells whether anybody will see the span, so that what is said of it is worth saying.
func (s Span) IsRecording() bool { return s.span != nil && s.span.IsRecording() }

// Rename gives the span the name that was not known when it began.
func (s Span) Rename(name string) {
	if s.IsRecording() {
		s.span.SetName(name)
	}
}

// SetAttributes adds what is known of the work.
func (s Span) SetAttributes(what ...attribute.KeyValue) {
	if s.IsRecording() {
		s.span.SetAttributes(what...)
	}
}

// End ends the span. An error is told by its kind only, for its text may quote anybody.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.Fail(kindOf(err))
	}
	s.span.End()
}

// answered ends the span of a question, to which a refusal is an answer and no failure.
func (s Span) answered(err error) {
	if problem, refused := errors.AsType[*events.Problem](err); refused && problem.Status < 500 {
		s.SetAttributes(attribute.String("mart.refusal", problem.Code))
		err = nil
	}
	s.End(err)
}

// Fail marks the span as failed, for a reason that is one of a few.
func (s Span) Fail(reason string) {
	if s.IsRecording() {
		s.span.SetAttributes(semconv.ErrorTypeKey.String(reason))
		s.span.SetStatus(codes.Error, "")
	}
}

// errorKinds names errors by what they are; the first that fits.
var errorKinds = []struct {
	is   error
	kind string
}{
	{events.ErrPoison, "poison"},
	{ErrUnknownOutcome, "unknown_outcome"},
	{ErrUnavailable, "unavailable"},
	{context.DeadlineExceeded, "timeout"},
	{context.Canceled, "cancelled"},
}

func kindOf(err error) string {
	for _, k := range errorKinds {
		if errors.Is(err, k.is) {
			return k.kind
		}
	}
	if problem, ok := errors.AsType[*events.Problem](err); ok {
		return problem.Code
	}
	return "_OTHER"
}

// ContinueTrace is the traceparent for the next hop: same trace, new span; a new trace when parent is not valid.
func ContinueTrace(parent string) string {
	c := spanContext(parent)
	if !c.IsValid() {
		c = c.WithTraceID(NewTraceID()).WithTraceFlags(trace.FlagsSampled)
	}
	var span trace.SpanID
	_, _ = rand.Read(span[:])
	return traceparentOf(c.WithSpanID(span))
}

// TraceID is the trace-id of a traceparent; "" when it is not a valid one.
func TraceID(traceparent string) string {
	if c := spanContext(traceparent); c.IsValid() {
		return c.TraceID().String()
	}
	return ""
}

// NewTraceID begins a trace. As a UUIDv7 it begins with the time in milliseconds, because it is a correlation, too, and the journal's index of
// those grows at its end then; all the rest is random, which samplers count on.
func NewTraceID() (id trace.TraceID) {
	_, _ = rand.Read(id[:])
	var now [8]byte
	binary.BigEndian.PutUint64(now[:], uint64(time.Now().UnixMilli())<<16)
	copy(id[:6], now[:6])
	return id
}

// Correlation is that of all that a request in this trace leads to: the trace's id, as a UUID. Whoever has been told a traceId finds by it
// what was decided.
func Correlation(traceparent string) string {
	return uuid.UUID(spanContext(traceparent).TraceID()).String()
}

// carrier is a traceparent as the propagator reads and writes it. Source: W3C Trace Context.
type carrier struct{ traceparent string }

const traceparentHeader = "traceparent"

// Get is the traceparent, under its name.
func (c *carrier) Get(name string) string {
	if name == traceparentHeader {
		return c.traceparent
	}
	return ""
}

// Set takes the traceparent, and nothing else.
func (c *carrier) Set(name, value string) {
	if name == traceparentHeader {
		c.traceparent = value
	}
}

// Keys is what it can carry.
func (c *carrier) Keys() []string { return []string{traceparentHeader} }

// spanContext reads a traceparent; one that is not valid gives none, so that a new trace begins.
func spanContext(traceparent string) trace.SpanContext {
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), &carrier{traceparent}))
}

// traceparentOf names a span to the next hop; "" when there is none.
func traceparentOf(c trace.SpanContext) string {
	var to carrier
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(context.Background(), c), &to)
	return to.traceparent
}

// describe says which message a span is about. Its subject is left out: it may be a person.
func (s Span) describe(e *events.Envelope, operation string) {
	if !s.IsRecording() {
		return
	}
	s.span.SetAttributes(
		semconv.MessagingMessageID(e.ID), semconv.CloudEventsEventID(e.ID), semconv.CloudEventsEventType(e.Type), semconv.CloudEventsEventSource(e.Source),
		semconv.MessagingOperationName(operation), semconv.MessagingMessageConversationID(e.Correlation),
	)
}

// onKafka says where on Kafka the message is.
func (s Span) onKafka(message events.Declared, operation attribute.KeyValue) {
	if s.IsRecording() {
		s.span.SetAttributes(semconv.MessagingSystemKafka, semconv.MessagingDestinationName(message.Topic()), operation)
	}
}

// published begins a span for each envelope, in the trace it belongs to, and makes that span the parent of whoever receives it. The
// envelopes themselves stay as they are: what is stored is not touched, and the signature does not cover the trace.
func (t *Tracer) published(ctx context.Context, envelopes []events.Envelope) ([]events.Envelope, []Span) {
	traced, spans := make([]events.Envelope, len(envelopes)), make([]Span, len(envelopes))
	for i, e := range envelopes {
		if declared, ok := events.ByType(e.Type); ok {
			_, span := t.Begin(ctx, e.Traceparent, trace.SpanKindProducer, "publish "+declared.Topic())
			span.describe(&e, "publish")
			span.onKafka(declared, semconv.MessagingOperationTypeSend)
			e.Traceparent, spans[i] = span.Traceparent(), span
		}
		traced[i] = e
	}
	return traced, spans
}
