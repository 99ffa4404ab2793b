// Package web is what the HTTP sides of all functions share: one way to declare a route, who may call it, how a command's
// outcome becomes an answer, and how every error becomes a problem.
//
// A route is declared with Read or, when it sends a command, with Change; the zero Access lets nobody in. Entity declares the five
// routes of a thing that is created, read, replaced, changed and deleted.
package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/ordertoken"
)

// MaxBody bounds a request's body, in bytes. An order of 100 lines has about 10 KiB.
const MaxBody = 256 << 10

// MaxWebhook bounds what a provider sends, in bytes: its objects carry all that anybody has written into them.
const MaxWebhook = 1 << 20

// API is the HTTP side of one function.
type API struct {
	huma     huma.API
	runtime  *boot.Runtime
	handler  http.Handler
	verifier Verifier
	larger   map[string]int64 // by path: bodies that may be larger than others
}

// Route says what a route is; its types say the rest.
type Route struct {
	Method                string
	Path                  string
	ID                    string // operationId, camelCase
	Summary               string
	Description           string   // what a client must know beside the summary: what follows, which refusals to expect, what is shown to whom
	Status                int      // of a Read that is answered with neither 200 nor 204; 0: it is
	Sorts                 []string // of a list: how it is sorted unless asked, then by what else it can be
	Access                Access
	RequireIdempotencyKey bool                      // Idempotency-Key is required
	NoCards               bool                      // a body with a card number in it is refused
	Also                  []int                     // errors besides those that follow from the rest
	Answers               []string                  // the media types of the answer of a Read, when it is text and no JSON
	Pages                 []string                  // the media types in which the gateway answers it in the function's place, to whoever asks for them
	Body                  *huma.RequestBody         // what the body is, when it is read as it came (RawBody)
	MaxBody               int64                     // bytes; 0 is what most have. Only of a path without parameters, because a body is read before it is routed
	Errors                map[string]*huma.Response // by status, where it does not answer with problems; only with Body
}

// NewAPI is an empty API whose callers are identified by verifier.
func NewAPI(runtime *boot.Runtime, verifier Verifier) *API {
	useProblems()
	mux := http.NewServeMux()
	a := &API{runtime: runtime, verifier: verifier, huma: humago.New(mux, config()), larger: map[string]int64{}}
	mux.HandleFunc("/", notFoundHandler(mux))
	a.handler = a.identify(mux)
	registerOperations(a)
	return a
}

// What opens an order to its guest, and a cart to whoever has no account, by its name in the document.
const (
	orderScheme = "order"
	cartScheme  = "cart"
)

func config() huma.Config {
	c := huma.DefaultConfig("Mart", "1")
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // the gateway serves them for all functions
	c.CreateHooks, c.Transformers = nil, nil              // no $schema member in bodies
	c.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer":    {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token from POST /oauth/token."},
		cartScheme:  {Type: "apiKey", In: "header", Name: cartSecret, Description: "What opens one cart that is no customer's: answered by POST /carts where it opens the cart, and nowhere else. A customer's own cart takes their access token."},
		orderScheme: {Type: "apiKey", In: "header", Name: ordertoken.Header, Description: "What opens one order that was placed without an account, and its payments: answered with it, and in the links of mails about it. With an access token it counts for nothing."},
	}
	return c
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// OpenAPI is the description of the routes declared so far.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// Read declares a route that changes nothing. Errors of handle become problems: see fail.
func Read[I, O any](a *API, route Route, handle func(ctx context.Context, in *I) (*O, error)) {
	o := route.operation(a)
	o.DefaultStatus = route.Status
	_, versioned := any(*new(I)).(interface{ cached() })
	_, conditional := any(*new(I)).(interface{ tagged() })
	if conditional = conditional || versioned; versioned {
		o.Errors = append(o.Errors, http.StatusConflict) // min-version has not come
	}
	if conditional {
		o.Responses = map[string]*huma.Response{"304": {Description: "Not Modified", Headers: Headers([]string{"Cache-Control", "ETag"})}}
	}
	if route.Body == nil {
		register(a, o, handle)
		done := described(a, route)
		describeProblems(done)
		describeSort(done, route.Sorts)
		describeIDs(done, route.Path)
		if ok := done.Responses[strconv.Itoa(cmp.Or(route.Status, http.StatusOK))]; ok != nil {
			for name, header := range ok.Headers {
				header.Description, header.Required = headerDescriptions[name], name == "Cache-Control" || name == "ETag" && conditional
			}
			describeText(ok, route.Answers)
			for _, kind := range route.Pages {
				ok.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
			}
		}
		return
	}
	o.RequestBody, o.SkipValidateBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}, true
	o.Responses = map[string]*huma.Response{}
	register(a, o, handle)
	*o.RequestBody = *route.Body // huma would describe it as bytes, and demand that there are some
	describeProblems(described(a, route))
	for status, own := range route.Errors {
		described(a, route).Responses[status] = mergeResponses(own, o.Responses[status])
	}
}

// mergeResponses is a response that comes in one form from the handler, and in the other from whatever refuses before it.
func mergeResponses(handlers, ours *huma.Response) *huma.Response {
	response := *handlers
	if ours != nil {
		response.Content, response.Headers = maps.Clone(handlers.Content), maps.Clone(ours.Headers)
		maps.Copy(response.Content, ours.Content)
		for name, header := range response.Headers {
			h := *header
			h.Required = handlers.Headers[name] != nil && h.Required
			response.Headers[name] = &h
		}
		for name, header := range handlers.Headers {
			if response.Headers[name] == nil {
				h := *header
				h.Required = false
				response.Headers[name] = &h
			}
		}
	}
	return &response
}

func (r Route) operation(a *API) huma.Operation {
	if r.MaxBody > 0 {
		a.larger[r.Path] = r.MaxBody
	}
	o := huma.Operation{
		Method: r.Method, Path: r.Path, OperationID: r.ID, Summary: r.Summary, Description: laidOut(r.Description) + "\n\n" + r.Access.said(), Tags: []string{string(a.runtime.Name)},
		MaxBodyBytes: a.limit(r.Path) + 1, // readBody has bounded it, and huma takes one that is just as large for too large
		Middlewares:  huma.Middlewares{a.authorize(r), a.refuseQuery(r.Sorts)},
		Errors:       r.statuses(),
	}
	if strings.Contains(r.Path, "{") {
		o.Errors = append(o.Errors, http.StatusNotFound)
	}
	if r.Body == nil {
		o.Middlewares = append(o.Middlewares, a.checkMediaType)
	}
	o.Security = r.Access.security()
	if r.Body == nil { // what is read as it came is read by its handler
		o.Middlewares = append(o.Middlewares, a.refuseAmbiguous, a.noteNulls, a.noteUnread)
	}
	if r.RequireIdempotencyKey {
		o.Middlewares = append(o.Middlewares, noteMissingKey)
	}
	if r.NoCards {
		o.Middlewares = append(o.Middlewares, a.refuseCards)
	}
	return o
}

// bodyTimeout bounds the reading of a body, and must outlast any handler: huma leaves the deadline on the connection, and the server
// takes one that passes while it works for a client that has gone. It would cancel that request and, since clients of ours keep their
// connections, every later one on it.
const bodyTimeout = 30 * time.Second

func register[I, O any](a *API, o huma.Operation, handle func(ctx context.Context, in *I) (*O, error)) {
	o.BodyReadTimeout = bodyTimeout
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		if faults := requestFrom(ctx).beside; faults != nil {
			return nil, a.fail(ctx, o, events.Invalid(faults...))
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.fail(ctx, o, err)
		}
		return out, nil
	})
}

// retryAfterError is a refusal that knows when to come back, in seconds.
type retryAfterError interface {
	error
	RetryAfter() string
}

// fail turns an error into the problem the client sees, and logs what is our fault.
func (a *API) fail(ctx context.Context, o huma.Operation, err error) error {
	if p, ok := errors.AsType[*events.Problem](err); ok {
		problem := problemOf(ctx, p)
		if l, ok := errors.AsType[retryAfterError](err); ok {
			problem.headers.Set("Retry-After", l.RetryAfter())
		}
		return problem
	}
	if own, ok := errors.AsType[huma.StatusError](err); ok {
		return own
	}
	if errors.Is(err, bus.ErrUnavailable) || errors.Is(err, bus.ErrUnknownOutcome) || errors.Is(err, context.DeadlineExceeded) {
		a.runtime.Log.WarnContext(ctx, "a request could not be carried out now", "operation", o.OperationID, "reason", err)
		return problemOf(ctx, &events.Problem{
			Status: http.StatusServiceUnavailable, Code: "unavailable",
			Detail: "The mart cannot do this right now. Try again in a moment; with the same Idempotency-Key nothing is done twice.",
		})
	}
	a.runtime.Log.ErrorContext(ctx, "a request failed", "operation", o.OperationID, "error", err)
	return problemOf(ctx, Internal)
}

// Internal is the answer when something is wrong here.
var Internal = &events.Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "This is our fault. The traceId leads us to it."}

// serve hands a request on. A handler that panics is a fault of ours like any other: net/http would close the connection without a word.
func (a *API) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler: // meant so
			panic(p)
		default:
			a.runtime.Log.ErrorContext(r.Context(), "a handler panicked", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			problemOf(r.Context(), Internal).write(w)
		}
	}()
	next.ServeHTTP(w, r)
}
