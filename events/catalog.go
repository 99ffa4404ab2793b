package events

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// All is every message of the mart, noun by noun. Topics, schemas, handler checks, manifests and tests derive from it.
var All = sync.OnceValue(func() []Declared {
	declared := slices.Concat(
		userMessages, loginMessages, sessionMessages, brandMessages, categoryMessages, productMessages, customerMessages, addressMessages,
		orderMessages, paymentMessages, inventoryMessages, notificationMessages, operationMessages, journalMessages,
	)
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
	return Message[Rejection]{Kind: Event, Noun: noun, Verb: "rejected", By: by(DB)}
}

// Failed is the outcome of a command about noun that db could not carry out because of a fault of ours.
func Failed(noun string) Message[Rejection] {
	return Message[Rejection]{Kind: Event, Noun: noun, Verb: "failed", By: by(DB)}
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
