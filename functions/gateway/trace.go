package gateway

import (
	"net/http"
	"strconv"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/onlinemart/mart/events/bus"
)

// nameSpan names a request's span by as much of its path as the gateway knows; the rest is the function's.
func nameSpan(r *http.Request) {
	span := bus.SpanOf(r.Context())
	if !span.IsRecording() {
		return
	}
	route := beginning(r.URL.Path)
	span.Rename(r.Method + " " + route)
	span.SetAttributes(semconv.HTTPRoute(route))
}

// traced makes a span of what goes to a function, which is the parent of the function's own.
func traced(t *bus.Tracer, next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return spans{t, next}
}

type spans struct {
	tracer *bus.Tracer
	next   http.RoundTripper
}

// RoundTrip hands the request on; the span ends with the head of the answer.
func (s spans) RoundTrip(r *http.Request) (*http.Response, error) {
	to := upstreamOf(r.Context()).name
	ctx, span := s.tracer.Begin(r.Context(), "", oteltrace.SpanKindClient, r.Method+" "+string(to))
	span.SetAttributes(semconv.HTTPRequestMethodKey.String(r.Method), semconv.ServicePeerName("mart-"+string(to)), semconv.ServerAddress(r.URL.Hostname()))
	r = r.Clone(ctx)
	r.Header.Set("Traceparent", span.Traceparent())
	res, err := s.next.RoundTrip(r)
	if err == nil {
		span.SetAttributes(semconv.HTTPResponseStatusCode(res.StatusCode))
		if res.StatusCode >= http.StatusInternalServerError {
			span.Fail(strconv.Itoa(res.StatusCode))
		}
	}
	span.End(err)
	return res, err
}
