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

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/auth"
	"github.com/onlinemart/mart/functions/brand"
	"github.com/onlinemart/mart/functions/category"
	"github.com/onlinemart/mart/functions/customer"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/inventory"
	"github.com/onlinemart/mart/functions/notification"
	"github.com/onlinemart/mart/functions/order"
	"github.com/onlinemart/mart/functions/payment"
	"github.com/onlinemart/mart/functions/product"
	"github.com/onlinemart/mart/functions/user"
)

// API is the part of the public API that one function answers.
type API struct {
	Function events.Function
	Routes   func(*web.API)
	About    string
}

// APIs is every function with routes of its own, in the order in which documents show them.
func APIs() []API {
	return []API{
		{events.Auth, auth.Describe, "Tokens. Staff and customers log in, programs show their secret, everybody reads the keys."},
		{events.User, user.Describe, "Staff. Owners keep them, everybody their own name and password."},
		{events.Brand, brand.Routes, "Brands. Staff write them, everybody reads them."},
		{events.Category, category.Routes, "The tree of categories. Staff write it, everybody reads it."},
		{events.Product, product.Routes, "Products. Staff write them, everybody browses the published ones."},
		{events.Customer, customer.Describe, "Customers. They register, keep an address book and can erase themselves; staff read them."},
		{events.Inventory, inventory.Routes, "Stock. Staff count and correct it, orders take it and give it back."},
		{events.Order, order.Routes, "Orders. Customers place and cancel them, staff see all."},
		{events.Payment, func(api *web.API) { payment.Routes(api, nil, nil) }, "Payments, refunds, and what the payment provider has to tell."},
		{events.Notification, func(api *web.API) { notification.Routes(api, nil) }, "Mails to customers."},
	}
}

// shared are the paths that every function answers for what is its own.
var shared = map[string]bool{"/operations/{id}": true}

const about = `The public API of an online mart. Errors are problems (RFC 9457). What is created or changed is answered when it is done,
else 202 with an operation to ask about; Prefer: wait=N or respond-async chooses. The id of an operation is a capability: it cannot be
guessed, whoever has it may ask whether the request is still pending, and what came of it is shown to whoever made the request; for a
request without a token that is anybody who has the id, so keep it to yourself. An Idempotency-Key makes repeating a request
harmless. What is read carries an ETag; a change sends it back in If-Match, and one that would change nothing leaves the version as it
is. Money is in the currency's minor unit. Ids may be written in capitals. Beyond what each operation says, a path that nothing is at is
answered 404, a method that a path does not take 405, one that nothing takes 501, all as problems; OPTIONS tells the methods of a path; every answer has the headers
Traceparent, Vary and the usual ones of security.`

// OpenAPI is the public API of all functions as one OpenAPI 3.1 document. Error: two functions claim one path, or mean different
// things by one schema name.
func OpenAPI() (map[string]any, error) {
	document := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "Mart", "version": "1", "description": flow(about),
			"license": map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers": []any{map[string]any{"url": "/", "description": "The gateway"}},
	}
	paths, components, tags := map[string]any{}, map[string]any{}, []any{}
	for _, a := range APIs() {
		own, err := a.describe()
		if err != nil {
			return nil, err
		}
		if err := addPaths(paths, own, a.Function); err != nil {
			return nil, err
		}
		if err := addComponents(components, own, a.Function); err != nil {
			return nil, err
		}
		tags = append(tags, map[string]any{"name": string(a.Function), "description": a.About})
	}
	if err := addEdge(paths); err != nil {
		return nil, err
	}
	responses, err := edgeResponses()
	if err != nil {
		return nil, err
	}
	components["responses"] = responses
	document["paths"], document["components"] = paths, components
	allowNull(document)
	document["tags"] = append(tags, map[string]any{"name": "operation", "description": "What became of requests that were answered 202."})
	return document, nil
}

// describe is one function's own document. Its API is built as in production, but nothing is behind it.
func (a API) describe() (map[string]any, error) {
	api := web.NewAPI(&boot.Runtime{Name: a.Function, Asker: events.NewAsker(a.Function, nil, "")}, nil)
	a.Routes(api)
	own, err := plain(api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", a.Function, err)
	}
	return own, nil
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
