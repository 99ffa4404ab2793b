package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/boot"
)

// Describe is the description of one function's routes. Its API is built as in production, but nothing is behind it.
func Describe(f events.Function, about string, routes func(*API)) func() *huma.OpenAPI {
	return func() *huma.OpenAPI {
		api := NewAPI(&boot.Runtime{Name: f, Asker: bus.NewAsker(f, nil, "")}, nil)
		routes(api)
		describeMoney(api.OpenAPI().Components.Schemas.Map()["Money"])
		api.OpenAPI().Tags = []*huma.Tag{{Name: string(f), Description: about}}
		return api.OpenAPI()
	}
}

// headerDescriptions say what the headers of answers are for.
var headerDescriptions = map[string]string{
	"Allow":               "The methods that the path takes.",
	"Accept-Patch":        "The media types that a patch may have.",
	"Accept-Encoding":     "identity: bodies are read as they are.",
	"Content-Disposition": "The name of the file that a browser saves it as.",
	"Cache-Control":       "How long the answer may be kept.",
	"ETag":                "Stands for what is answered, for If-None-Match, and for its version, for If-Match.",
	"Link":                "The next page, as rel=\"next\"; absent on the last.",
	"Location":            "Where what was made is found; of a 202, where to ask how it went.",
	"Pragma":              "no-cache.",
	"Preference-Applied":  "Which wish of Prefer was followed; absent when none was.",
	"Retry-After":         "When to ask again, in seconds.",
	"Vary":                "Which headers of the request the answer depends on.",
	"WWW-Authenticate":    "Which token would let in, and what is wrong with the one that came. Source: RFC 6750.",
}

// describeText says of an answer that it is text of one of some media types, where there are any. Its Content-Type is no header that needs a word.
func describeText(ok *huma.Response, kinds []string) {
	if len(kinds) == 0 {
		return
	}
	delete(ok.Headers, "Content-Type")
	ok.Content = map[string]*huma.MediaType{}
	for _, kind := range kinds {
		ok.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
}

// Headers describes headers of an answer: those that are always there, and those that may be.
func Headers(always []string, maybe ...string) map[string]*huma.Param {
	all := make(map[string]*huma.Param, len(always)+len(maybe))
	for _, name := range slices.Concat(always, maybe) {
		all[name] = &huma.Param{Required: slices.Contains(always, name), Description: headerDescriptions[name], Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return all
}

// problemHeaders are what problems carry by their status, besides Cache-Control.
var problemHeaders = map[string]map[string]*huma.Param{
	"401": Headers([]string{"Cache-Control", "WWW-Authenticate"}),
	"403": Headers([]string{"Cache-Control"}, "WWW-Authenticate"),
	"405": Headers([]string{"Cache-Control", "Allow"}),
	"409": Headers([]string{"Cache-Control"}, "Retry-After"),
	"415": Headers([]string{"Cache-Control"}, "Accept-Encoding"),
	"429": Headers([]string{"Cache-Control", "Retry-After"}),
	"503": Headers([]string{"Cache-Control", "Retry-After"}),
}

// ProblemHeaders are the headers of a problem with this status.
func ProblemHeaders(status string) map[string]*huma.Param {
	if own := problemHeaders[status]; own != nil {
		return own
	}
	return Headers([]string{"Cache-Control"})
}

// statuses are the errors that a route can answer with.
func (r Route) statuses() []int {
	all := slices.Concat([]int{
		http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}, r.Also)
	if r.Method != http.MethodGet {
		all = append(all, http.StatusBadRequest, http.StatusUnsupportedMediaType)
	}
	if !r.Access.Anyone {
		all = append(all, http.StatusForbidden)
	}
	return all
}

// described is the operation as the document has it.
func described(a *API, r Route) *huma.Operation {
	path := a.OpenAPI().Paths[r.Path]
	return map[string]*huma.Operation{
		http.MethodGet: path.Get, http.MethodPost: path.Post, http.MethodPut: path.Put, http.MethodPatch: path.Patch, http.MethodDelete: path.Delete,
	}[r.Method]
}

// describeProblems adds to every error of the operation what its answer carries.
func describeProblems(o *huma.Operation) {
	for status, response := range o.Responses {
		if status >= "400" && response.Content["application/problem+json"] != nil {
			response.Headers = ProblemHeaders(status)
		}
	}
}

// describeIDs says of each id in the path what it is of, where the route has not said more.
func describeIDs(o *huma.Operation, path string) {
	for _, p := range o.Parameters {
		if p.In != "path" || p.Description != "" {
			continue
		}
		of, before := strings.TrimSuffix(p.Name, "Id"), path[:strings.Index(path, "{"+p.Name+"}")]
		if p.Name == "id" {
			of = strings.TrimSuffix(before[strings.LastIndex(strings.TrimSuffix(before, "/"), "/")+1:], "s/")
		}
		for _, n := range events.Nouns() {
			if p.Name == "id" && n.Each == before {
				of = events.InWords(n.Name)
			}
		}
		p.Description = "The " + of + "'s id, in small or capital letters."
	}
}

// requireParameter says in the description that a header must be there. At run time we refuse its absence ourselves, in words that help.
func requireParameter(o *huma.Operation, header string) {
	for _, p := range o.Parameters {
		p.Required = p.Required || p.Name == header
	}
}

// describeSort says what a list is sorted by.
func describeSort(o *huma.Operation, sorts []string) {
	if len(sorts) == 0 {
		return
	}
	fields := strings.TrimPrefix(strings.Join(sorts, ", "), "-")
	for _, p := range o.Parameters {
		if p.Name == "sort" {
			p.Description = "What it is sorted by: " + fields + "; with - before it, descending. Default: " + sorts[0] + "."
			p.Schema.Description = p.Description
		}
	}
}

// mergePatch is the media type of a patch. Source: RFC 7396.
const mergePatch = "application/merge-patch+json"

// describeBody says that a patch may call itself JSON.
func describeBody(o *huma.Operation) {
	if o.RequestBody != nil && o.RequestBody.Content[mergePatch] != nil {
		o.RequestBody.Content["application/json"] = o.RequestBody.Content[mergePatch]
	}
}

// describe says what the answers to a write carry.
func (w Write[I, S, B]) describe(o *huma.Operation, r Route) {
	always, made := []string{"Cache-Control"}, []string(nil)
	if w.Version != nil && w.Status != http.StatusNoContent {
		always = append(always, "ETag")
	}
	if w.Href != nil {
		made = []string{"Location"}
	}
	if refused := o.Responses["415"]; r.Method == http.MethodPatch && refused != nil {
		refused.Headers = Headers([]string{"Cache-Control"}, "Accept-Encoding", "Accept-Patch")
	}
	done := o.Responses[strconv.Itoa(w.Status)]
	if w.Created.Verb != "" {
		o.Responses["201"].Headers = Headers(slices.Concat(always, made), "Preference-Applied")
		made = nil
	}
	done.Headers = Headers(slices.Concat(always, made), "Preference-Applied")
	if w.Status == http.StatusNoContent {
		done.Content = nil
	}
	maybe := []string{"Preference-Applied"}
	if w.AwaitCompletion {
		maybe = append(maybe, "ETag")
	}
	o.Responses["202"].Headers = Headers([]string{"Cache-Control", "Location", "Retry-After"}, maybe...)
	if r.RequireIdempotencyKey {
		requireParameter(o, "Idempotency-Key")
	}
	if _, ok := any(*new(I)).(interface{ Required() error }); ok {
		requireParameter(o, "If-Match")
	}
}
