package events

import (
	"context"
	"errors"
	"fmt"
)

// Handler ties a declared message to what a function does with it. A function's handlers are a table: what wakes it.
type Handler struct {
	Message Declared
	React   func(ctx context.Context, keys *Keys, e Envelope) ([]Outgoing, error) // to an event
	Reply   func(ctx context.Context, keys *Keys, e Envelope) (any, error)        // to a query; errors as Query.Answer's, and Poison when e's data is not the question's
	Closed  bool                                                                  // it reads nothing personal: that stays encrypted, and nobody is asked for a key
}

// Unread is the handler of an event of which it reads nothing that is personal.
func (h Handler) Unread() Handler {
	react := h.React
	h.React = func(ctx context.Context, _ *Keys, e Envelope) ([]Outgoing, error) { return react(ctx, nil, e) }
	h.Closed = true
	return h
}

// Reactions is the table of events a function reacts to.
type Reactions []Handler

// Answers is the table of queries db answers.
type Answers []Handler

// Then handles an event: the messages returned are sent as its consequence, with ids derived from it, before it counts as
// done. Errors: a *Problem or Poison is permanent; anything else means try again.
func (m Message[T]) Then(f func(ctx context.Context, e Received[T]) ([]Outgoing, error)) Handler {
	return Handler{Message: m, React: func(ctx context.Context, keys *Keys, e Envelope) ([]Outgoing, error) {
		data, err := decode[T](keys, e.Data)
		if err != nil {
			return nil, Poison(err)
		}
		return f(ctx, Received[T]{Envelope: e, Data: data})
	}}
}

// Answer handles a query. Errors: a *Problem is the answer; anything else means try again.
func (q Query[Q, A]) Answer(f func(ctx context.Context, e Received[Q]) (A, error)) Handler {
	return Handler{Message: q, Reply: func(ctx context.Context, keys *Keys, e Envelope) (any, error) {
		data, err := decode[Q](keys, e.Data)
		if err != nil {
			return nil, Poison(err)
		}
		a, err := f(ctx, Received[Q]{Envelope: e, Data: data})
		return &a, err
	}}
}

// ErrPoison marks a message that will never be processed, however often it comes.
var ErrPoison = errors.New("will never be processed")

// Poison makes err permanent: the message goes to the dead letters with it as the reason.
func Poison(err error) error { return fmt.Errorf("%w: %w", ErrPoison, err) }
