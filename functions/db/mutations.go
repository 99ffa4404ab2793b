package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

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
	decided bool                                                     // in memory, on rows that are loaded and saved with those of others
	prepare func(keys *events.Keys, e events.Envelope) (step, error) // error: the payload is not readable
}

// step is one command's work, its payload read: needs and decide; of nouns that are not decided in memory either run or once. refused is what the domain's rules have against what it says,
// whoever has sent it; then nothing is done.
type step struct {
	run     func(ctx context.Context, tx *Tx) ([]events.Outgoing, error)
	once    func(now time.Time) statement
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

// statement is all that a command does, in one statement that says by its rows whether it was done. Commands like this that
// wait at the same time travel to Postgres together.
type statement struct {
	sql   string
	args  []any
	read  func(rows pgx.Rows) ([]events.Outgoing, error) // the results; pgx.ErrNoRows: nothing was written
	why   func(ctx context.Context, tx *Tx) error        // why nothing was written: usually a *events.Problem
	claim string                                         // the unique value it wants: claimed in this order everywhere, two batches cannot deadlock over them
}

// on ties a command to its mutation, and to the rules of what it says. It returns the result events. Errors: a *events.Problem refuses
// the command, a transient SQLSTATE is tried again, anything else becomes the noun's failed event.
func on[T any](m events.Message[T], f func(ctx context.Context, tx *Tx, c events.Received[T]) ([]events.Outgoing, error), rules ...rule[T]) mutation {
	return mutation{of: m, prepare: func(keys *events.Keys, e events.Envelope) (step, error) {
		c, refused, err := read(m, keys, e, rules)
		return step{refused: refused, run: func(ctx context.Context, tx *Tx) ([]events.Outgoing, error) { return f(ctx, tx, c) }}, err
	}}
}

// once ties a command to a mutation of a single statement, and to the rules of what it says.
func once[T any](m events.Message[T], f func(now time.Time, c events.Received[T]) statement, rules ...rule[T]) mutation {
	return mutation{of: m, prepare: func(keys *events.Keys, e events.Envelope) (step, error) {
		c, refused, err := read(m, keys, e, rules)
		return step{refused: refused, once: func(now time.Time) statement { return f(now, c) }}, err
	}}
}

// decide ties a command to the rows that it needs, to the domain's decision on them, and to the rules of what it says. A *events.Problem
// refuses the command, any other error becomes the noun's failed event.
func decide[T any](
	m events.Message[T], wants func(c events.Received[T]) needs, f func(domain.Case, events.Received[T]) ([]events.Outgoing, error), rules ...rule[T],
) mutation {
	return mutation{of: m, decided: true, prepare: func(keys *events.Keys, e events.Envelope) (step, error) {
		c, refused, err := read(m, keys, e, rules)
		if err != nil || refused != nil {
			return step{refused: refused, decide: noDecision}, err
		}
		n := wants(c)
		return step{needs: n, refused: n.check(), decide: func(on domain.Case) ([]events.Outgoing, error) { return f(on, c) }}, nil
	}}
}

// noDecision is that of a command which is refused for what it says.
func noDecision(domain.Case) ([]events.Outgoing, error) { return nil, nil }

// tableOf indexes mutations by command type. Error: a command has two, or none, or nobody has said which lane its noun takes.
func tableOf(list []mutation) (map[string]mutation, error) {
	table := make(map[string]mutation, len(list))
	for _, m := range list {
		if _, twice := table[m.of.Type()]; twice {
			return nil, fmt.Errorf("db has two mutations for %s", m.of.Type())
		}
		table[m.of.Type()] = m
		if noun := m.of.Declaration().Noun; !m.decided && ways[noun] == 0 {
			return nil, fmt.Errorf("db does not know which lane commands about %s take: say what they lock, in ways in functions/db/lane.go", noun)
		}
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
