package events

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Noun is one kind of thing that the mart speaks of.
type Noun struct {
	Name     string
	By       Function // who speaks for it
	Path     string   // "/brands": what is answered about it to those outside; "" for nothing
	Each     string   // "/brands/": what one of them is found at, before its id; "" for nothing
	Messages []Declared
	Anyone   bool                              // a Resource that everybody browses: reading one and listing them needs nothing
	Life     func(id string, n int) []Outgoing // creates, changes and deletes example number n; nil where it is no Resource
}

// catalogue is every noun, in the order in which documents and manifests show who speaks for them.
var catalogue = []Noun{
	{Name: "login", By: Auth, Messages: loginMessages},
	{Name: "session", By: Auth, Path: "/oauth", Messages: sessionMessages},
	{Name: "reset", By: Auth, Path: "/password-resets", Messages: resetMessages},
	{Name: "user", By: User, Path: "/users", Each: "/users/", Messages: userMessages},
	brands.noun(),
	categories.noun(),
	families.noun(),
	products.noun(),
	{Name: "customer", By: Customer, Path: "/customers", Messages: customerMessages},
	{Name: "verification", By: Customer, Path: "/email-verifications", Messages: verificationMessages},
	{Name: "address", By: Customer, Path: "/customers", Each: "/customers/me/addresses/", Messages: addressMessages},
	{Name: "quote", By: Order, Path: "/quotes", Messages: quoteMessages},
	{Name: "cart", By: Order, Path: "/carts", Each: "/carts/", Messages: cartMessages},
	{Name: "order", By: Order, Path: "/orders", Each: "/orders/", Messages: orderMessages},
	{Name: "return", By: Order, Path: "/returns", Messages: returnMessages},
	{Name: "note", By: Order, Path: "/orders", Messages: noteMessages},
	shippingMethods.noun(),
	taxRates.noun(),
	{Name: "payment", By: Payment, Path: "/payments", Each: "/payments/", Messages: paymentMessages},
	{Name: "notification", By: Notification, Path: "/notifications", Each: "/notifications/", Messages: notificationMessages},
	{Name: "inventory", By: Inventory, Path: "/stock", Each: "/stock/", Messages: inventoryMessages},
	{Name: "operation", Messages: operationMessages},
	{Name: "person", Messages: personMessages},
	{Name: "journal", By: User, Path: "/journal", Messages: journalMessages},
	{Name: "deadLetter", By: User, Path: "/dead-letters", Each: "/dead-letters/", Messages: deadLetterMessages},
	{Name: "flow", By: User, Path: "/flow"},      // what the journal says, as a story
	{Name: "source", By: User, Path: "/sources"}, // what delivers events, and how far it has come
}

// Nouns is every noun of the mart. What the gateway lets through and where an operation's thing is found derive from it.
func Nouns() []Noun { return slices.Clone(catalogue) }

// All is every message of the mart, noun by noun. Topics, schemas, handler checks, manifests and tests derive from it.
var All = sync.OnceValue(func() []Declared {
	var declared []Declared
	for _, n := range catalogue {
		declared = append(declared, n.Messages...)
	}
	for _, noun := range nounsWithCommands(declared) {
		declared = append(declared, Rejected(noun), Failed(noun))
	}
	return declared
})

var typeIndex = sync.OnceValue(func() map[string]Declared {
	index := make(map[string]Declared, len(All()))
	for _, d := range All() {
		if _, twice := index[d.Type()]; twice {
			panic(fmt.Sprintf("%s is declared twice", d.Type()))
		}
		index[d.Type()] = d
	}
	return index
})

// ByType finds a declaration by its CloudEvents type.
func ByType(t string) (Declared, bool) {
	d, ok := typeIndex()[t]
	return d, ok
}

// NounOf is the noun of a CloudEvents type of ours, also of one that only another release declares; "" when it is no type of ours.
func NounOf(t string) string {
	rest, ours := strings.CutPrefix(t, typePrefix)
	noun, verb, ok := strings.Cut(rest, ".")
	if !ours || !ok || verb == "" {
		return ""
	}
	return noun
}

// Rejected is the outcome of a command about noun that db refused for a reason its asker can mend.
func Rejected(noun string) Message[Rejection] {
	return Message[Rejection]{Kind: Event, Noun: noun, Verb: "rejected", Producers: by(DB)}
}

// Failed is the outcome of a command about noun that db could not carry out because of a fault of ours.
func Failed(noun string) Message[Rejection] {
	return Message[Rejection]{Kind: Event, Noun: noun, Verb: "failed", Producers: by(DB)}
}

func nounsWithCommands(declared []Declared) []string {
	var nouns []string
	for _, d := range declared {
		if details := d.Declaration(); details.Kind == Command && !slices.Contains(nouns, details.Noun) {
			nouns = append(nouns, details.Noun)
		}
	}
	return nouns
}
