package boot

import (
	"net/http"
	"slices"
	"strconv"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// methods are the ones a span is named by; a client may send any word.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// serve hands a request to the API. When spans are exported, it is one span: the API reads it from the header Traceparent as if it
// had come so, and names it by its route. The address of the client, the path and the query stay out of it.
func (r *running) serve(w http.ResponseWriter, req *http.Request) {
	if r.Tracer == nil {
		r.service.API.ServeHTTP(w, req)
		return
	}
	name, method := req.Method, semconv.HTTPRequestMethodKey.String(req.Method)
	if !slices.Contains(methods, name) {
		name, method = "HTTP", semconv.HTTPRequestMethodOther
	}
	ctx, span := r.Tracer.Begin(req.Context(), req.Header.Get("Traceparent"), trace.SpanKindServer, name)
	span.SetAttributes(method)
	answer, panicked := &answer{ResponseWriter: w}, true
	defer func() {
		if panicked {
			span.Fail("panic")
		}
		span.End(nil)
	}()
	req = req.WithContext(ctx)
	req.Header.Set("Traceparent", span.Traceparent())
	r.service.API.ServeHTTP(answer, req)
	panicked = false
	span.SetAttributes(semconv.HTTPResponseStatusCode(answer.code()))
	if code := answer.code(); code >= http.StatusInternalServerError {
		span.Fail(strconv.Itoa(code))
	}
}

// answer remembers the status of what goes out.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the final status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets handlers reach the connection behind it.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}
