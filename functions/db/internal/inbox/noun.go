package inbox

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/onlinemart/mart/events"
)

// Noun is all that the engine is told of one kind of thing. What it lists is made by Decide and Answer,
// or is a Table.
type Noun struct {
	Tables    []Table // in the order of their locks
	Mutations []Mutation
	Queries   []Query
	Refusals  map[string]*events.Problem          // what a violated constraint says to whoever asked, by the constraint's name
	Deadlines map[string]Due                      // what a passed deadline says, by its kind
	Progress  map[string]Progress                 // how what a result has set going stands, by the result's type
	Purge     string                              // deletes what nothing depends on any more; $1: how many rows at most
	Sweep     func(context.Context, *Store) error // what else is done once a minute, in short transactions of its own
	Tallies   []Tally                             // what decisions come to, for the metrics
}

// TablesOf lists the tables of nouns in the order in which their locks are taken and their rows written: the same in every transaction of
// every replica, and with what a row refers to before the row.
func TablesOf(nouns []Noun) (all []Table) {
	for _, n := range nouns {
		all = append(all, n.Tables...)
	}
	return append(all, deadlineTable)
}

// MutationsOf indexes mutations by command type. Error: a command has two, or none.
func MutationsOf(nouns []Noun) (map[string]Mutation, error) {
	table := map[string]Mutation{}
	for _, n := range nouns {
		for _, m := range n.Mutations {
			if _, twice := table[m.of.Type()]; twice {
				return nil, fmt.Errorf("db has two mutations for %s", m.of.Type())
			}
			table[m.of.Type()] = m
		}
	}
	var missing []string
	for _, d := range events.All() {
		if _, has := table[d.Type()]; !has && d.Declaration().Kind == events.Command {
			missing = append(missing, d.Declaration().String())
		}
	}
	if missing != nil {
		return nil, fmt.Errorf("db has no mutation for %s: add it to its noun in functions/db", strings.Join(missing, ", "))
	}
	return table, nil
}

// keyed puts what each noun says under a key into one table. Error: two nouns say something under one.
func keyed[V any](nouns []Noun, of func(Noun) map[string]V) (map[string]V, error) {
	all := map[string]V{}
	for _, n := range nouns {
		for key, value := range of(n) {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("two nouns of db have %q", key)
			}
			all[key] = value
		}
	}
	return all, nil
}

// purgeNouns deletes what nothing of the nouns depends on any more, a few rows at a time, and sweeps them. One that fails keeps no other back.
func (s *Store) purgeNouns(ctx context.Context) error {
	var errs []error
	for _, n := range s.Nouns {
		if n.Purge != "" {
			_, err := s.Writes.Exec(ctx, n.Purge, purgeLimit)
			errs = append(errs, err)
		}
		if n.Sweep != nil {
			errs = append(errs, n.Sweep(ctx, s))
		}
	}
	return errors.Join(errs...)
}
