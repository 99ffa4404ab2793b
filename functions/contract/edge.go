package contract

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/onlinemart/mart/functions/internal/web"
)

// edgeAnswers are what the gateway may answer instead of a function, on every route. What follows from the address alone, a path or a
// method that nothing takes, belongs to no operation.
var edgeAnswers = map[int]string{
	http.StatusBadRequest:                  "The request could not be read.",
	http.StatusRequestTimeout:              "The body did not arrive in time.",
	http.StatusRequestEntityTooLarge:       "The body is larger than 256 KiB, a webhook's than 1 MiB.",
	http.StatusTooManyRequests:             "Too many requests from this address; Retry-After says when to come back.",
	http.StatusRequestHeaderFieldsTooLarge: "The headers are larger than 32 KiB.",
	http.StatusServiceUnavailable:          "Not possible right now; with the same Idempotency-Key nothing is done twice.",
	http.StatusGatewayTimeout:              "There was no answer in time. It may have been done all the same: repeat with the same Idempotency-Key.",
}

var addressAnswers = map[int]string{
	http.StatusNotFound:         "There is nothing at this path.",
	http.StatusMethodNotAllowed: "The path does not take this method; Allow names those it takes.",
	http.StatusNotImplemented:   "Nothing here takes this method.",
}

// edgeResponses are the answers of the gateway as components.
func edgeResponses() (object, error) {
	all := object{}
	for _, answers := range []map[int]string{edgeAnswers, addressAnswers} {
		for status, description := range answers {
			headers, err := plain(web.ProblemHeaders(strconv.Itoa(status)))
			if err != nil {
				return nil, err
			}
			all[nameOf(status)] = object{
				"description": description, "headers": headers,
				"content": object{problemType: object{"schema": ref("#/components/schemas/Problem")}},
			}
		}
	}
	return all, nil
}

const problemType = "application/problem+json"

func nameOf(status int) string { return "Edge" + strconv.Itoa(status) }

// addEdge adds to every operation what the gateway may answer. Where a function answers the same status in another form, both stand.
func addEdge(paths map[string]any) error {
	for path, item := range paths {
		for method, operation := range item.(map[string]any) {
			responses := child(operation.(map[string]any), "responses")
			if len(responses) == 0 {
				return fmt.Errorf("%s %s describes no answer", method, path)
			}
			for status := range edgeAnswers {
				own, ok := responses[strconv.Itoa(status)].(map[string]any)
				if !ok {
					responses[strconv.Itoa(status)] = ref("#/components/responses/" + nameOf(status))
					continue
				}
				child(own, "content")[problemType] = object{"schema": ref("#/components/schemas/Problem")}
			}
		}
	}
	return nil
}

// allowNull says of the optional members of requests what is so: null is as good as absent.
func allowNull(document map[string]any) {
	schemas := child(child(document, "components"), "schemas")
	seen := map[string]bool{}
	var visit func(schema map[string]any)
	visit = func(schema map[string]any) {
		if to, ok := schema["$ref"].(string); ok {
			if name := to[len("#/components/schemas/"):]; !seen[name] {
				seen[name] = true
				visit(child(schemas, name))
			}
			return
		}
		required, _ := schema["required"].([]any)
		properties := child(schema, "properties")
		for name, member := range properties {
			visit(member.(map[string]any))
			if !slices.Contains(required, any(name)) && schema["additionalProperties"] == false {
				properties[name] = orNull(member.(map[string]any))
			}
		}
		if items, ok := schema["items"].(map[string]any); ok {
			visit(items)
		}
	}
	for _, item := range child(document, "paths") {
		for _, operation := range item.(map[string]any) {
			content := child(child(operation.(map[string]any), "requestBody"), "content")
			if media, ok := content["application/json"].(map[string]any); ok && content[mergePatch] == nil {
				visit(child(media, "schema"))
			}
		}
	}
}

const mergePatch = "application/merge-patch+json"

// orNull is a schema that takes null too.
func orNull(schema map[string]any) map[string]any {
	kind, simple := schema["type"].(string)
	if !simple {
		return object{"anyOf": []any{schema, object{"type": "null"}}}
	}
	nullable := maps.Clone(schema)
	nullable["type"] = []any{kind, "null"}
	if values, ok := nullable["enum"].([]any); ok {
		nullable["enum"] = append(slices.Clone(values), nil)
	}
	return nullable
}
