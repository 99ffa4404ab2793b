package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/onlinemart/mart/events"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// ErrUnavailable means that db could not be asked; the same question may be asked again.
var ErrUnavailable = errors.New("the database function does not answer")

// askTries is how often a question is asked while db does not answer: 20 ms and 80 ms lie between. It is not asked again after askPatience: a
// db that took so long to say no has waited for Postgres itself.
const (
	askTries    = 3
	askPatience = 2 * time.Second
)

// maxAnswer bounds a reply, in bytes.
const maxAnswer = 16 << 20

// Asker asks db.
type Asker struct {
	self events.Function
	keys *events.Keys
	url  string
	http *http.Client

	tracer *Tracer
}

// NewAsker asks the db function at url.
func NewAsker(self events.Function, keys *events.Keys, url string) *Asker {
	return &Asker{self: self, keys: keys, url: url, http: &http.Client{
		Timeout: 20 * time.Second,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 512,
			IdleConnTimeout:     20 * time.Second,
		},
	}}
}

// TraceWith makes a span of every question asked from now on; it is called before the first.
func (a *Asker) TraceWith(t *Tracer) { a.tracer = t }

// Close drops idle connections.
func (a *Asker) Close() { a.http.CloseIdleConnections() }

// Ask sends the question and reads the answer. Errors: *Problem is db's refusal; ErrUnavailable may be tried again.
func Ask[Q, A any](ctx context.Context, a *Asker, q events.Query[Q, A], question Q) (A, error) {
	cause := events.CauseOf(ctx)
	if a.tracer == nil {
		return ask(ctx, a, q, question, cause)
	}
	ctx, span := a.tracer.Begin(ctx, "", trace.SpanKindClient, "ask "+q.Type())
	span.SetAttributes(semconv.ServicePeerName(string(events.DB)))
	cause.Traceparent, cause.Traced = span.Traceparent(), true
	answer, err := ask(ctx, a, q, question, cause)
	span.answered(err)
	return answer, err
}

func ask[Q, A any](ctx context.Context, a *Asker, q events.Query[Q, A], question Q, c events.Cause) (A, error) {
	var none A
	e, err := stamp(a.keys, a.self, q.New(question), c, time.Now())
	if err != nil {
		return none, err
	}
	if err := checkSchema(q, e.Data); err != nil {
		return none, fmt.Errorf("ask %s: %w", e.Type, err)
	}
	raw, err := a.post(ctx, e)
	if err != nil {
		return none, err
	}
	return q.Decode(a.keys, raw)
}

// post asks until db answers, a few times: a question changes nothing, so it may be repeated.
func (a *Asker) post(ctx context.Context, e events.Envelope) ([]byte, error) {
	began := time.Now()
	for try, pause := 1, 20*time.Millisecond; ; try, pause = try+1, 4*pause {
		raw, err := a.once(ctx, e)
		if try == askTries || time.Since(began) > askPatience || !errors.Is(err, ErrUnavailable) {
			return raw, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

func (a *Asker) once(ctx context.Context, e events.Envelope) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask db at %q (DB_URL): %w", a.url, err)
	}
	c := CloudEvent(e)
	if err := cehttp.WriteRequest(ctx, binding.ToMessage(&c), req); err != nil {
		return nil, fmt.Errorf("write the question %s: %w", e.Type, err)
	}
	res, err := a.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return raw, a.judge(e, res, raw)
}

func (a *Asker) judge(e events.Envelope, res *http.Response, raw []byte) error {
	switch {
	case res.StatusCode == http.StatusOK:
		return nil
	case res.Header.Get("Content-Type") == "application/problem+json":
		problem := new(events.Problem)
		if err := json.Unmarshal(raw, problem); err != nil {
			return fmt.Errorf("read db's refusal of %s: %w", e.Type, err)
		}
		return problem
	case res.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("db refuses %s from %s: %s", e.Type, e.Source, bytes.TrimSpace(raw))
	default:
		return fmt.Errorf("%w: %s answered %d", ErrUnavailable, a.url, res.StatusCode)
	}
}
