package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ofNoOperation are the gateway's answers that follow from the address alone, a path or a method that nothing takes.
var ofNoOperation = []string{"404", "405", "501"}

const problemType = "application/problem+json"

// addEdge adds to every operation what the gateway may answer instead of a function, whatever the route. Where a function answers the
// same status in another form, both stand.
func addEdge(paths, responses map[string]any) error {
	for path, item := range paths {
		for method, operation := range item.(map[string]any) {
			own := child(operation.(map[string]any), "responses")
			if len(own) == 0 {
				return fmt.Errorf("%s %s describes no answer", method, path)
			}
			for name := range responses {
				addAnswer(own, strings.TrimPrefix(name, "Edge"))
			}
		}
	}
	return nil
}

func addAnswer(responses map[string]any, status string) {
	if slices.Contains(ofNoOperation, status) {
		return
	}
	if own, ok := responses[status].(map[string]any); ok {
		child(own, "content")[problemType] = object{"schema": ref("#/components/schemas/Problem")}
		return
	}
	responses[status] = ref("#/components/responses/Edge" + status)
}

// notNull is where a schema names the members that may be absent, but not null, because their absence means all there is (web.NotNull).
const notNull = "x-not-null"

// allowNull says of the optional members of requests what is so: null is as good as absent, but for those that notNull names.
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
		never, _ := schema[notNull].([]any)
		delete(schema, notNull)
		properties := child(schema, "properties")
		for name, member := range properties {
			visit(member.(map[string]any))
			if !slices.Contains(slices.Concat(required, never), any(name)) && schema["additionalProperties"] == false {
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
