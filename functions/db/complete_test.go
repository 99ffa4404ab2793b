package db

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

func TestEveryCommandHasAMutation(t *testing.T) {
	t.Parallel()
	if _, err := inbox.MutationsOf(nouns); err != nil {
		t.Error(err)
	}
	without := otherwise(nouns, func(n *noun) { n.Mutations = n.Mutations[min(1, len(n.Mutations)):] })
	if _, err := inbox.MutationsOf(without); err == nil || !strings.Contains(err.Error(), nouns[0].Mutations[0].Of().Declaration().String()) {
		t.Errorf("the command that has no mutation is not named: %v", err)
	}
}

func TestEveryQueryHasAnAnswer(t *testing.T) {
	t.Parallel()
	answers := (&inbox.Store{Options: inbox.Options{Nouns: nouns}}).Answers()
	for _, d := range events.All() {
		has := slices.ContainsFunc(answers, func(h events.Handler) bool { return h.Message.Type() == d.Type() })
		if d.Declaration().Kind == events.QueryKind && !has {
			t.Errorf("db has no answer to %s: add it to its noun", d.Declaration())
		}
	}
}

var (
	uniqueName   = regexp.MustCompile(`(?:create unique index|constraint) "(live [^"]+|[^"]+" exclude)`) // an exclusion is for live rows, too
	createdTable = regexp.MustCompile(`create table (\w+) \(`)                                           // a partition is reached through its table
	grantedTo    = regexp.MustCompile(`grant [a-z_, ()]+ on ([\w, ]+) to mart;`)
)

// A race that gets past a statement's own conditions ends at a unique index: whoever lost it must hear why.
func TestEveryUniqueNameHasItsRefusal(t *testing.T) {
	t.Parallel()
	found := uniqueName.FindAllStringSubmatch(migrationText(t), -1)
	if len(found) == 0 {
		t.Fatal("no unique index was found in the migrations")
	}
	for _, index := range found {
		name := strings.TrimSuffix(index[1], `" exclude`)
		if !slices.ContainsFunc(nouns, func(n noun) bool { return n.Refusals[name] != nil }) {
			t.Errorf("nobody is told what it means to violate %q: add it to the noun's refusals", name)
		}
	}
}

// tablesThereAre is every table but the engine's own and the migrations'.
const tablesThereAre = `
	select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
		and relname <> all (array['inbox', 'journal', 'journal_personal', 'outbox', 'key_check', 'person_key', 'dead_letter_errand', 'goose_db_version'])`

// Each table is written by one noun, or is the engine's; and what a row refers to is written before the row, and locked before it.
func TestEveryTableIsWrittenInItsOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	position := map[string]int{}
	for _, table := range inbox.TablesOf(nouns) {
		for _, name := range table.Writes {
			if _, twice := position[name]; twice {
				t.Errorf("two tables of nouns write %s", name)
			}
			position[name] = len(position)
		}
	}
	rows, err := b.store.Reads.Query(t.Context(), tablesThereAre)
	there := must(pgx.CollectRows(rows, pgx.RowTo[string]))
	if diff := cmp.Diff(slices.Sorted(maps.Keys(position)), slices.Sorted(slices.Values(there))); err != nil || diff != "" {
		t.Errorf("%v: what nouns write is not what there is: give each table to its noun, in Tables, under Writes (-nouns +there are):\n%s", err, diff)
	}
	type reference struct{ From, To string }
	rows, err = b.store.Reads.Query(t.Context(), `select conrelid::regclass::text, confrelid::regclass::text from pg_constraint where contype = 'f'`)
	references := must(pgx.CollectRows(rows, pgx.RowToStructByPos[reference]))
	if err != nil || len(references) < 10 {
		t.Fatalf("%d references were found: %v", len(references), err)
	}
	for _, r := range references {
		if position[r.To] > position[r.From] {
			t.Errorf("%s refers to %s, which comes later in nouns.go", r.From, r.To)
		}
	}
}

func TestEveryTableIsGranted(t *testing.T) {
	t.Parallel()
	text := migrationText(t)
	var granted []string
	for _, grant := range grantedTo.FindAllStringSubmatch(text, -1) {
		granted = append(granted, strings.Split(strings.ReplaceAll(grant[1], " ", ""), ",")...)
	}
	for _, table := range createdTable.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(granted, table[1]) {
			t.Errorf("db may not use the table %s: its migration grants mart nothing on it", table[1])
		}
	}
}

func migrationText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
