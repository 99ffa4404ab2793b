package events

import (
	"context"
	"errors"
	"fmt"
)

// Handler ties a declared message to what a function does with it. A function's handlers are a table: what wakes it.
type Handler struct {
	of     Declared
	react  func(ctx context.Context, keys *Keys, e Envelope) ([]Outgoing, error)
	answer func(ctx context.Context, keys *Keys, e Envelope) (any, error)
}

// Reactions is the table of events a function reacts to.
type Reactions []Handler

// Answers is the table of queries db answers.
type Answers []Handler

// Of is the declaration of what is handled.
func (h Handler) Of() Declared { return h.of }

// Reply answers the query e; the handler is one of Answers. Errors: as Query.Answer's, and Poison when e's data is not the question's.
func (h Handler) Reply(ctx context.Context, keys *Keys, e Envelope) (any, error) {
	return h.answer(ctx, keys, e)
}

// Then handles an event: the messages returned are sent as its consequence, with ids derived from it, before it counts as
// done. Errors: a *Problem or Poison is permanent; anything else means try again.
func (m Message[T]) Then(f func(ctx context.Context, e Received[T]) ([]Outgoing, error)) Handler {
	return Handler{of: m, react: func(ctx context.Context, keys *Keys, e Envelope) ([]Outgoing, error) {
		data, err := decode[T](keys, e.Data)
		if err != nil {
			return nil, Poison(err)
		}
		return f(ctx, Received[T]{Envelope: e, Data: data})
	}}
}

// Answer handles a query. Errors: a *Problem is the answer; anything else means try again.
func (q Query[Q, A]) Answer(f func(ctx context.Context, e Received[Q]) (A, error)) Handler {
	return Handler{of: q, answer: func(ctx context.Context, keys *Keys, e Envelope) (any, error) {
		data, err := decode[Q](keys, e.Data)
		if err != nil {
			return nil, Poison(err)
		}
		a, err := f(ctx, Received[Q]{Envelope: e, Data: data})
		return &a, err
	}}
}

// errPoison marks a message that will never be processed, however often it comes.
var errPoison = errors.New("will never be processed")

// Poison makes err permanent: the message goes to the dead letters with it as the reason.
func Poison(err error) error { return fmt.Errorf("%w: %w", errPoison, err) }

// permanent tells an error that trying again cannot mend.
func permanent(err error) bool {
	_, problem := errors.AsType[*Problem](err)
	return problem || errors.Is(err, errPoison)
}

// tableOf indexes handlers by type. Error: a message handled twice, by the wrong function, or, unless partial, not at all.
func tableOf(self Function, handlers []Handler, partial bool) (map[string]Handler, error) {
	table := make(map[string]Handler, len(handlers))
	for _, h := range handlers {
		d := h.of.Declaration()
		if _, twice := table[h.of.Type()]; twice {
			return nil, fmt.Errorf("%s handles %s twice", self, d)
		}
		if !d.receives(self) {
			return nil, fmt.Errorf("%s handles %s, which is not declared to be for it", self, d)
		}
		table[h.of.Type()] = h
	}
	for _, d := range All() {
		details := d.Declaration()
		if details.Kind == Command || !details.receives(self) {
			continue // commands are all handed to db's transaction
		}
		if _, handled := table[d.Type()]; !handled && !partial {
			return nil, fmt.Errorf("%s is declared to receive %s and has no handler for it: add a line to its table (functions/%s)", self, details, self)
		}
	}
	return table, nil
}
