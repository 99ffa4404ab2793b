package inbox

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Mutation is a command tied to what it does.
type Mutation struct {
	of      events.Declared
	prepare func(ctx context.Context, k keyring, e events.Envelope) (step, error) // errors: Poison when the payload is not readable
}

// Of is the command.
func (m Mutation) Of() events.Declared { return m.of }

// step is one command's work, its payload read: the rows it needs, and what is decided on them. refused is what the domain's rules have
// against what it says, whoever has sent it; then nothing is done.
type step struct {
	needs   Needs
	decide  func(c domain.Case) ([]events.Outgoing, error)
	refused error
	keys    *events.Keys // that open what is its person's
}

// Rule is one of the domain's: the data as it is stored, or what is wrong with it.
type Rule[T any] func(T) (T, error)

// OfChange is the rule of a thing's fields for a change of them.
func OfChange[F any](fields Rule[F]) Rule[events.Change[F]] {
	return func(c events.Change[F]) (events.Change[F], error) {
		var err error
		c.Fields, err = fields(c.Fields)
		return c, err
	}
}

// read takes a command in as the rules have it, and encrypts with the key of whomever it is about what is not yet. Errors: Poison when the payload is
// not readable, also by a rule that panics; anything else means try again.
func read[T any](ctx context.Context, m events.Message[T], k keyring, e events.Envelope, rules []Rule[T]) (c events.Received[T], keys *events.Keys, refused, err error) {
	if keys, err = k.opening(ctx, e); err != nil {
		return c, nil, nil, err
	}
	data, refused, err := judged(m, keys, e, rules)
	if err != nil {
		return c, nil, nil, events.Poison(err)
	}
	if keys, err = k.closing(ctx, keys, e, &data); err != nil {
		return c, nil, nil, err
	}
	if err := keys.EncryptAll(&data); err != nil {
		return c, nil, nil, events.Poison(err)
	}
	return events.Received[T]{Envelope: e, Data: data}, keys, refused, nil
}

// erasedText stands for what a command says of somebody who was erased since: it says something, which the decision will not keep.
const erasedText = "(erased)"

// judged is what a command says, as the rules have it. Error: the payload is not readable.
func judged[T any](m events.Message[T], keys *events.Keys, e events.Envelope, rules []Rule[T]) (data T, refused, err error) {
	defer rescue(&err)
	if data, err = m.Decode(keys, e.Data); err != nil {
		return data, nil, err
	}
	events.FillErased(&data, erasedText)
	for _, judge := range rules {
		if data, refused = judge(data); refused != nil {
			break
		}
	}
	return data, refused, nil
}

// Decide ties a command to the rows that it needs, to the domain's decision on them, and to the rules of what it says. A *events.Problem
// refuses the command, any other error becomes the noun's failed event.
func Decide[T any](
	m events.Message[T], wants func(c events.Received[T]) Needs, f func(domain.Case, events.Received[T]) ([]events.Outgoing, error), rules ...Rule[T],
) Mutation {
	return Mutation{of: m, prepare: func(ctx context.Context, k keyring, e events.Envelope) (step, error) {
		c, keys, refused, err := read(ctx, m, k, e, rules)
		if err != nil || refused != nil {
			return step{refused: refused}, err
		}
		n := wants(c)
		return step{needs: n, refused: n.check(), keys: keys, decide: func(on domain.Case) ([]events.Outgoing, error) { return f(on, c) }}, nil
	}}
}
