package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/client"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is an OpenAPI document that answers can be held against.
type document struct {
	root       map[string]any
	compiler   *jsonschema.Compiler
	operations []operation
}

// operation is what one method of one path promises.
type operation struct {
	method, path string
	spec         map[string]any
	anyone       bool     // needs no token
	scopes       []string // any of which lets in
}

const documentURL = "https://mart.example/openapi.json"

func parseDocument(t *testing.T, raw []byte) document {
	t.Helper()
	d := document{compiler: jsonschema.NewCompiler()}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, value); err != nil {
		t.Fatal(err)
	}
	d.root = value.(map[string]any)
	for path, item := range member(d.root, "paths") {
		for method, spec := range item.(map[string]any) {
			o := operation{method: strings.ToUpper(method), path: path, spec: spec.(map[string]any)}
			for _, either := range o.spec["security"].([]any) {
				scopes, guarded := either.(map[string]any)["bearer"].([]any)
				o.anyone = o.anyone || !guarded
				for _, scope := range scopes {
					o.scopes = append(o.scopes, scope.(string))
				}
			}
			d.operations = append(d.operations, o)
		}
	}
	slices.SortFunc(d.operations, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return d
}

// member is a part of a part, nothing where there is none.
func member(node map[string]any, names ...string) map[string]any {
	for _, name := range names {
		node, _ = node[name].(map[string]any)
	}
	return node
}

// resolved is a part, or what it refers to, with the pointer to it.
func (d document) resolved(pointer string, node map[string]any) (string, map[string]any) {
	to, isReference := node["$ref"].(string)
	if !isReference {
		return pointer, node
	}
	node = d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(to, "#/"), "/") {
		node = member(node, part)
	}
	return to, node
}

var escape = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")

func pointer(parts ...string) string {
	for i, p := range parts {
		parts[i] = escape.Replace(p)
	}
	return "#/" + strings.Join(parts, "/")
}

// refuses says why the document does not allow this answer; "" when it does.
func (d document) refuses(o operation, method string, a client.Answer) string {
	if a.Status >= http.StatusInternalServerError && a.Status != http.StatusNotImplemented {
		return "a fault"
	}
	if method == http.MethodOptions && a.Status == http.StatusNoContent && a.Header.Get("Allow") != "" {
		return ""
	}
	status := fmt.Sprint(a.Status)
	at, response := d.resolved(pointer("paths", o.path, strings.ToLower(o.method), "responses", status), member(o.spec, "responses", status))
	if method != o.method && (a.Status == http.StatusMethodNotAllowed || a.Status == http.StatusNotImplemented) {
		at, response = d.resolved("", map[string]any{"$ref": "#/components/responses/Edge" + status})
	}
	if response == nil {
		return "the document has no such status"
	}
	if why := refusesHeaders(response, a.Header); why != "" {
		return why
	}
	return d.refusesBody(at, response, method, a)
}

// everywhere are the headers that any answer may have.
var everywhere = map[string]bool{
	"Content-Length": true, "Content-Security-Policy": true, "Content-Type": true, "Cross-Origin-Opener-Policy": true, "Date": true,
	"Referrer-Policy": true, "Traceparent": true, "Vary": true, "X-Content-Type-Options": true, "X-Frame-Options": true, "Connection": true,
}

func refusesHeaders(response map[string]any, got http.Header) string {
	promised := map[string]bool{}
	for name, about := range member(response, "headers") {
		promised[http.CanonicalHeaderKey(name)] = true
		if required, _ := about.(map[string]any)["required"].(bool); required && got.Get(name) == "" {
			return "it lacks the header " + name
		}
	}
	for name := range got {
		if !promised[name] && !everywhere[name] {
			return "the document has no header " + name
		}
	}
	return ""
}

// declaredAs is the media type of an answer without its parameters, and the one of the document that is the same but for those; "" when there is none.
func declaredAs(header string, content map[string]any) (kind, declared string) {
	kind, _, err := mime.ParseMediaType(header)
	if err != nil {
		return "", ""
	}
	for name := range content {
		if one, _, err := mime.ParseMediaType(name); err == nil && one == kind {
			return kind, name
		}
	}
	return kind, ""
}

func (d document) refusesBody(at string, response map[string]any, method string, a client.Answer) string {
	content := member(response, "content")
	if len(a.Body) == 0 {
		if len(content) > 0 && method != http.MethodHead {
			return "it has no body"
		}
		return ""
	}
	kind, declared := declaredAs(a.Header.Get("Content-Type"), content)
	if declared == "" {
		return "the document has no body of type " + a.Header.Get("Content-Type")
	}
	schema, err := d.compiler.Compile(documentURL + at + "/content/" + escape.Replace(declared) + "/schema")
	if err != nil {
		return err.Error()
	}
	var body any = string(a.Body)
	if !strings.HasPrefix(kind, "text/") {
		if body, err = jsonschema.UnmarshalJSON(bytes.NewReader(a.Body)); err != nil {
			return "its body is no JSON: " + err.Error()
		}
	}
	if err := schema.Validate(body); err != nil {
		return err.Error()
	}
	return ""
}

// schemaOf is a schema as plain values, whatever it refers to.
func (d document) schemaOf(node any) map[string]any {
	schema, _ := node.(map[string]any)
	_, schema = d.resolved("", schema)
	return schema
}

// number is a bound of a schema.
func number(schema map[string]any, name string) (int64, bool) {
	n, ok := schema[name].(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}
