package gateway

import (
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// messageKind is one message as the page about all of them shows it.
type messageKind struct {
	Type, Schema string
	Kind         events.Kind
	From, To     string
}

// nounMessages are those about one noun.
type nounMessages struct {
	Noun     string
	Messages []messageKind
}

// messageKinds is every command and event, by what it is about. Queries are no messages to anybody else: they never are on Kafka.
func messageKinds() (all []nounMessages) {
	for _, n := range events.Nouns() {
		of := nounMessages{Noun: events.InWords(n.Name)}
		for _, m := range n.Messages {
			if d := m.Declaration(); d.Kind != events.QueryKind {
				of.Messages = append(of.Messages, messageKind{
					Type: m.Type(), Schema: "/schemas/" + m.Type() + ".json", Kind: d.Kind, From: names(d.Producers), To: names(d.Consumers),
				})
			}
		}
		slices.SortStableFunc(of.Messages, func(a, b messageKind) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
		if of.Messages != nil {
			all = append(all, of)
		}
	}
	slices.SortFunc(all, func(a, b nounMessages) int { return strings.Compare(a.Noun, b.Noun) })
	return all
}

func names(functions []events.Function) string {
	all := make([]string, len(functions))
	for i, f := range functions {
		all[i] = string(f)
	}
	return strings.Join(all, ", ")
}
