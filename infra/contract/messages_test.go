package contract_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// eachMessageSchema visits the schema of every message and every answer.
func eachMessageSchema(t *testing.T, visit func(name string, content []byte)) {
	t.Helper()
	for name, content := range files(t) {
		if kind, message := strings.CutSuffix(name, ".json"); message && strings.HasPrefix(kind, "com.onlinemart.") {
			visit(kind, content)
		}
	}
}

// Every message and every answer has an example of its data, which its schema takes.
func TestEveryMessageHasAnExample(t *testing.T) {
	t.Parallel()
	eachMessageSchema(t, func(name string, content []byte) {
		c := jsonschema.NewCompiler()
		if err := c.AddResource(name, value(t, content)); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile(name)
		if err != nil {
			t.Fatal(err)
		}
		var document struct{ Examples []json.RawMessage }
		if err := json.Unmarshal(content, &document); err != nil || len(document.Examples) != 1 {
			t.Errorf("%s has %d examples: %v", name, len(document.Examples), err)
			return
		}
		if err := schema.Validate(value(t, document.Examples[0])); err != nil {
			t.Errorf("the example of %s: %v", name, err)
		}
		if bytes.Contains(document.Examples[0], []byte("null")) {
			t.Errorf("the example of %s lacks something: %s", name, document.Examples[0])
		}
	})
}

// Every member of what the functions say to each other says what it is.
func TestEveryMemberOfAMessageIsDescribed(t *testing.T) {
	t.Parallel()
	eachMessageSchema(t, func(name string, content []byte) {
		var document struct {
			Defs map[string]struct {
				Properties map[string]struct{ Description string }
			} `json:"$defs"`
		}
		if err := json.Unmarshal(content, &document); err != nil {
			t.Fatal(err)
		}
		for of, def := range document.Defs {
			for member, m := range def.Properties {
				if m.Description == "" {
					t.Errorf("%s: %s.%s is not described: give it a tag doc, or a line in members of infra/contract/members.go", name, of, member)
				}
			}
		}
	})
}
