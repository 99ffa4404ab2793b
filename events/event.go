// Package events is the language the functions speak: every command, event and query is declared here once, as a typed
// value, and everything else (topics, handler checks, schemas, manifests, tests) derives from that declaration.
//
// How a message travels is bus's: here are no Kafka, no HTTP, no metrics and no traces, so that rules can speak it. It imports nothing else
// of this module.
package events

import (
	"fmt"
	"reflect"
	"slices"
)

// Function names one of the programs that speak: the functions and the gateway.
type Function string

// The functions. Their names are the path of their package, the name of their service and the end of their event source.
const (
	Auth         Function = "auth"
	User         Function = "user"
	Brand        Function = "brand"
	Category     Function = "category"
	Product      Function = "product"
	Customer     Function = "customer"
	Order        Function = "order"
	Payment      Function = "payment"
	Notification Function = "notification"
	Inventory    Function = "inventory"
	DB           Function = "db"
	Gateway      Function = "gateway"
)

// Functions lists them all in the order in which documents and manifests show them: who speaks for a noun, in the catalogue's order, then db
// and the gateway, which speak for none.
func Functions() []Function {
	var all []Function
	for _, n := range catalogue {
		if n.By != "" && !slices.Contains(all, n.By) {
			all = append(all, n.By)
		}
	}
	return append(all, DB, Gateway)
}

// Source is the CloudEvents source of everything a function emits.
func (f Function) Source() string { return "/mart/" + string(f) }

// Kind tells the three kinds of message apart.
type Kind string

const (
	// Command asks db for a change. Imperative; function → Kafka → db.
	Command Kind = "command"
	// Event says what happened. Past tense; db → Kafka → functions.
	Event Kind = "event"
	// QueryKind asks db for data. Request and reply over HTTP, never on Kafka.
	QueryKind Kind = "query"
)

const (
	typePrefix      = "com.onlinemart."
	typeVersion     = ".v1"
	topicPrefix     = "mart."
	DeadLetterTopic = "mart.dead-letters" // DeadLetterTopic keeps what nobody could process, with its reason.
)

// Declared is what all declarations have in common, whatever their payload.
type Declared interface {
	Type() string         // com.onlinemart.<noun>.<verb>.v1
	Topic() string        // the Kafka topic; "" for a query
	Declaration() Details // the rest of the declaration
}

// Details is a declaration without its Go types.
type Details struct {
	Kind      Kind
	Noun      string
	Verb      string
	Producers []Function   // who may emit it
	Consumers []Function   // who receives it
	Needs     Permission   // what a member of staff must be allowed to do to ask for it; "" when the mutation decides itself
	Payload   reflect.Type // the data's Go type
	Answer    reflect.Type // a query's reply; nil otherwise
}

// Message declares a command or an event with payload T.
type Message[T any] struct {
	Kind      Kind
	Noun      string
	Verb      string
	Producers []Function
	Consumers []Function
	Needs     Permission
}

// Query declares a question with payload Q that db answers with A.
type Query[Q, A any] struct {
	Noun      string
	Verb      string
	Producers []Function
	Needs     Permission // what a member of staff must be allowed to do for an answer; "" when what is read decides itself
}

// anybody may emit what it is named for: every function but db, which is asked.
const anybody = "*"

func by(f ...Function) []Function { return f }
func to(f ...Function) []Function { return f }

func typeOf(noun, verb string) string { return typePrefix + noun + "." + verb + typeVersion }

// Type is the CloudEvents type.
func (m Message[T]) Type() string { return typeOf(m.Noun, m.Verb) }

// Topic is mart.<noun>.commands, which db alone reads, or an event's own: its type without the version, which later versions share.
func (m Message[T]) Topic() string {
	if m.Kind == Command {
		return topicPrefix + m.Noun + commandsSuffix
	}
	return eventTopic(m.Type())
}

// Declaration gives the declaration without its type parameter.
func (m Message[T]) Declaration() Details {
	return Details{Kind: m.Kind, Noun: m.Noun, Verb: m.Verb, Producers: m.Producers, Consumers: m.Consumers, Needs: m.Needs, Payload: reflect.TypeFor[T]()}
}

// New is a message about the aggregate subject, ready to be sent.
func (m Message[T]) New(subject string, data T) Outgoing {
	return Outgoing{of: m, Subject: subject, data: &data}
}

// Decode reads a payload and opens its personal fields. Error: the payload is not a T, and never will be; it is no *Problem.
func (m Message[T]) Decode(keys *Keys, raw []byte) (T, error) { return decode[T](keys, raw) }

// Type is the CloudEvents type.
func (q Query[Q, A]) Type() string { return typeOf(q.Noun, q.Verb) }

// Topic is empty: a query never travels on Kafka.
func (q Query[Q, A]) Topic() string { return "" }

// Declaration gives the declaration without its type parameters.
func (q Query[Q, A]) Declaration() Details {
	producers := q.Producers
	if slices.Contains(producers, anybody) {
		producers = slices.DeleteFunc(Functions(), func(f Function) bool { return f == DB })
	}
	return Details{Kind: QueryKind, Noun: q.Noun, Verb: q.Verb, Producers: producers, Consumers: to(DB), Needs: q.Needs, Payload: reflect.TypeFor[Q](), Answer: reflect.TypeFor[A]()}
}

// New is the question, ready to be asked, under an id of its own.
func (q Query[Q, A]) New(question Q) Outgoing {
	return Outgoing{of: q, data: &question, id: NewID()}
}

// Decode reads an answer and opens its personal fields. Error: it is not an A.
func (q Query[Q, A]) Decode(keys *Keys, raw []byte) (A, error) { return decode[A](keys, raw) }

// Outgoing is a message on its way out. Its identity is derived when it is sent: from the request's Idempotency-Key, or
// from the event that caused it and its step, so that doing the same thing twice sends the same id.
type Outgoing struct {
	Subject     string // the aggregate's id; also the Kafka key
	of          Declared
	data        any // *T
	id          string
	fingerprint string
	step        string
	by          *Principal
}

// Of is the declaration this message was made from.
func (o Outgoing) Of() Declared { return o.of }

// ID is the fixed id, or "" while none was set.
func (o Outgoing) ID() string { return o.id }

// Fingerprint is what WithID was given: whoever has one may be sent twice. "" for one that is sent once.
func (o Outgoing) Fingerprint() string { return o.fingerprint }

// Payload is a pointer to the message's data.
func (o Outgoing) Payload() any { return o.data }

// WithID fixes the id and the fingerprint of what was asked; same id with another fingerprint is refused by db.
func (o Outgoing) WithID(id, fingerprint string) Outgoing {
	o.id, o.fingerprint = id, fingerprint
	return o
}

// Step tells two messages of one type apart that one event causes, or two answers that may follow one event.
func (o Outgoing) Step(name string) Outgoing {
	o.step = name
	return o
}

// AskedBy overrides who asked, which otherwise is whoever caused it.
func (o Outgoing) AskedBy(p Principal) Outgoing {
	o.by = &p
	return o
}

// Asker is who asks for it, where it is sent because of c.
func (o Outgoing) Asker(c Cause) Principal {
	if o.by != nil {
		return *o.by
	}
	return c.By
}

// session is the log-in by which they ask: only whoever caused it has one.
func (o Outgoing) session(c Cause) string {
	if o.by != nil {
		return ""
	}
	return c.Session
}

// Send is a readable way to return several messages from a reaction.
func Send(messages ...Outgoing) []Outgoing { return messages }

// Emits tells whether f may say it.
func (d Details) Emits(f Function) bool { return slices.Contains(d.Producers, f) }

// Receives tells whether it is for f.
func (d Details) Receives(f Function) bool { return slices.Contains(d.Consumers, f) }

func (d Details) String() string { return fmt.Sprintf("%s.%s", d.Noun, d.Verb) }
