package contract

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// An example is made of the schema and of the examples of its members, which stand beside the members where these are declared. It has what
// must be there, and of the rest what has an example of its own. What is not told by the declaration follows from the member's name: an id is
// the same wherever it stands, and sums fit each other. A test sends each of a request's.

// examples makes examples out of the schemas of one document.
type examples struct {
	schemas map[string]any
	faults  []error
}

// ExampleID is the id that stands in examples for one thing: of the member orderId, and of an order's own id.
func ExampleID(member string) string { return uuid.NewSHA1(uuid.Nil, []byte(member)).String() }

// exampleTime is when examples happen.
const exampleTime = "2026-03-03T09:41:00Z"

// alike are names of schemas by what they are about, where that is not their name: what their id is of.
var alike = map[string]string{
	"listedProduct": "product", "breadcrumb": "category", "familyGroup": "family", "account": "customer", "partRefund": "refund", "refunding": "refund",
	"paymentRefund": "refund", "cancelledPart": "cancellation",
}

// amounts are those of an order of two things with its sending and its tax, in the minor unit; whatever is not here is the price of one.
var amounts = map[string]int64{
	"total": 2580, "goods": 2580, "Order.total": 3070, "ExportedOrder.total": 3070, "QuoteChoice.total": 3070, "Charge.amount": 490, "OrderCharge.amount": 490,
	"TaxAmount.taxed": 3070, "TaxAmount.amount": 512, "Payment.amount": 3070, "Payment.refunded": 0, "ExportedPayment.amount": 3070, "ExportedPayment.captured": 3070,
	"ExportedPayment.refunded": 0, "Refunding.amount": 100, "RefundedTax.amount": 215,
}

// addExamples gives each body of a request, and each of what a success is answered with, an example. Error: of which members nobody says one.
func addExamples(document map[string]any) error {
	e := &examples{schemas: child(child(document, "components"), "schemas")}
	paths := child(document, "paths")
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, operation := range child(paths, path) {
			o := operation.(map[string]any)
			e.parameters(path, o)
			e.contents(child(o, "requestBody"))
			for status, response := range child(o, "responses") {
				if status == "202" {
					pending(o, child(response.(map[string]any), "content"))
				}
				if strings.HasPrefix(status, "2") {
					e.contents(response.(map[string]any))
				}
			}
		}
	}
	return errors.Join(e.faults...)
}

// pending is the operation that a request becomes which is not decided in time: of the function that the route is of.
func pending(operation, content map[string]any) {
	if media, ok := content["application/json"].(map[string]any); ok && child(media, "schema")["$ref"] == "#/components/schemas/Operation" {
		function, _ := operation["tags"].([]any)[0].(string)
		media["example"] = object{"id": function + "-" + ExampleID("operationId") + ".t8x0fk.3GRt0y7Wq1", "status": "pending"}
	}
}

// parameters gives ids in a path, and headers that must be there, an example.
func (e *examples) parameters(path string, operation map[string]any) {
	all, _ := operation["parameters"].([]any)
	for _, one := range all {
		p := one.(map[string]any)
		switch name := p["name"].(string); {
		case p["in"] == "path" && child(p, "schema")["format"] == "uuid", p["in"] == "path" && name == "id" && strings.HasPrefix(path, "/orders/"):
			p["example"] = ExampleID(idIn(path, name))
		case p["in"] == "header" && p["required"] == true && name == "Idempotency-Key":
			p["example"] = "2026-03-03-first"
		case p["in"] == "header" && p["required"] == true && name == "If-Match":
			p["example"] = `"1"`
		}
	}
}

// idIn is the member by which others name what a parameter of a path is the id of.
func idIn(path, parameter string) string {
	if parameter != "id" {
		return parameter
	}
	before, _, _ := strings.Cut(path, "/{id}")
	noun := before[strings.LastIndex(before, "/")+1:]
	if stem, plural := strings.CutSuffix(noun, "ies"); plural {
		noun = stem + "y"
	} else if stem, plural = strings.CutSuffix(noun, "sses"); plural {
		noun = stem + "ss"
	} else {
		noun = strings.TrimSuffix(noun, "s")
	}
	first, second, two := strings.Cut(noun, "-")
	if two {
		noun = first + strings.ToUpper(second[:1]) + second[1:]
	}
	return noun + "Id"
}

// contents are a body's forms.
func (e *examples) contents(body map[string]any) {
	for kind, one := range child(body, "content") {
		media := one.(map[string]any)
		if _, own := media["example"]; own {
			continue
		}
		if strings.HasPrefix(kind, "text/") {
			media["example"] = "…"
			continue
		}
		media["example"] = e.of("", kind, child(media, "schema"))
	}
}

// of is an example of a schema: of the member of another one, where within names that.
func (e *examples) of(within, name string, schema map[string]any) any {
	if said, ok := schema["examples"].([]any); ok {
		return said[0]
	}
	if choices, ok := schema["enum"].([]any); ok {
		return choices[0]
	}
	for _, either := range []string{"anyOf", "oneOf"} {
		if choices, ok := schema[either].([]any); ok {
			return e.of(within, name, choices[0].(map[string]any))
		}
	}
	if to, ok := schema["$ref"].(string); ok {
		kind := to[strings.LastIndex(to, "/")+1:]
		if kind == "Money" {
			return money(within, name)
		}
		return e.object(kind, child(e.schemas, kind))
	}
	switch schema["type"] {
	case "object":
		return e.object(within, schema)
	case "array":
		return []any{e.of(within, name, child(schema, "items"))}
	case "boolean":
		return false
	case "string":
		return e.text(within, name, schema)
	}
	e.faults = append(e.faults, fmt.Errorf("%s.%s has no example: give it one in its tag", within, name))
	return nil
}

// object has the members that must be there, and those that have an example themselves.
func (e *examples) object(kind string, schema map[string]any) any {
	required, _ := schema["required"].([]any)
	members := object{}
	for name, member := range child(schema, "properties") {
		m := member.(map[string]any)
		if _, said := m["examples"]; said || slices.Contains(required, any(name)) {
			members[name] = e.of(kind, name, m)
		}
	}
	return members
}

// text is a text whose form tells what it is.
func (e *examples) text(within, name string, schema map[string]any) any {
	switch {
	case schema["format"] == "date-time":
		return exampleTime
	case schema["format"] != "uuid" && name != "id" && name != "productId":
		e.faults = append(e.faults, fmt.Errorf("%s.%s has no example: give it one in its tag", within, name))
		return ""
	case name != "id":
		return ExampleID(name)
	}
	noun := strings.TrimPrefix(within, "Exported")
	noun = strings.ToLower(noun[:1]) + noun[1:]
	if other := alike[noun]; other != "" {
		noun = other
	}
	return ExampleID(noun + "Id")
}

// money is an amount that fits the others of an order.
func money(within, name string) any {
	amount, known := amounts[within+"."+name]
	if !known {
		amount, known = amounts[name]
	}
	if !known {
		amount = 1290
	}
	return object{"amount": amount, "currency": "EUR"}
}
