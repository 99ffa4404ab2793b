package gateway

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/functions/internal/web"
)

// answers are what the gateway may answer instead of a function.
var answers = map[int]string{
	http.StatusBadRequest:                  "The request could not be read.",
	http.StatusNotFound:                    "There is nothing at this path.",
	http.StatusMethodNotAllowed:            "The path does not take this method; Allow names those it takes.",
	http.StatusRequestTimeout:              "The body did not arrive in time.",
	http.StatusRequestEntityTooLarge:       "The body is larger than " + web.Size(web.MaxBody) + ", a webhook's than " + web.Size(web.MaxWebhook) + ".",
	http.StatusTooManyRequests:             "Too many requests from this address; Retry-After says when to come back.",
	http.StatusRequestHeaderFieldsTooLarge: tooLargeHeaders,
	http.StatusNotImplemented:              "Nothing here takes this method.",
	http.StatusServiceUnavailable:          "Not possible right now; with the same Idempotency-Key nothing is done twice.",
	http.StatusGatewayTimeout:              "There was no answer in time. It may have been done all the same: repeat with the same Idempotency-Key.",
}

var tooLargeHeaders = "The headers are larger than " + web.Size(maxHeaders) + "."

// describe is those answers, as EdgeNNN; the paths are the functions'.
func describe() *huma.OpenAPI {
	responses := make(map[string]*huma.Response, len(answers))
	for status, description := range answers {
		code := strconv.Itoa(status)
		problem := &huma.MediaType{Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}
		responses["Edge"+code] = &huma.Response{
			Description: description, Headers: web.ProblemHeaders(code), Content: map[string]*huma.MediaType{"application/problem+json": problem},
		}
	}
	return &huma.OpenAPI{Components: &huma.Components{Responses: responses, Schemas: huma.NewMapRegistry("", huma.DefaultSchemaNamer)}}
}
