package events

import "context"

// Cause is what a message inherits from whatever led to it: a request, or the event being handled.
type Cause struct {
	Correlation string // the id of the request all of it began with
	Causation   string // the id of the event being handled; "" for a request
	Traceparent string
	Traced      bool // Traceparent names a span of ours, which is the parent of what follows; "" begins a new trace
	By          Principal
	Session     string // the log-in by which By asks; "" where they have none, or this follows from an event
}

type causeKey struct{}

// WithCause makes everything sent under ctx follow from c.
func WithCause(ctx context.Context, c Cause) context.Context {
	return context.WithValue(ctx, causeKey{}, c)
}

// CauseOf is the cause ctx carries; the zero Cause when there is none.
func CauseOf(ctx context.Context) Cause {
	c, _ := ctx.Value(causeKey{}).(Cause)
	return c
}

// Cause is what messages that follow from e inherit.
func (e Envelope) Cause(self Function) Cause {
	return Cause{Correlation: e.Correlation, Causation: e.ID, Traceparent: e.Traceparent, By: SystemPrincipal(self)}
}
