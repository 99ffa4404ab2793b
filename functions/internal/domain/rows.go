package domain

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Rows are what commands are decided on: rows in memory, by table and key, as they were loaded and as what was decided since has left
// them. A decision writes a draft. Keep makes it part of the rows, Drop leaves nothing of it, so a refusal needs no undoing.
type Rows struct {
	sets   map[string]*rowSet
	whole  bool
	taking bool
}

// ErrUnloaded means that a decision has not found all the rows that it is about: there were more in one batch than are locked at once, or they
// came and went while their locks were waited for. Decided again, and alone, it finds them.
var ErrUnloaded = errors.New("not all that this is about was loaded")

// rowSet is what is known of one table, log or sequence.
type rowSet struct {
	asked                map[string]bool // keys that were looked for, whether they were found or not
	loaded, kept, drafts map[string]any  // of a table
	taken                map[string]bool // keys of loaded whose rows are locked
	written              map[string]bool // keys of kept that are not as loaded
	lines, draftLines    []any           // of a log
	numbers              []int64         // of a sequence
	used, draftUsed      int
}

// NewRows is no rows at all: those that are needed are loaded.
func NewRows() *Rows { return &Rows{sets: map[string]*rowSet{}} }

// NewMart is no rows at all, and there are no others: a mart in memory.
func NewMart() *Rows { return &Rows{sets: map[string]*rowSet{}, whole: true} }

func (r *Rows) set(name string) *rowSet {
	s, ok := r.sets[name]
	if !ok {
		s = &rowSet{asked: map[string]bool{}, loaded: map[string]any{}, kept: map[string]any{}, drafts: map[string]any{}, taken: map[string]bool{}, written: map[string]bool{}}
		r.sets[name] = s
	}
	return s
}

// Take loads rows that are locked: nobody else changes them.
func (r *Rows) Take(load func() error) error {
	r.taking = true
	defer func() { r.taking = false }()
	return load()
}

// Keep makes what the last decision wrote part of the rows.
func (r *Rows) Keep() {
	for _, s := range r.sets {
		for key, row := range s.drafts {
			s.kept[key], s.written[key] = row, true
		}
		clear(s.drafts)
		s.lines, s.draftLines = append(s.lines, s.draftLines...), nil
		s.used, s.draftUsed = s.used+s.draftUsed, 0
	}
}

// Drop forgets what the last decision wrote.
func (r *Rows) Drop() {
	for _, s := range r.sets {
		clear(s.drafts)
		s.draftLines, s.draftUsed = nil, 0
	}
}

// Table is rows of one kind, each by its key.
type Table[R any] struct{ Name string }

// Ask notes that a row was looked for, so that a decision may find that there is none.
func (t Table[R]) Ask(r *Rows, key string) { r.set(t.Name).asked[key] = true }

// Load takes in a row as it is stored.
func (t Table[R]) Load(r *Rows, key string, row R) {
	s := r.set(t.Name)
	s.loaded[key], s.kept[key] = row, row
	if r.taking {
		s.taken[key] = true
	}
}

// Held tells whether a row may be changed by a decision that has found it through another one: it is locked, or was made since. One that was only
// read may not, because somebody else may change it meanwhile.
func (t Table[R]) Held(r *Rows, key string) bool {
	s := r.set(t.Name)
	_, loaded := s.loaded[key]
	return !loaded || s.taken[key]
}

// Get is a row as it is now. It panics when nobody has looked for the row: a decision needs what it reads.
func (t Table[R]) Get(r *Rows, key string) (R, bool) {
	row, found := t.Find(r, key)
	if !found && !r.set(t.Name).asked[key] && !r.whole {
		panic(fmt.Sprintf("a decision reads %s %q, which it does not need", t.Name, key))
	}
	return row, found
}

// Find is a row as it is now, where the rows needed are found through others and not by this key.
func (t Table[R]) Find(r *Rows, key string) (row R, found bool) {
	s := r.set(t.Name)
	for _, rows := range []map[string]any{s.drafts, s.kept} {
		if any, ok := rows[key]; ok {
			return any.(R), true
		}
	}
	return row, false
}

// Put writes a row.
func (t Table[R]) Put(r *Rows, key string, row R) { r.set(t.Name).drafts[key] = row }

// Looked tells whether a row with this key was looked for or is there: one that is found through another may have another key by now.
func (t Table[R]) Looked(r *Rows, key string) bool {
	s := r.set(t.Name)
	_, there := t.Find(r, key)
	return there || s.asked[key] || r.whole
}

// All is every row there is in memory, in no order.
func (t Table[R]) All(r *Rows) iter.Seq[R] {
	return func(yield func(R) bool) {
		s := r.set(t.Name)
		for _, row := range s.drafts {
			if !yield(row.(R)) {
				return
			}
		}
		for key, row := range s.kept {
			if _, newer := s.drafts[key]; !newer && !yield(row.(R)) {
				return
			}
		}
	}
}

// Of is every row of a table by its key, whatever they are rows of, as they were kept.
func (r *Rows) Of(table string) iter.Seq2[string, any] { return maps.All(r.set(table).kept) }

// Change is a row before and after what was decided.
type Change[R any] struct {
	Before, After R
	Made          bool // there was none before
}

// Changes is what was written and kept, in the order of keys.
func (t Table[R]) Changes(r *Rows) (changes []Change[R]) {
	s := r.set(t.Name)
	for _, key := range slices.Sorted(maps.Keys(s.written)) {
		after := s.kept[key]
		before, there := s.loaded[key]
		c := Change[R]{After: after.(R), Made: !there}
		if there {
			c.Before = before.(R)
		}
		changes = append(changes, c)
	}
	return changes
}

// Written is the rows that were written and kept, each by its key, in the order of keys.
func (t Table[R]) Written(r *Rows) iter.Seq2[string, R] {
	return func(yield func(string, R) bool) {
		s := r.set(t.Name)
		for _, key := range slices.Sorted(maps.Keys(s.written)) {
			if !yield(key, s.kept[key].(R)) {
				return
			}
		}
	}
}

// Log is rows that are only ever added.
type Log[R any] struct{ Name string }

// Add writes a row.
func (l Log[R]) Add(r *Rows, row R) {
	s := r.set(l.Name)
	s.draftLines = append(s.draftLines, row)
}

// Added is what was written and kept, in its order.
func (l Log[R]) Added(r *Rows) []R {
	lines := r.set(l.Name).lines
	rows := make([]R, len(lines))
	for i, line := range lines {
		rows[i] = line.(R)
	}
	return rows
}

// Sequence is numbers that are given once each.
type Sequence struct{ Name string }

// Load takes in a number that may be given.
func (q Sequence) Load(r *Rows, n int64) {
	s := r.set(q.Name)
	s.numbers = append(s.numbers, n)
}

// Next gives a number. It panics when there are too few: a decision needs as many as it gives.
func (q Sequence) Next(r *Rows) int64 {
	s := r.set(q.Name)
	if r.whole && s.used+s.draftUsed == len(s.numbers) {
		q.Load(r, int64(len(s.numbers)+1))
	}
	if s.used+s.draftUsed >= len(s.numbers) {
		panic(fmt.Sprintf("a decision takes a number of %s, which it has not asked for", q.Name))
	}
	n := s.numbers[s.used+s.draftUsed]
	s.draftUsed++
	return n
}
