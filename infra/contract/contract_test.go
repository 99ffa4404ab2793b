package contract_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/contract"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the generated files instead of comparing them")

const schemas = "../../schemas"

func TestCommittedFilesAreTheGeneratedOnes(t *testing.T) {
	if *update {
		if err := contract.Generate(schemas); err != nil {
			t.Fatal(err)
		}
	}
	want := files(t)
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join(schemas, name))
		if err != nil {
			t.Errorf("%v; run make generate", err)
			continue
		}
		if diff := cmp.Diff(string(content), string(got)); diff != "" {
			t.Errorf("%s is not what the declarations say; run make generate (-generated +committed):\n%s", name, diff)
		}
	}
	stale, err := contract.Stale(schemas, want)
	if err != nil || len(stale) > 0 {
		t.Errorf("no longer generated: %v %v; run make generate", stale, err)
	}
}

func TestGenerateRemovesWhatIsNoMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"com.onlinemart.gone.created.v1.json", "embed.go"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := contract.Generate(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "com.onlinemart.gone.created.v1.json")); !os.IsNotExist(err) {
		t.Errorf("the schema of a message that is gone is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "embed.go")); err != nil {
		t.Errorf("a file that is not generated was removed: %v", err)
	}
}

func TestEverySchemaCompiles(t *testing.T) {
	t.Parallel()
	for name, content := range files(t) {
		if name == "openapi.json" || filepath.Ext(name) != ".json" {
			continue
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft2020)
		if err := c.AddResource(name, value(t, content)); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if _, err := c.Compile(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	generated := files(t)
	for document, schema := range map[string]string{
		"openapi.json": "openapi-3.1.json", "openapi.yaml": "openapi-3.1.json", "asyncapi.yaml": "asyncapi-3.0.0.json",
	} {
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			official, err := jsonschema.NewCompiler().Compile("testdata/" + schema)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := yaml.YAMLToJSON(generated[document])
			if err != nil {
				t.Fatal(err)
			}
			if err := official.Validate(value(t, raw)); err != nil {
				t.Errorf("%s: %v", document, err)
			}
		})
	}
}

// What is personal is encrypted between the functions, and in clear or not there for whoever calls: nobody can read ciphertext.
func TestNothingEncryptedIsAnswered(t *testing.T) {
	t.Parallel()
	document := string(files(t)["openapi.json"])
	if strings.Contains(document, "x-personal") || !strings.Contains(document, `"OrderStep"`) {
		t.Error("the API answers with what is encrypted; show what it says")
	}
}

func TestPurchasesDemandAKey(t *testing.T) {
	t.Parallel()
	api, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/orders": true, "/payments": true, "/brands": false} {
		post := api["paths"].(map[string]any)[path].(map[string]any)["post"].(map[string]any)
		for _, parameter := range post["parameters"].([]any) {
			p := parameter.(map[string]any)
			if required, _ := p["required"].(bool); p["name"] == "Idempotency-Key" && required != want {
				t.Errorf("POST %s: Idempotency-Key is required: %t, want %t", path, required, want)
			}
		}
	}
}

// untold is what accepts a request and never says what became of it: whether there is such an account.
const untold = "post /password-resets"

func TestTheDocumentSaysWhatIsSo(t *testing.T) {
	t.Parallel()
	api, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	eachOperation(api, func(name string, o map[string]any) {
		method, _, _ := strings.Cut(name, " ")
		for _, status := range []string{"400", "401", "408", "413", "422", "429", "431", "500", "503", "504"} {
			if part(o, "responses", status) == nil {
				t.Errorf("%s does not say %s", name, status)
			}
		}
		if part(o, "responses", "415") == nil && method != "get" {
			t.Errorf("%s does not say 415", name)
		}
		if told := part(o, "responses", "415", "headers", "Accept-Patch") != nil; told != (method == "patch") {
			t.Errorf("%s says that 415 has Accept-Patch: %t", name, told)
		}
		if strings.Contains(name, "/oauth/") && part(o, "responses", "415", "content", "application/json") == nil {
			t.Errorf("%s: 415 is not in OAuth's form", name)
		}
		if part(o, "responses", "204", "content") != nil {
			t.Errorf("%s: 204 has a body", name)
		}
		if later := part(o, "responses", "202"); later != nil && name != untold {
			for _, header := range []string{"Location", "Retry-After"} {
				if part(later, "headers", header)["required"] != true {
					t.Errorf("%s: 202 has no %s", name, header)
				}
			}
		}
		for _, p := range listed(o, "parameters") {
			if p["name"] == "If-Match" && (p["required"] == true) != (method != "put") {
				t.Errorf("%s: If-Match is required: %v", name, p["required"])
			}
		}
	})
	for _, s := range []struct{ schema, member string }{{"Registration", "password"}, {"NewUser", "password"}, {"PasswordChange", "new"}, {"ResetRedemption", "password"}} {
		limits := part(api, "components", "schemas", s.schema, "properties", s.member)
		if limits["minLength"] != 10.0 || limits["maxLength"] != 128.0 {
			t.Errorf("%s.%s: %v", s.schema, s.member, limits)
		}
	}
	if !slices.ContainsFunc(listed(api, "tags"), func(tag map[string]any) bool {
		about, _ := tag["description"].(string)
		return strings.Contains(about, "capability")
	}) {
		t.Error("nobody is told that an operation's id is a capability")
	}
}

// Where the absence of a member means all there is, and only there, null is none.
func TestNullIsNotAll(t *testing.T) {
	t.Parallel()
	api, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	eachOperation(api, func(_ string, o map[string]any) {
		schema := part(o, "requestBody", "content", "application/json", "schema")
		if to, ok := schema["$ref"].(string); ok {
			schema = part(api, "components", "schemas", to[strings.LastIndex(to, "/")+1:])
		}
		if part(o, "requestBody", "content", "application/merge-patch+json") != nil || schema["additionalProperties"] != false {
			return
		}
		required, _ := schema["required"].([]any)
		for name, member := range part(schema, "properties") {
			if raw, err := json.Marshal(member); err != nil {
				t.Fatal(err)
			} else if !slices.Contains(required, any(name)) && !strings.Contains(string(raw), `"null"`) {
				got = append(got, o["operationId"].(string)+" "+name)
			}
		}
	})
	slices.Sort(got)
	if diff := cmp.Diff([]string{"cancelOrder lines", "deliverOrder fulfilmentId", "fulfilOrder lines", "refundPayment amount"}, got); diff != "" {
		t.Error(diff)
	}
}

// Null is for what may be absent from a request, or be removed by a patch; no answer has any.
func TestNullIsWhereItIsTaken(t *testing.T) {
	t.Parallel()
	api, err := contract.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	schemas := part(api, "components", "schemas")
	var visit func(where string, schema map[string]any)
	visit = func(where string, schema map[string]any) {
		if to, ok := schema["$ref"].(string); ok {
			schema = schemas[to[strings.LastIndex(to, "/")+1:]].(map[string]any)
		}
		if kinds, ok := schema["type"].([]any); ok {
			t.Errorf("%s may be %v", where, kinds)
		}
		for name, member := range part(schema, "properties") {
			if member := member.(map[string]any); name != "shippingAddress" { // which has the same schema in requests
				visit(where+"."+name, member)
			}
		}
		if items := part(schema, "items"); items != nil {
			visit(where+"[]", items)
		}
	}
	eachOperation(api, func(name string, o map[string]any) {
		for status, response := range part(o, "responses") {
			for _, media := range part(response.(map[string]any), "content") {
				visit(name+" "+status, part(media.(map[string]any), "schema"))
			}
		}
		full := part(o, "requestBody", "content", "application/merge-patch+json", "schema", "properties")
		for member, schema := range full {
			_, removable := schema.(map[string]any)["type"].([]any)
			if needed := member == "name" || member == "price" || member == "roles" || member == "country"; needed && removable {
				t.Errorf("%s says that %s may be removed", name, member)
			}
		}
	})
}

func TestEveryPatternIsSaidInWords(t *testing.T) {
	t.Parallel()
	for _, name := range events.Functions() {
		f, err := mart.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		api := f.OpenAPI()
		if api == nil {
			continue
		}
		for name, schema := range api.Components.Schemas.Map() {
			for member, s := range schema.Properties {
				if s.Pattern != "" && s.PatternDescription == "" {
					t.Errorf("%s.%s has a pattern and no patternDescription, which is what people are told", name, member)
				}
			}
		}
	}
}

// part is a part of a part, nil where there is none.
func part(node map[string]any, names ...string) map[string]any {
	for _, name := range names {
		node, _ = node[name].(map[string]any)
	}
	return node
}

func listed(node map[string]any, name string) (all []map[string]any) {
	members, _ := node[name].([]any)
	for _, m := range members {
		all = append(all, m.(map[string]any))
	}
	return all
}

func eachOperation(api map[string]any, visit func(name string, operation map[string]any)) {
	for path, item := range part(api, "paths") {
		for method, operation := range item.(map[string]any) {
			visit(method+" "+path, operation.(map[string]any))
		}
	}
}

// A reference that leads nowhere is legal JSON Schema and useless to a reader.
func TestReferencesLeadSomewhere(t *testing.T) {
	t.Parallel()
	generated := files(t)
	for _, document := range []string{"openapi.yaml", "asyncapi.yaml"} {
		raw, err := yaml.YAMLToJSON(generated[document])
		if err != nil {
			t.Fatal(err)
		}
		root := value(t, raw)
		eachReference(root, func(to string) {
			switch {
			case strings.HasPrefix(to, "./"):
				if _, ok := generated[to[2:]]; !ok {
					t.Errorf("%s refers to %s, which is not there", document, to)
				}
			case !reaches(root, to):
				t.Errorf("%s refers to %s, which is not there", document, to)
			}
		})
	}
}

func eachReference(node any, visit func(string)) {
	switch n := node.(type) {
	case map[string]any:
		if to, ok := n["$ref"].(string); ok {
			visit(to)
		}
		for _, c := range n {
			eachReference(c, visit)
		}
	case []any:
		for _, c := range n {
			eachReference(c, visit)
		}
	}
}

func reaches(root any, pointer string) bool {
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "#/"), "/") {
		object, ok := root.(map[string]any)
		if !ok {
			return false
		}
		if root, ok = object[part]; !ok {
			return false
		}
	}
	return true
}

// generate makes the files once for all tests, which only read them.
var generate = sync.OnceValues(contract.Files)

func files(t *testing.T) map[string][]byte {
	t.Helper()
	f, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func value(t *testing.T, raw []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
