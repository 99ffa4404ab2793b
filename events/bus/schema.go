package bus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaBase = "https://onlinemart.github.io/mart/schemas/"

// SchemaFor is the JSON Schema (2020-12) of a message's data. Readers tolerate members they do not know, so that a message
// can grow within its version.
func SchemaFor(d events.Declared) map[string]any { return schemaOf(d.Type(), d.Declaration().Payload) }

// AnswerSchemaFor is the JSON Schema of the reply to a query; nil for anything else.
func AnswerSchemaFor(d events.Declared) map[string]any {
	if d.Declaration().Answer == nil {
		return nil
	}
	return schemaOf(d.Type()+".answer", d.Declaration().Answer)
}

func schemaOf(id string, payload reflect.Type) map[string]any {
	registry := huma.NewMapRegistry("#/$defs/", huma.DefaultSchemaNamer)
	describePersonal(registry)
	root := registry.Schema(payload, true, "")
	document := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     schemaBase + id + ".json",
		"title":   id,
	}
	defs := map[string]any{}
	for name, s := range registry.Map() {
		defs[name] = opened(plain(s))
	}
	maps.Copy(document, opened(plain(root)).(map[string]any))
	if len(defs) > 0 {
		document["$defs"] = defs
	}
	return document
}

// describePersonal makes a registry describe personal values as they travel.
func describePersonal(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[events.Personal](), reflect.TypeFor[personalSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[events.Words](), reflect.TypeFor[wordsSchema]())
}

// personalSchema marks a personal value in every schema it appears in.
type personalSchema struct{}

// Schema says that it travels encrypted.
func (personalSchema) Schema(huma.Registry) *huma.Schema {
	return personalText("Personal: encrypted as keyid.base64url(nonce and AES-256-GCM ciphertext).")
}

// wordsSchema marks what somebody wrote in words of their own.
type wordsSchema struct{}

// Schema says that they travel encrypted, and did not always.
func (wordsSchema) Schema(huma.Registry) *huma.Schema {
	return personalText(`Personal: "personal:" and what is encrypted as keyid.base64url(nonce and AES-256-GCM ciphertext). Of earlier releases: in clear.`)
}

func personalText(description string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: description, Extensions: map[string]any{"x-personal": true}}
}

// plain turns a schema into JSON values.
func plain(s *huma.Schema) any {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("a generated schema is always JSON: %v", err))
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(fmt.Sprintf("a generated schema is always JSON: %v", err))
	}
	return v
}

// opened drops what is right for request bodies alone: additionalProperties:false, and the limits of personal values, which are those of
// their clear text.
func opened(v any) any {
	switch node := v.(type) {
	case map[string]any:
		if node["additionalProperties"] == false {
			delete(node, "additionalProperties")
		}
		if node["x-personal"] == true {
			delete(node, "minLength")
			delete(node, "maxLength")
		}
		for _, child := range node {
			opened(child)
		}
	case []any:
		for _, child := range node {
			opened(child)
		}
	}
	return v
}

var compiled sync.Map // type → func() (*jsonschema.Schema, error)

// checkSchema validates a message's data against its schema, which is compiled at the first use. It is done once, by whoever makes the
// data: receivers trust the signature for it.
func checkSchema(d events.Declared, data []byte) error {
	compile, ok := compiled.Load(d.Type())
	if !ok {
		compile, _ = compiled.LoadOrStore(d.Type(), sync.OnceValues(func() (*jsonschema.Schema, error) { return compileSchema(d) }))
	}
	schema, err := compile.(func() (*jsonschema.Schema, error))()
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("the data is not JSON: %w", err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("the data does not fit the schema: %w", err)
	}
	return nil
}

func compileSchema(d events.Declared) (*jsonschema.Schema, error) {
	raw, err := json.Marshal(SchemaFor(d))
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaBase+d.Type()+".json", document); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", d.Type(), err)
	}
	schema, err := c.Compile(schemaBase + d.Type() + ".json")
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", d.Type(), err)
	}
	return schema, nil
}
