package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/ordertoken"
)

// request is what the middleware learns about a request before its handler runs.
type request struct {
	path         string
	query        url.Values
	identity     Identity
	cause        events.Cause
	key          string              // Idempotency-Key, unquoted
	route        string              // method and path: the scope of the key
	body         []byte              // of a request that changes something
	fingerprint  string              // of method, path and body, when there is a key
	anonymousKey string              // the same, keyed, when nobody is logged in either
	languages    string              // Accept-Language
	charset      string              // that the media type names
	orderToken   bool                // there is an order's token, good or not, and no access token
	bare         bool                // an Authorization of one word: a token that does not say what it is
	secondary    []error             // faults that count only together with others
	beside       []events.FieldError // that its query or body says what it must not, besides what the schema forbids
}

type requestKey struct{}

func requestFrom(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// Caller is who is calling.
func Caller(ctx context.Context) Identity { return requestFrom(ctx).identity }

// CustomerScope is the customer whose things the caller may see: their own id for a customer, their order's for a guest, "" (everybody's) for staff.
func CustomerScope(ctx context.Context) string {
	switch r := requestFrom(ctx); {
	case r.identity.Principal.Type == events.Shopper:
		return r.identity.Principal.ID
	case r.orderToken:
		return r.cause.By.ID
	}
	return ""
}

// IsGuest tells whether the caller has shown no access token: who orders so does it without an account.
func IsGuest(ctx context.Context) bool { return requestFrom(ctx).identity.Principal.Type == "" }

// guestOf is who shows an order's token. One that opens no order is the guest of none: what they ask for is looked for as ever, and is not there.
func (a *API) guestOf(token string) events.Principal {
	order, good := ordertoken.Order(a.runtime.Keys, token, time.Now())
	if !good {
		order = uuid.Nil.String()
	}
	return events.Guest(order)
}

// maxKey is how long an Idempotency-Key may be: as PreferInput declares it, whose check comes too late for what is done with the key.
const maxKey = 255

// compressed is the code of a body that is not sent as it is.
const compressed = "unsupported_content_encoding"

// identify reads who calls, the trace, and the Idempotency-Key with the fingerprint of what it stands for.
func (a *API) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r := &request{path: req.URL.Path, query: req.URL.Query(), route: req.Method + " " + strings.ToLower(req.URL.Path)} // the same with an id in capitals
		twice := repeated(req.Header)
		r.charset, r.languages = normalizeHeaders(req.Header), req.Header.Get("Accept-Language")
		trace := bus.TraceOf(req.Context(), req.Header.Get("Traceparent"))
		r.cause = events.Cause{Correlation: bus.Correlation(trace), Traceparent: trace, By: events.Principal{Type: events.Anonymous}}
		w.Header().Set("Traceparent", trace)
		ctx := context.WithValue(req.Context(), requestKey{}, r)
		if twice != nil {
			problemOf(ctx, twice).write(w)
			return
		}
		scheme, token, two := strings.Cut(req.Header.Get("Authorization"), " ")
		r.bare = !two && scheme != ""
		if strings.EqualFold(scheme, "Bearer") && two {
			identity, err := a.verifier.Verify(ctx, strings.TrimSpace(token))
			if err != nil {
				a.refuseToken(ctx, w, err)
				return
			}
			r.identity, r.cause.By, r.cause.Session = identity, identity.Principal, identity.Session
		}
		if token := req.Header.Get(ordertoken.Header); token != "" && scheme == "" {
			r.orderToken, r.cause.By = true, a.guestOf(token)
		}
		if problem := a.readBody(w, req, r); problem != nil {
			problemOf(ctx, problem).write(w)
			return
		}
		req = req.WithContext(events.WithCause(ctx, r.cause))
		a.serve(next, w, req)
		if _, route, routed := strings.Cut(req.Pattern, " "); routed {
			span := bus.SpanOf(ctx)
			span.Rename(req.Pattern) // POST /orders
			span.SetAttributes(semconv.HTTPRoute(route))
		}
	})
}

func (a *API) refuseToken(ctx context.Context, w http.ResponseWriter, err error) {
	if errors.Is(err, bus.ErrUnavailable) {
		problemOf(ctx, &events.Problem{Status: http.StatusServiceUnavailable, Code: "unavailable", Detail: "Tokens cannot be checked right now. Try again in a moment."}).write(w)
		return
	}
	problem := &events.Problem{Status: http.StatusUnauthorized, Code: "invalid_token", Detail: "The access token is not valid here. Get one from POST /oauth/token."}
	if errors.Is(err, ErrExpired) {
		problem.Code, problem.Detail = "token_expired", "The access token has expired. Get a new one from POST /oauth/token; a refresh token is enough."
	}
	problemOf(ctx, problem).write(w)
}

// repeated refuses headers of which only one can be meant.
func repeated(h http.Header) *events.Problem {
	for _, name := range append([]string{"Authorization", "Content-Type", "Idempotency-Key"}, credentials...) {
		if len(h.Values(name)) > 1 {
			return &events.Problem{Status: http.StatusBadRequest, Code: "malformed", Detail: "The header " + name + " is there twice; send one."}
		}
	}
	return nil
}

// normalizeHeaders writes headers as they are read further in: a media type in small letters and without parameters, which mean nothing to JSON,
// and what came in several lines as one list. It gives the charset that the media type names.
func normalizeHeaders(h http.Header) (charset string) {
	if kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type")); err == nil || errors.Is(err, mime.ErrInvalidMediaParameter) {
		h.Set("Content-Type", kind)
		charset = parameters["charset"]
	}
	for _, list := range []string{"Prefer", "If-Match", "If-None-Match", "Accept-Language"} {
		if lines := h.Values(list); len(lines) > 1 {
			h.Set(list, strings.Join(lines, ", "))
		}
	}
	return charset
}

// isUTF8 tells whether texts in a charset are texts in UTF-8.
func isUTF8(charset string) bool {
	return charset == "" || slices.ContainsFunc([]string{"utf-8", "utf8", "us-ascii"}, func(c string) bool { return strings.EqualFold(c, charset) })
}

// readBody takes the body in, within its limit, for what must see it before its handler: the fingerprint of what an
// Idempotency-Key stands for, and the search for card numbers.
func (a *API) readBody(w http.ResponseWriter, req *http.Request, r *request) *events.Problem {
	if req.Body == nil || req.Method == http.MethodGet || req.Method == http.MethodHead {
		return nil
	}
	if problem := r.readKey(req.Header); problem != nil {
		return problem
	}
	if coding := req.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return &events.Problem{Status: http.StatusUnsupportedMediaType, Code: compressed, Detail: "Send the body as it is, not compressed: without Content-Encoding."}
	}
	if !isUTF8(r.charset) {
		return &events.Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported_charset", Detail: "Send the body in UTF-8; the Content-Type names another charset."}
	}
	var err error
	if r.body, err = io.ReadAll(http.MaxBytesReader(w, req.Body, a.limit(req.URL.Path))); err != nil {
		if large, is := errors.AsType[*http.MaxBytesError](err); is {
			return TooLarge(large.Limit)
		}
		return &events.Problem{Status: http.StatusBadRequest, Code: "malformed", Detail: "The body could not be read to its end."}
	}
	req.Body = io.NopCloser(bytes.NewReader(r.body))
	if r.key != "" {
		what := append([]string{r.route, req.URL.RawQuery, canonical(r.body)}, credentialsIn(req.Header)...)
		r.fingerprint = a.runtime.Keys.Fingerprint(what...)
		if r.cause.By.Type == events.Anonymous {
			r.anonymousKey = a.runtime.Keys.Digest(what...)
		}
	}
	return nil
}

// canonical is a body as an Idempotency-Key stands for it. JSON is written as RFC 8785 has it, but for integers, which may be larger than it knows: whoever writes
// the members in another order or with other spaces says the same. What is no JSON is as it is.
func canonical(body []byte) string {
	value := jsontext.Value(bytes.Clone(body))
	if value.Canonicalize(jsontext.CanonicalizeRawInts(false)) != nil {
		return string(body)
	}
	return string(value)
}

// credentials are headers by which somebody is let in besides an access token. They are a part of what a key stands for: else whoever repeats a
// stranger's request without them would be told its answer.
var credentials = []string{cartSecret, ordertoken.Header}

// cartSecret is the header that opens a cart which is no customer's.
const cartSecret = "Cart-Secret"

// credentialsIn are those that are there, each with its name.
func credentialsIn(h http.Header) (all []string) {
	for _, name := range credentials {
		if value := h.Get(name); value != "" {
			all = append(all, name, value)
		}
	}
	return all
}

// limit is how large the body of a request to a path may be, in bytes.
func (a *API) limit(path string) int64 {
	if limit, is := a.larger[path]; is {
		return limit
	}
	return MaxBody
}

// TooLarge refuses a body of more than so many bytes.
func TooLarge(limit int64) *events.Problem {
	return &events.Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: "The body is larger than " + Size(limit) + "."}
}

// Size writes a number of bytes as people do.
func Size(bytes int64) string {
	if bytes%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}

func (r *request) readKey(h http.Header) *events.Problem {
	r.key = strings.Trim(h.Get("Idempotency-Key"), `"`)
	if len(r.key) > maxKey {
		return &events.Problem{Status: http.StatusBadRequest, Code: "malformed", Detail: fmt.Sprintf("The Idempotency-Key is longer than %d characters.", maxKey)}
	}
	return nil
}

// withID gives a command its id: derived from asker, route and Idempotency-Key when there is one.
func (r *request) withID(o events.Outgoing) events.Outgoing {
	if r.key == "" {
		return o.WithID(events.NewID(), "")
	}
	return o.WithID(events.DeriveID(r.keyScope()...), r.fingerprint)
}

// keyScope is what tells one request with a key from all others. Who is not logged in shares all keys there are with others like them, so
// those keys count only together with what they ask: nobody finds or takes another's operation by guessing a key.
func (r *request) keyScope() []string {
	by := r.cause.By
	if r.anonymousKey != "" {
		return []string{string(by.Type), r.anonymousKey, r.route, r.key}
	}
	return []string{string(by.Type), by.ID, r.route, r.key}
}

// DerivedID is an id for something the request needs besides its command: for the same asker, route and Idempotency-Key the same,
// new without a key.
func DerivedID(ctx context.Context, purpose string) string {
	r := requestFrom(ctx)
	if r.key == "" {
		return events.NewID()
	}
	return events.DeriveID(append(r.keyScope(), purpose)...)
}

// Asked tells whether the request's query names the parameter, which a zero value does not tell.
func Asked(ctx context.Context, parameter string) bool { return requestFrom(ctx).query.Has(parameter) }
