package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// Problem is every error body of the API. Source: RFC 9457.
type Problem struct {
	Type     string              `json:"type" format:"uri-reference" doc:"A page about this kind of problem, by its path here; its last part is the code." example:"/problems/out_of_stock"`
	Title    string              `json:"title" doc:"What kind of problem it is, in a few words that are the same for all of the kind." example:"There is not enough left"`
	StatusOf int                 `json:"status" doc:"The status of the answer again." example:"409"`
	Detail   string              `json:"detail" doc:"What was wrong this time, for people." example:"Fewer are available than are wanted."`
	Instance string              `json:"instance,omitempty" doc:"The path of the request." example:"/orders"`
	Code     string              `json:"code" doc:"Stable, for programs." example:"out_of_stock"`
	Errors   []events.FieldError `json:"errors,omitempty" nullable:"false" doc:"Each fault by its place, where there are any: in the body, the query, the path or a header."`
	Quote    *Quote              `json:"quote,omitempty" doc:"What an order would cost now, where that is why it is refused."`
	TraceID  string              `json:"traceId,omitempty" doc:"What we find the request by. Report it with whatever puzzles you." example:"4bf92f3577b34da6a3ce929d0e0e4736"`
	headers  http.Header
}

func (p *Problem) Error() string           { return p.Code + ": " + p.Detail }
func (p *Problem) GetStatus() int          { return p.StatusOf }
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType makes huma write it as what it is.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// FiguresPath is where the function order tells the gateway how the shop does; nothing outside the mart can ask there.
const FiguresPath = "/figures"

// ProblemPages is where the gateway has a page about each kind of problem, by its code.
const ProblemPages = "/problems"

func problemOf(ctx context.Context, p *events.Problem) *Problem {
	r := requestFrom(ctx)
	out := &Problem{
		Type: ProblemPages + "/" + p.Code, Title: titleOf(p), StatusOf: p.Status, Detail: p.Detail, Code: p.Code, Errors: p.Errors, Quote: ShowQuote(p.Quote),
		Instance: r.path, TraceID: bus.TraceID(r.cause.Traceparent), headers: http.Header{"Cache-Control": {NoStore}},
	}
	switch p.Status {
	case http.StatusUnauthorized:
		out.headers.Set("WWW-Authenticate", challenge(p))
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		out.headers.Set("Retry-After", "1")
	case http.StatusConflict:
		if p.Code == "not_yet" { // min-version has not come
			out.headers.Set("Retry-After", "1")
		}
	case http.StatusUnsupportedMediaType:
		if p.Code == compressed {
			out.headers.Set("Accept-Encoding", "identity") // Source: RFC 9110 §15.5.16
		}
	}
	if p.RetryAfter > 0 {
		out.headers.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	return out
}

// titleOf is what the kind of problem is called.
func titleOf(p *events.Problem) string {
	if kind, known := events.KindOfProblem(p.Code); known {
		return kind.Title
	}
	return http.StatusText(p.Status)
}

// challenge says by which token one would get in. Source: RFC 6750 §3: no error where no token came.
func challenge(p *events.Problem) string {
	if p.Code == tokenRequired {
		return `Bearer realm="mart"`
	}
	return `Bearer realm="mart", error="invalid_token", error_description="` + p.Detail + `"`
}

// codes names the problems that huma finds before a handler runs.
var codes = map[int]string{
	http.StatusBadRequest: "malformed", http.StatusRequestEntityTooLarge: "too_large", http.StatusUnsupportedMediaType: "unsupported_media_type",
	http.StatusUnprocessableEntity: "invalid", http.StatusNotAcceptable: "not_acceptable", http.StatusRequestTimeout: "too_slow",
}

// detailOf is what huma says.
type detailOf struct {
	status int
	detail string
}

// details say what to do where huma says only that something is wrong.
var details = map[detailOf]string{
	{http.StatusBadRequest, "validation failed"}:        "The body cannot be read as JSON; see errors.",
	{http.StatusBadRequest, "request body is required"}: "This takes a JSON body; {} is the least.",
}

// newError replaces huma's own error model. Its text never holds more than the client sent.
func newError(ctx context.Context, status int, detail string, errs ...error) *Problem {
	p := &events.Problem{Status: status, Code: codes[status], Detail: detail}
	if p.Code == "" {
		p.Code = strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
	}
	if better := details[detailOf{status, detail}]; better != "" {
		p.Detail = better
	}
	if status == http.StatusUnprocessableEntity {
		p.Detail = "The request is not valid; errors names every fault."
	}
	if len(errs) > 0 && status == http.StatusUnprocessableEntity {
		r := requestFrom(ctx)
		errs = append(errs, r.secondary...)
		for _, fault := range r.beside {
			errs = append(errs, ruleFault(fault))
		}
	}
	p.Errors = faultsOf(errs)
	return problemOf(ctx, p)
}

// useProblems makes huma speak problems, and check members by their exact names: encoding/json takes a name in any case, so
// one in another case would pass unchecked. huma keeps these choices in package variables, so they are made once.
var useProblems = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	useValidationMessages()
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		return newError(context.Background(), status, detail, errs...)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, detail string, errs ...error) huma.StatusError {
		p := newError(c.Context(), status, detail, errs...)
		for name, values := range p.headers { // huma asks for them only where a handler has failed
			c.SetHeader(name, values[0])
		}
		return p
	}
})

// write answers with a problem outside huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.StatusOf)
	_ = json.NewEncoder(w).Encode(p) // a reader who has gone away has lost nothing
}

// Refuse answers with a problem from outside an API; headers are names and values by turns.
func Refuse(w http.ResponseWriter, r *http.Request, p *events.Problem, headers ...string) {
	out := problemOf(r.Context(), p)
	if out.Instance == "" {
		out.Instance, out.TraceID = r.URL.Path, bus.TraceID(r.Header.Get("Traceparent"))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		out.headers.Set(headers[i], headers[i+1])
	}
	out.write(w)
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// notFoundHandler answers what no route takes: 404, or 405 where the path is known and the method is not. OPTIONS tells the methods.
func notFoundHandler(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		allowed := []string{}
		for _, m := range methods {
			if _, pattern := mux.Handler(&http.Request{Method: m, URL: r.URL, Host: r.Host}); pattern != "" && pattern != "/" {
				allowed = append(allowed, m)
			}
		}
		allow := strings.Join(append(allowed, http.MethodOptions), ", ")
		switch {
		case len(allowed) == 0:
			Refuse(w, r, &events.Problem{Status: http.StatusNotFound, Code: "no_such_route", Detail: "There is nothing at this path. GET /openapi.json lists what there is."})
		case r.Method == http.MethodOptions:
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusNoContent)
		default:
			Refuse(w, r, &events.Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: "This path takes " + allow + "."}, "Allow", allow)
		}
	}
}
