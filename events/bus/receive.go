package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/prometheus/client_golang/prometheus"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// Receiver is a function's port for events and queries: CloudEvents over HTTP, binary or structured.
//
// What it answers to a message that one of ours has sealed:
//   - 202: it is done, or for other functions than this one, or poison, of which a dead letter was kept first;
//   - 503: it is to be tried again.
//
// A query is answered. What nobody of ours has sealed gets no such care: 401, or 400 when it is no CloudEvent at all, which a KafkaSource
// dead-letters at once with the reason given in the answer.
type Receiver struct {
	ReceiverConfig
	table          map[string]events.Handler
	received       *prometheus.CounterVec
	nonCloudEvents *rate.Limiter // of what nobody has sealed
	unknown        unknownTypes  // wait for the next release of this function
}

// ReceiverConfig is what a receiver needs.
type ReceiverConfig struct {
	Self       events.Function
	Keys       *events.Keys
	Handlers   []events.Handler                                   // reactions and answers
	Apply      func(ctx context.Context, e events.Envelope) error // db only: every command
	Tick       func(ctx context.Context)                          // db only: a schedule says look for what is due
	Send       func(ctx context.Context, m ...events.Outgoing) error
	DeadLetter func(ctx context.Context, e events.Envelope, reason error) error // to the dead letters
	Partial    bool                                                             // tests: not everything that is for Self has a handler
	Timeout    time.Duration                                                    // of one delivery; shorter than the KafkaSource's
	Log        *slog.Logger
	Metrics    prometheus.Registerer
	Tracer     *Tracer                                                  // nil: nothing is traced
	Persons    *PersonKeys                                              // open what events say of persons
	Reseal     func(ctx context.Context, answer []byte) ([]byte, error) // db only: so that the ring alone opens an answer
}

// NewReceiver checks the handlers against the catalogue. Error: one is missing, doubled or not for this function.
func NewReceiver(c ReceiverConfig) (*Receiver, error) {
	table, err := tableOf(c.Self, c.Handlers, c.Partial)
	if err != nil {
		return nil, err
	}
	received := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mart_events_received_total", Help: "Messages by type and outcome: done, for others, poison, retry, unsealed, malformed.",
	}, []string{"type", "outcome"})
	if err := c.Metrics.Register(received); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	beginCounting(received, c.Self)
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	return &Receiver{ReceiverConfig: c, table: table, received: received, nonCloudEvents: rate.NewLimiter(nonCloudEventsPerSecond, 10*nonCloudEventsPerSecond), unknown: unknownTypes{until: map[string]time.Time{}}}, nil
}

// beginCounting has counters from the beginning that somebody is told of when they rise: of what appears as 1 nobody sees that it has risen.
func beginCounting(received *prometheus.CounterVec, self events.Function) {
	received.WithLabelValues("", "unsealed")
	received.WithLabelValues("", "malformed")
	received.WithLabelValues(unknownLabel, "poison")
	for _, d := range receivedBy(self) {
		received.WithLabelValues(d.Type(), "done")
		received.WithLabelValues(d.Type(), "poison")
	}
}

// IsEvent tells a CloudEvent from an API request.
func IsEvent(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/" &&
		(r.Header.Get("Ce-Specversion") != "" || strings.HasPrefix(r.Header.Get("Content-Type"), "application/cloudevents"))
}

// ServeHTTP takes one delivery: it is read, admitted, and done (take), and what became of it is the answer.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), r.Timeout)
	defer cancel()
	if req.Header.Get("Ce-Type") == wrappedType {
		r.deadLetterNonCloudEvent(ctx, w, req)
		return
	}
	e, status, err := r.read(w, req)
	switch {
	case err != nil:
		r.refuse(w, e, status, err)
	case e.Type == pingType:
		r.tick(ctx, w)
	default:
		r.take(ctx, w, e)
	}
}

// take does what is to be done about a message that is readable.
func (r *Receiver) take(ctx context.Context, w http.ResponseWriter, e events.Envelope) {
	declared, err := r.admit(&e)
	switch {
	case errors.Is(err, ErrUnsigned):
		r.refuse(w, e, http.StatusUnauthorized, err)
	case errors.Is(err, errForOthers):
		r.count(e, "for others")
		w.WriteHeader(http.StatusAccepted)
	case errors.Is(err, errUnknownType) && r.unknown.mayWait(e, time.Now()):
		r.retry(w, e, err)
	case err != nil:
		ctx, span := r.begin(ctx, &e, trace.SpanKindConsumer, "process")
		err = events.Poison(err)
		span.End(err)
		r.finish(ctx, w, e, err)
	case declared.Declaration().Kind == events.QueryKind:
		ctx, span := r.begin(ctx, &e, trace.SpanKindServer, "answer")
		span.answered(r.reply(ctx, w, e))
	default:
		ctx, span := r.begin(ctx, &e, trace.SpanKindConsumer, "process")
		span.onKafka(declared, semconv.MessagingOperationTypeProcess)
		err = r.handle(ctx, declared, e)
		span.End(err)
		r.finish(ctx, w, e, err)
	}
}

// begin begins the span of what is done about e, which from here on is what e's consequences follow from.
func (r *Receiver) begin(ctx context.Context, e *events.Envelope, kind trace.SpanKind, verb string) (context.Context, Span) {
	if r.Tracer == nil {
		return ctx, Span{}
	}
	ctx, span := r.Tracer.Begin(ctx, e.Traceparent, kind, verb+" "+e.Type)
	span.describe(e, verb)
	e.Traceparent = span.Traceparent()
	return ctx, span
}

// handle runs the reaction and sends its consequences. A panic is permanent: the same bytes would panic again.
func (r *Receiver) handle(ctx context.Context, declared events.Declared, e events.Envelope) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = events.Poison(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	ctx = events.WithCause(ctx, e.Cause(r.Self))
	if declared.Declaration().Kind == events.Command {
		return r.Apply(ctx, e)
	}
	reaction := r.table[e.Type]
	keys := r.Keys
	if !reaction.Closed {
		if keys, err = r.opening(ctx, e.Data); err != nil {
			return err
		}
	}
	consequences, err := reaction.React(ctx, keys, e)
	if err != nil {
		return err
	}
	return r.Send(ctx, consequences...)
}

// opening is the keys that decrypt a payload.
func (r *Receiver) opening(ctx context.Context, raw []byte) (*events.Keys, error) {
	if r.Persons == nil {
		return r.Keys, nil
	}
	return r.Persons.Open(ctx, raw)
}
