package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// What the document says for people who read it as pages: how one logs in, where to begin, and which part of it is for whom.

// beginning is the tag of the first steps, which stand at the operations themselves as well.
const beginning = "first steps"

// firstSteps is the way from a visitor to a buyer, in its order; the gateway's docs.js sorts by the same.
var firstSteps = []struct{ path, method string }{
	{"/customers", "post"},
	{"/oauth/token", "post"},
	{"/products", "get"},
	{"/carts", "post"},
	{"/carts/{id}/lines/{productId}", "put"},
	{"/quotes", "post"},
	{"/orders", "post"},
	{"/carts/{id}/order", "post"},
	{"/payments", "post"},
	{"/payments/{id}", "get"},
	{"/orders/{id}", "get"},
}

// aboutBeginning and aboutAll are Markdown, whose code mark would end the text here: it is written as ′.
var aboutBeginning = marked(`From a visitor to a buyer, one request a step:

1. Register: ′POST /customers′. Nobody needs to: see below.
2. Log in: ′POST /oauth/token′ with ′client_id=storefront′. What it answers as ′access_token′ is sent as ′Authorization: Bearer TOKEN′.
3. Browse: ′GET /products′.
4. Take a cart, if goods are to be collected first: ′POST /carts′. Its ′secret′ is answered once, and sent as ′Cart-Secret′.
5. Put something into it: ′PUT /carts/{id}/lines/{productId}′.
6. Ask what it costs where it goes: ′POST /quotes′. Each choice has a ′quote′ of its own.
7. Order by one of them: ′POST /orders′, or what is in the cart with ′POST /carts/{id}/order′.
8. Pay: ′POST /payments′. Where the answer is ′requires_action′, send the buyer to ′nextAction.redirectUrl′.
9. On the page that they come back to, ask for the payment until it is neither ′requires_action′, ′started′ nor ′authorized′: ′GET /payments/{id}′.
10. See what became of it: ′GET /orders/{id}′.

**Without an account** an order has ′guest′ in its body. It is answered a ′token′, which opens it from then on, sent as ′Order-Token′.

**Test cards** are those that Stripe publishes: ′pm_card_visa′ is charged, ′pm_card_chargeDeclined′ is declined, ′pm_card_authenticationRequired′ asks for 3-D Secure.`)

// marked is such a text with its code marks.
func marked(text string) string { return strings.ReplaceAll(text, "′", "`") }

// conventions is the tag of what holds of every request. It has no operations: it is read.
const conventions = "conventions"

var aboutAll = marked(`**Log in** with ′POST /oauth/token′, customers with ′client_id=storefront′, staff with ′client_id=backoffice′, and send the access token as
′Authorization: Bearer TOKEN′. Browsing, quotes and carts take none.

**What is created or changed** is answered when it is done, else 202 with an operation to ask about; ′Prefer: wait=N′ or ′Prefer: respond-async′ chooses.
An ′Idempotency-Key′ makes repeating a request harmless: whatever went wrong, send the same request with the same key again. The id of an
operation is a capability: it cannot be guessed, whoever has it may ask whether the request is still pending, and what came of it is shown
to whoever made the request; for a request without a token that is anybody who has the id, so keep it to yourself.

**What is read** carries an ′ETag′; a change sends it back in ′If-Match′, and one that would change nothing leaves the version as it is.
Money is in the currency's minor unit. Ids may be written in capitals.

**Errors** are problems (RFC 9457). Programs compare their ′code′; their ′type′ leads to a page that says what to do, and [/problems](/problems)
lists them all. Beyond what each operation says, a path that nothing is at is answered 404, a method that a path does not take 405, one that
nothing takes 501, all as problems; ′OPTIONS′ tells the methods of a path; every answer has the headers ′Traceparent′, ′Vary′ and the usual ones
of security.

All of this but for what is not HTTP enough to be a request: a path with broken percent encoding, a header with characters that none may
have, a ′Host′ that is none, two lengths of one body, an ′Expect′, a ′Transfer-Encoding′ or a version of HTTP that is not known. The server
answers that with plain text (400, 417, 501 or 505) and closes the connection.`)

// groups is whom the functions' parts of the API are for. One that stands nowhere here is the shop's when anybody may read of it, else the back office's.
var groups = []struct {
	name  string
	parts []events.Function
}{
	{"The shop", []events.Function{events.Customer, events.Auth, events.Product, events.Brand, events.Category, events.Order, events.Payment}},
	{"The back office", []events.Function{events.User, events.Inventory, events.Notification}},
}

// scopes is what each permission lets one do, as the log-in form says it.
var scopes = map[events.Permission]string{
	events.Shop: "Buy: carts, orders, payments, addresses, one's own account.", events.CatalogWrite: "Write brands, categories, families and products.",
	events.ShippingWrite: "Write shipping methods.", events.TaxesWrite: "Write tax rates.", events.StockWrite: "Count and correct the stock.",
	events.StockRead: "Read the stock.", events.OrdersWrite: "Send orders, take returns, cancel.", events.OrdersRead: "Read all orders, returns and payments, and what colleagues are called.",
	events.PaymentsWrite: "Give money back.", events.CustomersRead: "Read customers.", events.CustomersWrite: "Suspend, reinstate and erase customers.",
	events.NotificationsRW: "Send mails again.", events.NotificationsR: "Read which mails were sent.", events.UsersWrite: "Keep the staff.",
	events.JournalRead:      "Read who asked for what, what was decided, and how far the sources of events have come.",
	events.DeadLettersRead:  "Read what could not be delivered.",
	events.DeadLettersWrite: "Send again or discard what could not be delivered.",
}

// addLogin says how people get a token, for the log-in form; programs have a secret in place of a password.
func addLogin(document map[string]any) error {
	all := object{}
	for path, item := range child(document, "paths") {
		for method, operation := range item.(map[string]any) {
			for _, scope := range scopesOf(operation) {
				about, known := scopes[events.Permission(scope)]
				if !known {
					return fmt.Errorf("%s %s takes the permission %s: say in scopes of infra/contract/reading.go what it lets one do", method, path, scope)
				}
				all[scope] = about
			}
		}
	}
	child(child(document, "components"), "securitySchemes")["bearer"] = object{
		"type": "oauth2", "description": "An access token from POST /oauth/token, as Authorization: Bearer TOKEN. Customers log in with client_id=storefront, staff with client_id=backoffice, programs with their own and grant_type=client_credentials.",
		"flows": object{"password": object{"tokenUrl": "/oauth/token", "refreshUrl": "/oauth/token", "scopes": all}},
	}
	return nil
}

func scopesOf(operation any) (all []string) {
	either, _ := operation.(map[string]any)["security"].([]any)
	for _, one := range either {
		bearer, _ := one.(map[string]any)["bearer"].([]any)
		for _, scope := range bearer {
			all = append(all, scope.(string))
		}
	}
	return all
}

// browsed tells whether anybody may read something of a part of the API.
func browsed(paths map[string]any, tag any) bool {
	for _, path := range paths {
		read, _ := path.(map[string]any)["get"].(map[string]any)
		tags, _ := read["tags"].([]any)
		either, _ := read["security"].([]any)
		if slices.Contains(tags, tag) && slices.ContainsFunc(either, func(one any) bool { return len(one.(map[string]any)) == 0 }) {
			return true
		}
	}
	return false
}

// titled is a tag as a heading: what a viewer shows of it.
func titled(tag string) string { return strings.ToUpper(tag[:1]) + tag[1:] }

// addReading puts the first steps first, and groups the parts of the API by whom they are for. Error: a first step that there is not.
func addReading(document map[string]any) error {
	paths := child(document, "paths")
	for _, step := range firstSteps {
		operation, known := child(paths, step.path)[step.method].(map[string]any)
		if !known {
			return fmt.Errorf("there is no %s %s, which is one of the first steps", step.method, step.path)
		}
		operation["tags"] = append(operation["tags"].([]any), beginning)
	}
	document["tags"] = append([]any{object{"name": beginning, "description": aboutBeginning}}, document["tags"].([]any)...)

	grouped := []any{object{"name": "Begin here", "tags": []any{beginning}}}
	in := map[any]bool{beginning: true, conventions: true, "operation": true}
	for _, group := range groups {
		names := []any{}
		for _, part := range group.parts {
			names, in[string(part)] = append(names, string(part)), true
		}
		grouped = append(grouped, object{"name": group.name, "tags": names})
	}
	shop, backOffice := grouped[1].(object), grouped[2].(object)
	for _, tag := range document["tags"].([]any) {
		name := tag.(map[string]any)["name"]
		tag.(map[string]any)["x-displayName"] = titled(name.(string))
		group := backOffice
		switch {
		case in[name]:
			continue
		case browsed(paths, name):
			group = shop
		}
		group["tags"] = append(group["tags"].([]any), name)
	}
	grouped = append(grouped, object{"name": "For all", "tags": []any{conventions, "operation"}})
	document["x-tagGroups"] = grouped
	return nil
}
