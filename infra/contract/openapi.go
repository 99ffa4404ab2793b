// Package contract writes down what the mart promises, out of the declarations that its functions run by: the public API as
// OpenAPI, the messages as AsyncAPI, and a JSON Schema per message.
//
// It owns the files in schemas/. It receives and emits nothing; `make generate` calls Generate.
package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
)

// described is the part of the public API that one function answers.
type described struct {
	function events.Function
	document map[string]any
}

// parts is every function that describes something, in the order in which documents show them.
func parts() (all []described, err error) {
	for _, name := range events.Functions() {
		f, err := mart.Lookup(name)
		if err != nil {
			return nil, err
		}
		api := f.OpenAPI()
		if api == nil {
			continue
		}
		document, err := plain(api)
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", name, err)
		}
		all = append(all, described{name, document})
	}
	return all, nil
}

// shared are the paths that every function answers for what is its own.
var shared = map[string]bool{"/operations/{id}": true}

const about = `What a storefront calls, and what the mart's staff work with. Begin with the [first steps](#tag/first-steps); what holds of every request
stands under [conventions](#tag/conventions), and [/problems](/problems) says what to do about each refusal.`

// OpenAPI is the public API of all functions as one OpenAPI 3.1 document. Error: two functions claim one path, or mean different
// things by one schema name.
func OpenAPI() (map[string]any, error) {
	all, err := parts()
	if err != nil {
		return nil, err
	}
	document := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "Mart", "version": "1", "description": flow(about),
			"license": map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers": []any{map[string]any{"url": "/", "description": "The gateway"}},
	}
	paths, components, tags := map[string]any{}, map[string]any{}, []any{}
	for _, own := range all {
		if err := addPaths(paths, own.document, own.function); err != nil {
			return nil, err
		}
		if err := addComponents(components, own.document, own.function); err != nil {
			return nil, err
		}
		described, _ := own.document["tags"].([]any)
		tags = append(tags, described...)
	}
	if err := addEdge(paths, child(components, "responses")); err != nil {
		return nil, err
	}
	document["paths"], document["components"] = paths, components
	if err := addExamples(document); err != nil {
		return nil, err
	}
	allowNull(document)
	document["tags"] = append(tags, map[string]any{"name": conventions, "description": aboutAll}, map[string]any{"name": "operation", "description": "What became of requests that were answered 202."})
	if err := addLogin(document); err != nil {
		return nil, err
	}
	return document, addReading(document)
}

// plain turns a part of a description into JSON values.
func plain(part any) (map[string]any, error) {
	raw, err := json.Marshal(part)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	return values, json.Unmarshal(raw, &values)
}

func addPaths(all, own map[string]any, f events.Function) error {
	for path, item := range child(own, "paths") {
		if shared[path] {
			retag(item.(map[string]any))
		} else if _, taken := all[path]; taken {
			return fmt.Errorf("%s declares %s, which another function has", f, path)
		}
		all[path] = item
	}
	return nil
}

// retag files a shared path under operations, not under whichever function came last.
func retag(item map[string]any) {
	for _, operation := range item {
		if o, ok := operation.(map[string]any); ok {
			o["tags"] = []any{"operation"}
		}
	}
}

func addComponents(all, own map[string]any, f events.Function) error {
	for kind, members := range child(own, "components") {
		known := child(all, kind)
		for name, member := range members.(map[string]any) {
			if other, taken := known[name]; taken && !reflect.DeepEqual(other, member) {
				return fmt.Errorf("%s means something else by the schema %s than another function; rename one", f, name)
			}
		}
		maps.Copy(known, members.(map[string]any))
		all[kind] = known
	}
	return nil
}

func child(node map[string]any, name string) map[string]any {
	if c, ok := node[name].(map[string]any); ok {
		return c
	}
	return map[string]any{}
}
