package events

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// Cause is what a message inherits from whatever led to it: a request, or the event being handled.
type Cause struct {
	Correlation string // the id of the request all of it began with
	Causation   string // the id of the event being handled; "" for a request
	Traceparent string
	Traced      bool // Traceparent names a span of ours, which is the parent of what follows; "" begins a new trace
	By          Principal
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

// next is the traceparent of what follows from c.
func (c Cause) next() string {
	if c.Traced {
		return c.Traceparent
	}
	return ContinueTrace(c.Traceparent)
}

// ContinueTrace is the traceparent for the next hop: same trace, new span; a new trace when parent is not valid.
// Source: W3C Trace Context.
func ContinueTrace(parent string) string {
	var span [8]byte
	_, _ = rand.Read(span[:])
	if id := TraceID(parent); id != "" {
		return "00-" + id + "-" + hex.EncodeToString(span[:]) + "-" + parent[53:55]
	}
	var trace [16]byte
	_, _ = rand.Read(trace[:])
	return "00-" + hex.EncodeToString(trace[:]) + "-" + hex.EncodeToString(span[:]) + "-01"
}

// TraceID is the trace-id of a traceparent; "" when it is not a valid one.
func TraceID(traceparent string) string {
	if len(traceparent) != 55 || traceparent[:3] != "00-" || traceparent[35] != '-' || traceparent[52] != '-' {
		return ""
	}
	for _, part := range []string{traceparent[3:35], traceparent[36:52], traceparent[53:]} {
		if _, err := hex.DecodeString(part); err != nil || strings.ToLower(part) != part {
			return ""
		}
	}
	if traceparent[3:35] == strings.Repeat("0", 32) || traceparent[36:52] == strings.Repeat("0", 16) {
		return ""
	}
	return traceparent[3:35]
}
