package db

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// specialWays is the lanes (see lanesOf) of every noun whose commands lock more than what they are about.
var specialWays = map[string][]int{
	"category": {0, 0, 0, 0}, "user": {0, 0, 0, 0},
	"address": {0, 0, 1, 1},
}

// A noun whose commands lock more than their own row, in a lane that was not chosen for it, deadlocks now and then, and nobody sees why.
func TestEveryNounHasItsLane(t *testing.T) {
	t.Parallel()
	const nobodys = "no noun" // none is called so: a noun is one word
	unknown := mutation{of: events.Message[events.Deletion]{Kind: events.Command, Noun: nobodys, Verb: "delete"}}
	if _, err := tableOf(append(slices.Clone(mutations), unknown)); err == nil || !strings.Contains(err.Error(), nobodys) {
		t.Errorf("a noun that nobody has given a lane is not named: %v", err)
	}
	for noun := range specialWays {
		if ways[noun] == 0 {
			t.Errorf("%s is in specialWays in functions/db/complete_test.go, and not in ways in functions/db/lane.go", noun)
		}
	}
	s := &Store{}
	for range laneCount {
		s.lanes = append(s.lanes, &lane{})
	}
	for noun := range ways {
		want, special := specialWays[noun]
		if !special {
			want = []int{0, 1, 0, 1}
		}
		if diff := cmp.Diff(want, lanesOf(s, noun)); diff != "" {
			t.Errorf("%s: its way in functions/db/lane.go does not lock its own thing alone; if it must lock more, say so in specialWays in functions/db/complete_test.go: %s", noun, diff)
		}
	}
}

// lanesOf is the lanes that commands take: of two things by one asker, and of the same two by another.
func lanesOf(s *Store, noun string) (lanes []int) {
	for _, who := range []string{"x", "y"} {
		for _, what := range []string{"x", "y"} {
			j := &job{noun: noun, Envelope: events.Envelope{Subject: what, By: events.Principal{ID: who}}}
			lanes = append(lanes, slices.Index(s.lanes, s.laneOf(j)))
		}
	}
	return lanes
}

func TestEveryQueryHasAnAnswer(t *testing.T) {
	t.Parallel()
	answers := new(Store).Answers()
	for _, d := range events.All() {
		has := slices.ContainsFunc(answers, func(h events.Handler) bool { return h.Of().Type() == d.Type() })
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
