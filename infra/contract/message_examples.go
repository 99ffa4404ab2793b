package contract

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// The data of a message has an example in its schema, made as those of requests are: of its members' own examples, of those that the API has
// for members of that name, and of said, for what is seen nowhere but between functions.

// encrypted is a personal value as it travels.
const encrypted = "2026-03.c2VhbGVkIHdpdGggYSBrZXkgb2YgdGhpcyBwZXJzb24"

// hash is what is kept of a secret.
const hash = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"

// said are examples of members that the API does not show, by their name, or by what they are of and their name.
var said = map[string]any{
	"accountId": ExampleID("customerId"), "authorized": 3070, "captured": 3070, "refunded": 0, "commandId": ExampleID("commandId"), "expectedVersion": 1,
	"commandType": events.PlaceChosen.Type(), "key": hash, "leaseSeconds": 60, "limit": 20, "lowAt": 5, "may": string(events.StockWrite), "network": hash, "place": hash,
	"nextHash": hash, "presentedHash": hash, "refreshHash": hash, "tokenHash": hash, "secretHash": hash, "resetHash": hash, "Figures.orders": 17, "toBePaid": 2,
	"unpublished": 0, "products": 3, "waitMillis": 2000, "waitSeconds": 0, "wrong": 100, "ids": []any{ExampleID("userId")}, "roles": []any{"catalog"}, "PaymentRefund.taxes": []any{512},
	"postalPrefixes": []any{"N"}, "language": "en", "refundId": ExampleID("refundId"), "returnId": ExampleID("returnId"), "intoId": ExampleID("brandId"), "personId": ExampleID("customerId"),
	"providerRef": "pi_3TestOf", "reason": "received", "step": "authorize",
	"StockMovement.id": 42, "OperationState.data": object{}, "JournalResult.data": object{"number": "M-000123", "status": "placed"}, "StockShortage.available": 4, "StockShortage.onHand": 4,
	"UserState.roles": []any{"catalog"}, "Problem.type": "/problems/out_of_stock", "Problem.title": "There is not enough left", "Problem.status": 409, "Problem.code": "out_of_stock",
	"CustomerState.status": "active", "UserState.status": "active", "Credentials.status": "active", "CustomerStatusChange.status": "disabled",
}

// messageExamples makes examples of the schemas of messages.
type messageExamples struct {
	shown  object         // the API's schemas
	common map[string]any // an example that the API has of a member of that name
	faults []error
}

func newMessageExamples(api object) *messageExamples {
	m := &messageExamples{shown: child(child(api, "components"), "schemas"), common: map[string]any{}}
	for _, name := range sortedKeys(m.shown) {
		for member, one := range child(child(m.shown, name), "properties") {
			if all, ok := one.(object)["examples"].([]any); ok && m.common[member] == nil {
				m.common[member] = all[0]
			}
		}
	}
	return m
}

// add gives the schema of a message, or of the answer to one, its example.
func (m *messageExamples) add(schema object, of events.Details) {
	e := &messageExample{messageExamples: m, defs: child(schema, "$defs"), of: of}
	schema["examples"] = []any{e.value("", "", schema)}
}

// fault is the members that nobody has an example of.
func (m *messageExamples) fault() error { return errors.Join(m.faults...) }

// messageExample is one of them.
type messageExample struct {
	*messageExamples
	defs object
	of   events.Details
}

// value is an example of a schema: of the member name of within, where it is one.
func (e *messageExample) value(within, name string, schema object) any {
	if to, ok := schema["$ref"].(string); ok {
		kind := to[strings.LastIndex(to, "/")+1:]
		if kind == "Money" {
			return money(within, name)
		}
		return e.object(kind, child(e.defs, kind))
	}
	if schema["x-personal"] == true {
		if about, _ := schema["description"].(string); strings.Contains(about, `"personal:"`) {
			return "personal:" + encrypted
		}
		return encrypted
	}
	if own, ok := e.own(within, name, schema); ok {
		return own
	}
	switch kind := typeIn(schema); kind {
	case "object":
		return e.object(within, schema)
	case "array":
		return []any{e.value(within, name, child(schema, "items"))}
	case "boolean":
		return false
	case "string":
		if schema["format"] == "date-time" {
			return exampleTime
		}
		if schema["format"] == "uuid" || strings.HasSuffix(name, "Id") {
			return ExampleID(name)
		}
	}
	e.faults = append(e.faults, fmt.Errorf("%s.%s has no example: give it one in its tag, or in said of infra/contract/message_examples.go", within, name))
	return nil
}

// own is what is said of just this member: in its declaration, in said, by the API.
func (e *messageExample) own(within, name string, schema object) (any, bool) {
	if all, ok := schema["examples"].([]any); ok {
		return all[0], true
	}
	if one, ok := said[within+"."+name]; ok {
		return one, true
	}
	if choices, ok := schema["enum"].([]any); ok {
		return choices[0], true
	}
	if name == "id" && typeIn(schema) == "string" {
		return e.id(within), true
	}
	for _, as := range asShown(within) {
		shown := child(child(child(e.shown, as), "properties"), name)
		if choices, ok := shown["enum"].([]any); ok && name == "status" {
			return e.status(choices), true
		}
		if all, ok := shown["examples"].([]any); ok {
			return all[0], true
		}
	}
	if one, ok := said[name]; ok && kindOf(one) == typeIn(schema) {
		return one, true
	}
	one, ok := e.common[name]
	return one, ok && kindOf(one) == typeIn(schema)
}

// status is the one that the message tells of, where it is among those that there are.
func (e *messageExample) status(choices []any) any {
	for _, one := range choices {
		if one == e.of.Verb {
			return one
		}
	}
	return choices[0]
}

// id is that of what the object is.
func (e *messageExample) id(within string) string {
	for _, end := range []string{"State", "Lookup", "Question"} {
		within = strings.TrimSuffix(within, end)
	}
	if within == "" || within == "Owned" || within == "Cart" {
		within = e.of.Noun
	}
	noun := strings.ToLower(within[:1]) + within[1:]
	if other := alike[noun]; other != "" {
		noun = other
	}
	return ExampleID(noun + "Id")
}

// object has the members that must be there, and those that have an example of their own in the declaration.
func (e *messageExample) object(kind string, schema object) any {
	required := map[string]bool{}
	all, _ := schema["required"].([]any)
	for _, name := range all {
		required[name.(string)] = true
	}
	out := object{}
	properties := child(schema, "properties")
	for _, name := range sortedKeys(properties) {
		m := properties[name].(object)
		if _, own := m["examples"]; own || required[name] {
			out[name] = e.value(kind, name, m)
		}
	}
	return out
}

// typeIn is a schema's type, without the null that may stand in its place.
func typeIn(schema object) string {
	switch kind := schema["type"].(type) {
	case string:
		return kind
	case []any:
		first, _ := kind[0].(string)
		return first
	}
	return ""
}

// kindOf is the type that JSON has for a value.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64, int, int64:
		return "integer"
	case []any:
		return "array"
	}
	return "object"
}

func sortedKeys(o object) []string { return slices.Sorted(maps.Keys(o)) }
