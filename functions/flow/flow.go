// Package flow makes of the journal's entries what happened: who asked for what, what was decided and by which rule, what that led to, and
// what waits for what.
//
// It is pure and knows what the journal and the declarations say, nothing else; so the API, its page and the command line say the same. It
// receives and emits nothing.
package flow

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// Flow is what happened about a thing, or because of a request.
type Flow struct {
	ID    string     `json:"id" doc:"Whose it is: the thing's id, or the correlation of what a request led to."`
	Title string     `json:"title" doc:"What it is about, and how that stands." example:"Order M-000123 is placed"`
	Story []Sentence `json:"story" nullable:"false" doc:"What was decided, in words: what led to something stands before it."`
	Waits []Wait     `json:"waits" nullable:"false" doc:"What has yet to happen."`
	Steps []Step     `json:"steps" nullable:"false" doc:"Each hop, after what led to it."`
	Cut   bool       `json:"cut,omitempty" doc:"There is more than is shown here: GET /journal has all of it."`
}

// Sentence is one decision in words.
type Sentence struct {
	At      time.Time `json:"at" doc:"When it was decided."`
	Text    string    `json:"text" doc:"Who asked for what." example:"Somebody unknown asked to place an order."`
	Details []string  `json:"details" nullable:"false" doc:"What became of it: the events that tell it, or the rule that refuses it and what to do then." example:"[\"Order M-000123 was placed.\"]"`
}

// Wait is something that has yet to happen.
type Wait struct {
	Subject string    `json:"subject" doc:"The id of what waits." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
	Text    string    `json:"text" doc:"What waits for what." example:"Order M-000123 waits to be paid."`
	Until   time.Time `json:"until,omitzero" doc:"Until when, or when it is tried again; absent where nothing says it."`
	Letter  string    `json:"letter,omitempty" doc:"The dead letter that it waits for, where somebody has to look at one: GET /dead-letters/ and this, or /office/dead-letters/ and this." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
	Request string    `json:"request,omitempty" doc:"What staff send, by the back office or a program of theirs, when it has happened." example:"POST /orders/e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd/fulfilments"`
	Do      []string  `json:"do,omitempty" nullable:"false" doc:"What an operator runs then."`
}

// Kind is what a step is.
type Kind string

// The kinds of step.
const (
	Request     Kind = "request"     // somebody outside asked
	Command     Kind = "command"     // on its way to db
	Transaction Kind = "transaction" // db decided
	Event       Kind = "event"       // which tells what was decided
	Delivery    Kind = "delivery"    // of an event to a function that reacts
	Provider    Kind = "provider"    // the payment provider was asked, or told something by itself
	Mail        Kind = "mail"        // the mail server was given a mail
)

// Outcome is how a step ended.
type Outcome string

// The outcomes.
const (
	Done     Outcome = "done"
	Rejected Outcome = "rejected" // for a reason that its asker is told
	Failed   Outcome = "failed"
	Open     Outcome = "open" // nothing in the journal follows from it so far
)

// The lanes that are no function's.
const (
	Outside    = "client"
	Payments   = "provider"
	MailServer = "mail server"
)

// Step is one hop.
type Step struct {
	ID       string           `json:"id" doc:"The message's own id, and what of it the step is."`
	Parent   string           `json:"parent,omitempty" doc:"The step that led to it."`
	Kind     Kind             `json:"kind" enum:"request,command,transaction,event,delivery,provider,mail" doc:"What kind of hop it is."`
	Lane     string           `json:"lane" doc:"Where it happens: a function, client, provider or mail server." example:"db"`
	Name     string           `json:"name" doc:"What it is: order.place, order.paid, capture." example:"order.placed"`
	Subject  string           `json:"subject,omitempty" doc:"The id of what it is about."`
	By       events.Principal `json:"by,omitzero" doc:"Who asked."`
	At       time.Time        `json:"at" doc:"When it began."`
	Until    time.Time        `json:"until,omitzero" doc:"When it ended."`
	Outcome  Outcome          `json:"outcome" enum:"done,rejected,failed,open" doc:"How it ended; open: nothing in the journal follows from it so far."`
	Attempts int              `json:"attempts,omitempty" doc:"How often it was tried, where that is counted."`
	Refusal  *Refusal         `json:"refusal,omitempty" doc:"The rule that refused it."`
	Data     json.RawMessage  `json:"data,omitempty" doc:"What was said; [personal] stands for each personal value, [secret] for what lets whoever has it act."`
}

// Refusal is the rule by which something was refused.
type Refusal struct {
	Code   string              `json:"code" doc:"The rule, as in a problem."`
	Detail string              `json:"detail" doc:"What was wrong this time."`
	Errors []events.FieldError `json:"errors,omitempty" nullable:"false" doc:"Each fault, with its place."`
	Advice string              `json:"advice,omitempty" doc:"What to do then."`
}

// Source is what a flow is made of.
type Source struct {
	Entries []events.JournalEntry    // of whole requests
	About   []int64                  // the numbers of those that are asked about, where a request is told only for them
	Later   []events.JournalEntry    // of other requests, that say how the same things stand now
	Letters []events.DeadLetterState // about what nothing has followed from: Unheard names that
	Cut     bool                     // there are more: that something is not here does not mean that it did not happen
}

func (s Source) tree() Tree {
	t := Grow(s.Entries).Having(s.About)
	t.cut = s.Cut
	return t
}

// Of is the flow of what a thing or a correlation is asked about.
func Of(id string, from Source) Flow {
	tree := from.tree()
	f := Flow{ID: id, Story: []Sentence{}, Steps: []Step{}, Cut: from.Cut}
	now := states{map[string]orderSaid{}, map[string]paymentAt{}, map[string]mailSaid{}}
	tree.Walk(func(_ int, e events.JournalEntry) {
		if s, worth := tell(e, tree.cause(e)); worth {
			f.Story = append(f.Story, s)
		}
		f.Steps = append(f.Steps, stepsOf(e, tree)...)
		now.learn(e, true)
	})
	for _, e := range slices.Concat(from.Entries, from.Later) {
		now.learn(e, false)
	}
	f.Title, f.Waits = now.title(id, tree), append(now.waits(), undelivered(tree, from.Letters)...)
	return f
}

// Things is what entries speak of that may stand otherwise by now, because of other requests.
func Things(entries []events.JournalEntry) []string {
	all := states{map[string]orderSaid{}, map[string]paymentAt{}, map[string]mailSaid{}}
	for _, e := range entries {
		all.learn(e, true)
	}
	return slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(all.orders)), slices.Collect(maps.Keys(all.payments)), slices.Collect(maps.Keys(all.mails)))))
}
