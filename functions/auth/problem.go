package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Problem is an error of an OAuth endpoint, in OAuth's own form. Source: RFC 6749 §5.2.
type Problem struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
	status      int
	headers     http.Header
}

// OAuth's error codes that are used here. too_many_requests is our own.
const (
	invalidRequest   = "invalid_request"
	invalidClient    = "invalid_client"
	invalidGrant     = "invalid_grant"
	invalidScope     = "invalid_scope"
	unsupportedGrant = "unsupported_grant_type"
	unavailable      = "temporarily_unavailable"
	tooMany          = "too_many_requests"
	serverError      = "server_error"
)

var (
	errBadClient   = refuse(http.StatusUnauthorized, invalidClient, "The client is not known, or its secret is wrong.")
	errBadPassword = refuse(http.StatusBadRequest, invalidGrant, "The address or the password is wrong.")
	errBadRefresh  = refuse(http.StatusBadRequest, invalidGrant, "The refresh token is not valid any more. Log in again.")
	errNotNow      = refuse(http.StatusServiceUnavailable, unavailable, "This is not possible right now. Try again in a moment.")
)

func refuse(status int, code, description string) *Problem {
	p := &Problem{Code: code, Description: description, status: status, headers: http.Header{
		"Cache-Control": {web.NoStore}, "Pragma": {"no-cache"},
	}}
	switch status {
	case http.StatusUnauthorized:
		p.headers.Set("WWW-Authenticate", `Basic realm="mart"`)
	case http.StatusServiceUnavailable:
		p.headers.Set("Retry-After", "1")
	}
	return p
}

func (p *Problem) Error() string           { return p.Code + ": " + p.Description }
func (p *Problem) GetStatus() int          { return p.status }
func (p *Problem) GetHeaders() http.Header { return p.headers }

// refusals are the errors of an OAuth endpoint, for the API's description.
var refusals = map[string]*huma.Response{
	"400": refusal("The request is refused; error says why."),
	"401": refusal("The client is not known, or its secret is wrong."),
	"415": refusal("The body is no form, or is compressed."),
	"429": refusal("Too many attempts; Retry-After says when to come back."),
	"500": refusal("This is our fault."),
	"503": refusal("Not possible right now; try again."),
}

func refusal(description string) *huma.Response {
	text := &huma.Schema{Type: huma.TypeString}
	headers := web.Headers([]string{"Cache-Control", "Pragma"}, "Retry-After", "WWW-Authenticate")
	return &huma.Response{Description: description, Headers: headers, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"error"}, Properties: map[string]*huma.Schema{"error": text, "error_description": text},
	}}}}
}

// ContentType keeps huma from calling it a problem+json.
func (p *Problem) ContentType(string) string { return "application/json" }

// fail turns any error into OAuth's form, and logs what is our fault.
func (a *authority) fail(ctx context.Context, err error) error {
	if own, ok := errors.AsType[*Problem](err); ok {
		return own
	}
	trace := bus.TraceID(events.CauseOf(ctx).Traceparent)
	if p, ok := errors.AsType[*events.Problem](err); ok {
		switch p.Status {
		case http.StatusTooManyRequests:
			out := refuse(p.Status, tooMany, p.Detail)
			if later, ok := errors.AsType[interface {
				error
				RetryAfter() string
			}](err); ok {
				out.headers.Set("Retry-After", later.RetryAfter())
			}
			return out
		case http.StatusServiceUnavailable:
			return refuse(p.Status, unavailable, p.Detail)
		}
	}
	if errors.Is(err, bus.ErrUnavailable) || errors.Is(err, bus.ErrUnknownOutcome) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		a.runtime.Log.WarnContext(ctx, "an OAuth request could not be carried out now", "reason", err)
		return errNotNow
	}
	a.runtime.Log.ErrorContext(ctx, "an OAuth request failed", "error", err)
	return refuse(http.StatusInternalServerError, serverError, "This is our fault. Trace: "+trace)
}
