package flow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// Tree is entries by what led to them.
type Tree struct {
	Roots []events.JournalEntry            // to which nothing among them led
	After map[string][]events.JournalEntry // what an event led to, by its id
	told  map[string]told                  // by its id
	cut   bool                             // there are more entries
}

// told is an event, and when and in which entry it was decided.
type told struct {
	events.JournalResult
	by events.JournalEntry
}

// Grow finds what led to each entry.
func Grow(entries []events.JournalEntry) Tree {
	t := Tree{After: map[string][]events.JournalEntry{}, told: map[string]told{}}
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b events.JournalEntry) int { return cmp.Compare(a.Number, b.Number) })
	entries = slices.CompactFunc(entries, func(a, b events.JournalEntry) bool { return a.Number == b.Number })
	for _, e := range entries {
		for _, r := range e.Results {
			t.told[r.ID] = told{r, e}
		}
	}
	for _, e := range entries {
		if _, known := t.told[e.Causation]; known {
			t.After[e.Causation] = append(t.After[e.Causation], e)
		} else {
			t.Roots = append(t.Roots, e)
		}
	}
	for _, next := range t.After { // functions react at the same time: who was first by a hair is no order to read by
		slices.SortStableFunc(next, func(a, b events.JournalEntry) int { return strings.Compare(a.Source, b.Source) })
	}
	return t
}

// Having is the trees in which one of these entries is; all of them where none is named. A trace that a client goes on with for hours has
// more in it than what is asked about.
func (t Tree) Having(numbers []int64) Tree {
	if len(numbers) == 0 {
		return t
	}
	all := t.Roots
	t.Roots = nil
	for _, root := range all {
		has := false
		t.visit(0, root, func(_ int, e events.JournalEntry) { has = has || slices.Contains(numbers, e.Number) })
		if has {
			t.Roots = append(t.Roots, root)
		}
	}
	return t
}

// Walk visits every entry after what led to it.
func (t Tree) Walk(visit func(depth int, e events.JournalEntry)) {
	for _, root := range t.Roots {
		t.visit(0, root, visit)
	}
}

func (t Tree) visit(depth int, e events.JournalEntry, visit func(int, events.JournalEntry)) {
	visit(depth, e)
	for _, r := range e.Results {
		for _, next := range t.After[r.ID] {
			t.visit(depth+1, next, visit)
		}
	}
}

// cause is the event that led to an entry; none where nothing here did.
func (t Tree) cause(e events.JournalEntry) *told {
	if c, known := t.told[e.Causation]; known {
		return &c
	}
	return nil
}
