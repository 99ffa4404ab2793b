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

const about = `The public API of an online mart: what a storefront calls, and what the mart's staff work with.

**Log in** with POST /oauth/token, customers with client_id=storefront, staff with client_id=backoffice, and send the access token as
Authorization: Bearer TOKEN. Browsing, quotes and carts take none.

**What is created or changed** is answered when it is done, else 202 with an operation to ask about; Prefer: wait=N or respond-async chooses.
An Idempotency-Key makes repeating a request harmless: whatever went wrong, send the same request with the same key again. The id of an
operation is a capability: it cannot be guessed, whoever has it may ask whether the request is still pending, and what came of it is shown
to whoever made the request; for a request without a token that is anybody who has the id, so keep it to yourself.

**What is read** carries an ETag; a change sends it back in If-Match, and one that would change nothing leaves the version as it is.
Money is in the currency's minor unit. Ids may be written in capitals.

**Errors** are problems (RFC 9457). Programs compare their code; their type leads to a page that says what to do, and [/problems](/problems)
lists them all. Beyond what each operation says, a path that nothing is at is answered 404, a method that a path does not take 405, one that
nothing takes 501, all as problems; OPTIONS tells the methods of a path; every answer has the headers Traceparent, Vary and the usual ones
of security.

All of this but for what is not HTTP enough to be a request: a path with broken percent encoding, a header with characters that none may
have, a Host that is none, two lengths of one body, an Expect, a Transfer-Encoding or a version of HTTP that is not known. The server
answers that with plain text (400, 417, 501 or 505) and closes the connection.`

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
			"title": "Mart", "version": "1", "description": about,
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
	allowNull(document)
	document["tags"] = append(tags, map[string]any{"name": "operation", "description": "What became of requests that were answered 202."})
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
