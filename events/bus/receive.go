package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/onlinemart/mart/events"
	"github.com/prometheus/client_golang/prometheus"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// errForOthers means that the event is of a topic that we read for other events on it.
var errForOthers = errors.New("is for others")

// queryLife is how old a query may be: a recorded one is worth nothing afterwards.
const queryLife = 5 * time.Minute

// Receiver is a function's port for events and queries: CloudEvents over HTTP, binary or structured.
//
// A delivery has three outcomes and no fourth: done or refused for good (202), poison (a dead letter, then 202), try again (503).
// What nobody of ours has sealed gets no such care: 401, or 400 when it is no CloudEvent at all, which a KafkaSource
// dead-letters at once with the reason given in the answer.
type Receiver struct {
	ReceiverConfig
	table    map[string]events.Handler
	received *prometheus.CounterVec
	burials  *rate.Limiter // of what nobody has sealed
	newer    newcomers     // wait for the next release of this function
}

// ReceiverConfig is what a receiver needs.
type ReceiverConfig struct {
	Self     events.Function
	Keys     *events.Keys
	Handlers []events.Handler                                   // reactions and answers
	Apply    func(ctx context.Context, e events.Envelope) error // db only: every command
	Tick     func(ctx context.Context)                          // db only: a schedule says look for what is due
	Send     func(ctx context.Context, m ...events.Outgoing) error
	Bury     func(ctx context.Context, e events.Envelope, reason error) error // to the dead letters
	Partial  bool                                                             // tests: not everything that is for Self has a handler
	Timeout  time.Duration                                                    // of one delivery; shorter than the KafkaSource's
	Log      *slog.Logger
	Metrics  prometheus.Registerer
	Tracer   *Tracer // nil: nothing is traced
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
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second
	}
	return &Receiver{ReceiverConfig: c, table: table, received: received, burials: rate.NewLimiter(burialsPerSecond, 10*burialsPerSecond), newer: newcomers{until: map[string]time.Time{}}}, nil
}

// IsEvent tells a CloudEvent from an API request.
func IsEvent(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/" &&
		(r.Header.Get("Ce-Specversion") != "" || strings.HasPrefix(r.Header.Get("Content-Type"), "application/cloudevents"))
}

func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), r.Timeout)
	defer cancel()
	if req.Header.Get("Ce-Type") == wrappedType {
		r.bury(ctx, w, req)
		return
	}
	e, status, err := r.read(w, req)
	if err != nil {
		r.refuse(w, e, status, err)
		return
	}
	if e.Type == pingType {
		r.tick(ctx, w)
		return
	}
	declared, err := r.admit(&e)
	switch {
	case errors.Is(err, ErrUnsealed):
		r.refuse(w, e, http.StatusUnauthorized, err)
	case errors.Is(err, errForOthers):
		r.count(e, "for others")
		w.WriteHeader(http.StatusAccepted)
	case errors.Is(err, errNewer) && r.newer.mayWait(e, time.Now()):
		r.retry(w, e, err)
	case err != nil:
		ctx, span := r.begin(ctx, &e, trace.SpanKindConsumer, "process")
		err = events.Poison(err)
		span.End(err)
		r.finish(ctx, w, e, err)
	case declared.Declaration().Kind == events.Question:
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

// read parses a request within the size limit. The status is for the answer when it fails.
func (r *Receiver) read(w http.ResponseWriter, req *http.Request) (e events.Envelope, status int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err, status = fmt.Errorf("not readable as a CloudEvent: %v", p), http.StatusBadRequest
		}
	}()
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, MaxBytes+64<<10)) // room for a structured event's attributes
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return e, http.StatusRequestEntityTooLarge, fmt.Errorf("larger than %d bytes", MaxBytes)
		}
		return e, http.StatusBadRequest, fmt.Errorf("read the body: %w", err)
	}
	c, err := binding.ToEvent(req.Context(), cehttp.NewMessage(req.Header, io.NopCloser(bytes.NewReader(body))))
	if err != nil {
		return e, http.StatusBadRequest, fmt.Errorf("not a CloudEvent: %w", err)
	}
	e, err = FromCloudEvent(c)
	if err != nil {
		return e, http.StatusBadRequest, err
	}
	if len(e.Data) > MaxBytes {
		return e, http.StatusRequestEntityTooLarge, fmt.Errorf("%d bytes of data, at most %d are allowed", len(e.Data), MaxBytes)
	}
	return e, 0, nil
}

// admit decides whether the message is ours and for us. Errors: ErrUnsealed, errForOthers, errNewer, or why it is poison.
func (r *Receiver) admit(e *events.Envelope) (events.Declared, error) {
	declared, known := events.ByType(e.Type)
	if !known {
		if err := verifySignature(r.Keys, e); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s %w than this function", e.Type, errNewer)
	}
	d := declared.Declaration()
	if err := Verify(r.Keys, e, d); err != nil {
		return nil, err
	}
	if !d.Receives(r.Self) {
		if d.Kind == events.Event {
			return nil, errForOthers
		}
		return nil, fmt.Errorf("%s is not for %s", d, r.Self)
	}
	if age := time.Since(e.Time); d.Kind == events.Question && (age > queryLife || age < -queryLife) {
		return nil, fmt.Errorf("%w: a query of %s is too old or from the future", ErrUnsealed, e.Time.Format(time.RFC3339))
	}
	return declared, nil // the data were held against their schema where they were made, which the seal tells; whoever handles them decodes them
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
	consequences, err := r.table[e.Type].React(ctx, r.Keys, e)
	if err != nil {
		return err
	}
	return r.Send(ctx, consequences...)
}

// finish turns what happened into one of the three outcomes.
func (r *Receiver) finish(ctx context.Context, w http.ResponseWriter, e events.Envelope, err error) {
	switch {
	case err == nil:
		r.count(e, "done")
		w.WriteHeader(http.StatusAccepted)
	case permanent(err):
		r.Log.Error("an event can never be processed; it goes to the dead letters", "type", e.Type, "id", e.ID, "subject", e.Subject, "traceId", TraceID(e.Traceparent), "reason", err)
		if buried := r.Bury(ctx, e, err); buried != nil {
			r.retry(w, e, buried)
			return
		}
		r.count(e, "poison")
		w.WriteHeader(http.StatusAccepted)
	default:
		r.retry(w, e, err)
	}
}

func (r *Receiver) retry(w http.ResponseWriter, e events.Envelope, err error) {
	r.count(e, "retry")
	r.Log.Warn("an event must be delivered again", "type", e.Type, "id", e.ID, "traceId", TraceID(e.Traceparent), "reason", err)
	http.Error(w, "try again", http.StatusServiceUnavailable)
}

func (r *Receiver) refuse(w http.ResponseWriter, e events.Envelope, status int, err error) {
	outcome := "malformed"
	if status == http.StatusUnauthorized {
		outcome = "unsealed"
		w.Header().Set("WWW-Authenticate", `Seal realm="mart"`)
	}
	r.received.WithLabelValues("", outcome).Inc() // the type is the sender's word: never a label
	r.Log.Warn("a message was refused", "outcome", outcome, "type", e.Type, "id", e.ID, "source", e.Source, "reason", err)
	http.Error(w, err.Error(), status)
}

func (r *Receiver) count(e events.Envelope, outcome string) {
	label := e.Type
	if _, known := events.ByType(label); !known {
		label = "unknown"
	}
	r.received.WithLabelValues(label, outcome).Inc()
}
