package contract_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/contract"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Every operation says more than its summary: by hand what follows from it, and by what is declared who may call it and which events tell of it.
func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	eachOperation(openAPI(t), func(name string, o map[string]any) {
		description, _ := o["description"].(string)
		own, derived, told := strings.Cut(description, "\n\n**Who may:** ")
		if summary, _ := o["summary"].(string); len(own) < 60 || strings.HasPrefix(own, summary) || !strings.HasSuffix(strings.TrimSpace(own), ".") {
			t.Errorf("%s is described as %q: say in its route what a storefront's developer must know beside the summary", name, own)
		}
		if !told || len(derived) < len("anyone.") {
			t.Errorf("%s does not say who may call it", name)
		}
		_, changes := o["responses"].(map[string]any)["202"]
		if changes && name != untold && !strings.Contains(derived, "\n\n**Events:** `com.onlinemart.") {
			t.Errorf("%s does not say which events tell of it", name)
		}
		for _, p := range listed(o, "parameters") {
			if about, _ := p["description"].(string); about == "" {
				t.Errorf("%s does not say what its parameter %s is", name, p["name"])
			}
		}
	})
}

// Every member of whatever is sent and answered says what it is.
func TestEveryPropertyIsDescribed(t *testing.T) {
	t.Parallel()
	api := openAPI(t)
	var visit func(where string, schema map[string]any)
	visit = func(where string, schema map[string]any) {
		for name, member := range part(schema, "properties") {
			m := member.(map[string]any)
			if about, _ := m["description"].(string); about == "" && part(m, "anyOf") == nil && !describedWithin(m) {
				t.Errorf("%s.%s is not described: give it a tag doc", where, name)
			}
			visit(where+"."+name, m)
		}
		if items := part(schema, "items"); items != nil {
			visit(where+"[]", items)
		}
	}
	schemas := part(api, "components", "schemas")
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		visit(name, schemas[name].(map[string]any))
	}
	eachOperation(api, func(name string, o map[string]any) {
		for _, media := range part(o, "requestBody", "content") {
			visit(name, part(media.(map[string]any), "schema"))
		}
	})
}

// describedWithin tells whether one of what a member may be says what it is.
func describedWithin(member map[string]any) bool {
	return slices.ContainsFunc(listed(member, "anyOf"), func(m map[string]any) bool { return m["description"] != nil })
}

// Every request with a body, and every answer of a success that has one, has an example that fits its schema.
func TestEveryExampleFits(t *testing.T) {
	t.Parallel()
	raw := files(t)["openapi.json"]
	l := &lookAtExamples{T: t, compiler: jsonschema.NewCompiler()}
	l.compiler.AssertFormat()
	document := value(t, raw)
	if err := l.compiler.AddResource(documentAt, document); err != nil {
		t.Fatal(err)
	}
	for path, item := range part(document.(map[string]any), "paths") {
		for method, operation := range item.(map[string]any) {
			o := operation.(map[string]any)
			l.fit(method+" "+path, part(o, "requestBody", "content"), "paths", path, method, "requestBody")
			for status, response := range part(o, "responses") {
				if strings.HasPrefix(status, "2") {
					l.fit(method+" "+path+" "+status, part(response.(map[string]any), "content"), "paths", path, method, "responses", status)
				}
			}
		}
	}
	if l.n < 200 {
		t.Errorf("%d examples were looked at; there are more", l.n)
	}
}

const documentAt = "https://mart.example/openapi.json"

var escaped = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")

// lookAtExamples holds examples against their schemas.
type lookAtExamples struct {
	*testing.T
	compiler *jsonschema.Compiler
	n        int // how many
}

// fit holds those of one body against its schemas; pointer is where in the document the body is.
func (l *lookAtExamples) fit(where string, content map[string]any, pointer ...string) {
	l.Helper()
	for kind, media := range content {
		example, has := media.(map[string]any)["example"]
		if !has {
			l.Errorf("%s has no example of %s", where, kind)
			continue
		}
		at := documentAt + "#"
		for _, p := range append(slices.Clone(pointer), "content", kind, "schema") {
			at += "/" + escaped.Replace(p)
		}
		schema, err := l.compiler.Compile(at)
		if err != nil {
			l.Fatal(err)
		}
		if err := schema.Validate(example); err != nil {
			l.Errorf("the example of %s does not fit: %v", where, err)
		}
		l.n++
	}
}

func openAPI(t *testing.T) map[string]any {
	t.Helper()
	api, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	return api
}
