package db

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
)

func TestEveryCommandHasAMutation(t *testing.T) {
	t.Parallel()
	if _, err := tableOf(mutations); err != nil {
		t.Error(err)
	}
	if _, err := tableOf(mutations[1:]); err == nil || !strings.Contains(err.Error(), mutations[0].of.Declaration().String()) {
		t.Errorf("the command that has no mutation is not named: %v", err)
	}
}

func TestEveryQueryHasAnAnswer(t *testing.T) {
	t.Parallel()
	answers := new(Store).Answers()
	for _, d := range events.All() {
		has := slices.ContainsFunc(answers, func(h events.Handler) bool { return h.Message.Type() == d.Type() })
		if d.Declaration().Kind == events.Question && !has {
			t.Errorf("db has no answer to %s: add a line in queries.go", d.Declaration())
		}
	}
}

var (
	uniqueName   = regexp.MustCompile(`create unique index "(live [^"]+)"`)
	createdTable = regexp.MustCompile(`create table (\w+) \(`) // a partition is reached through its table
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
		if refusals[index[1]] == nil {
			t.Errorf("nobody is told what it means to violate %q: add it to refusals.go", index[1])
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
