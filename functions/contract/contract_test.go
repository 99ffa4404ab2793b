package contract_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/functions/contract"
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
