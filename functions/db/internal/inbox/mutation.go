package inbox

import (
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Mutation is a command tied to what it does.
type Mutation struct {
	of      events.Declared
	prepare func(keys *events.Keys, e events.Envelope) (step, error) // error: the payload is not readable
}

// Of is the command.
func (m Mutation) Of() events.Declared { return m.of }

// step is one command's work, its payload read: the rows it needs, and what is decided on them. refused is what the domain's rules have
// against what it says, whoever has sent it; then nothing is done.
type step struct {
	needs   Needs
	decide  func(c domain.Case) ([]events.Outgoing, error)
	refused error
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

// read takes a command in as the rules have it. The last error says that the payload is not readable; a rule that panics cannot read it.
func read[T any](m events.Message[T], keys *events.Keys, e events.Envelope, rules []Rule[T]) (c events.Received[T], refused, err error) {
	defer rescue(&err)
	data, err := m.Decode(keys, e.Data)
	if err != nil {
		return c, nil, err
	}
	for _, judge := range rules {
		if data, refused = judge(data); refused != nil {
			break
		}
	}
	if err := keys.EncryptAll(&data); err != nil {
		return c, nil, err
	}
	return events.Received[T]{Envelope: e, Data: data}, refused, nil
}

// Decide ties a command to the rows that it needs, to the domain's decision on them, and to the rules of what it says. A *events.Problem
// refuses the command, any other error becomes the noun's failed event.
func Decide[T any](
	m events.Message[T], wants func(c events.Received[T]) Needs, f func(domain.Case, events.Received[T]) ([]events.Outgoing, error), rules ...Rule[T],
) Mutation {
	return Mutation{of: m, prepare: func(keys *events.Keys, e events.Envelope) (step, error) {
		c, refused, err := read(m, keys, e, rules)
		if err != nil || refused != nil {
			return step{refused: refused}, err
		}
		n := wants(c)
		return step{needs: n, refused: n.check(), decide: func(on domain.Case) ([]events.Outgoing, error) { return f(on, c) }}, nil
	}}
}
