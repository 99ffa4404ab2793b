package db

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// mutations is what each command does to the tables: one line per command type, in the file of its noun.
var mutations = slices.Concat(
	userMutations, loginMutations, sessionMutations, brandMutations, categoryMutations, productMutations, customerMutations, addressMutations,
	orderMutations, paymentMutations, stockMutations, notificationMutations,
)

// mutation is a command tied to what it does.
type mutation struct {
	of      events.Declared
	prepare func(keys *events.Keys, e events.Envelope) (step, error) // error: the payload is not readable
}

// step is one command's work, its payload read: the rows it needs, and what is decided on them. refused is what the domain's rules have
// against what it says, whoever has sent it; then nothing is done.
type step struct {
	needs   needs
	decide  func(c domain.Case) ([]events.Outgoing, error)
	refused error
}

// rule is one of the domain's: the data as it is stored, or what is wrong with it.
type rule[T any] func(T) (T, error)

// ofChange is the rule of a thing's fields for a change of them.
func ofChange[F any](fields rule[F]) rule[events.Change[F]] {
	return func(c events.Change[F]) (events.Change[F], error) {
		var err error
		c.Fields, err = fields(c.Fields)
		return c, err
	}
}

// read takes a command in as the rules have it. The last error says that the payload is not readable; a rule that panics cannot read it.
func read[T any](m events.Message[T], keys *events.Keys, e events.Envelope, rules []rule[T]) (c events.Received[T], refused, err error) {
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
	if err := keys.CloseAll(&data); err != nil {
		return c, nil, err
	}
	return events.Received[T]{Envelope: e, Data: data}, refused, nil
}

// decide ties a command to the rows that it needs, to the domain's decision on them, and to the rules of what it says. A *events.Problem
// refuses the command, any other error becomes the noun's failed event.
func decide[T any](
	m events.Message[T], wants func(c events.Received[T]) needs, f func(domain.Case, events.Received[T]) ([]events.Outgoing, error), rules ...rule[T],
) mutation {
	return mutation{of: m, prepare: func(keys *events.Keys, e events.Envelope) (step, error) {
		c, refused, err := read(m, keys, e, rules)
		if err != nil || refused != nil {
			return step{refused: refused}, err
		}
		n := wants(c)
		return step{needs: n, refused: n.check(), decide: func(on domain.Case) ([]events.Outgoing, error) { return f(on, c) }}, nil
	}}
}

// tableOf indexes mutations by command type. Error: a command has two, or none.
func tableOf(list []mutation) (map[string]mutation, error) {
	table := make(map[string]mutation, len(list))
	for _, m := range list {
		if _, twice := table[m.of.Type()]; twice {
			return nil, fmt.Errorf("db has two mutations for %s", m.of.Type())
		}
		table[m.of.Type()] = m
	}
	var missing []string
	for _, d := range events.All() {
		if _, has := table[d.Type()]; !has && d.Declaration().Kind == events.Command {
			missing = append(missing, d.Declaration().String())
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("db has no mutation for %s: add the noun's to mutations in functions/db/mutations.go", strings.Join(missing, ", "))
	}
	return table, nil
}
