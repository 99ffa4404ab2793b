package pg

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func day(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// How old rows are is known of the newest 300 and, by parts of equally many, of all.
func TestAges(t *testing.T) {
	t.Parallel()
	newest, last := day(100), day(97)
	a := NewAges(4000, &newest, &last, []time.Time{day(0), day(40), day(60), day(90), day(100)})
	for _, c := range []struct {
		rows  float64
		since time.Time
	}{
		{0, day(100)}, {100, day(99)}, {300, day(97)}, {1000, day(90)}, {1500, day(75)}, {2000, day(60)}, {4000, day(0)},
	} {
		if got, known := a.since(c.rows); !known || !got.Equal(c.since) {
			t.Errorf("%v rows are as new as %v, want %v", c.rows, got, c.since)
		}
		if got := a.newer(c.since); got != c.rows {
			t.Errorf("%v rows are newer than %v, want %v", got, c.since, c.rows)
		}
	}
	if at, known := a.since(4001); known {
		t.Errorf("more than there are are as new as %v", at)
	}
	if got := []float64{a.newer(day(101)), a.newer(day(-1))}; !cmp.Equal(got, []float64{0, 4000}) {
		t.Errorf("newer than all, older than all: %v", got)
	}
	if NewAges(0, nil, nil, nil) != nil {
		t.Error("a table without rows has none")
	}
}

// Spans cover a time from its beginning to its end without a gap, and hardly more.
func TestCovering(t *testing.T) {
	t.Parallel()
	for _, long := range []time.Duration{0, time.Second, 5 * time.Minute, time.Hour, 26 * time.Hour, 77 * 24 * time.Hour, 3 * 365 * 24 * time.Hour} {
		for _, to := range []time.Time{day(0), day(200).Add(7 * time.Hour), time.Unix(-1, 0), time.Unix(1<<24, 0)} {
			from := to.Add(-long)
			spans := covering(from, to)
			at := spans[0] >> 3 << levels[spans[0]&7]
			if slack := from.Unix() - at; slack < 0 || slack >= max(1<<levels[0], int64(long/time.Second)/fewestSpans+1) {
				t.Errorf("from %v for %v: begins %d s before", from, long, slack)
			}
			for _, s := range spans {
				if begin := s >> 3 << levels[s&7]; begin != at {
					t.Errorf("from %v for %v: a gap from %d to %d", from, long, at, begin)
				}
				at += 1 << levels[s&7]
			}
			if at <= to.Unix() {
				t.Errorf("from %v for %v: ends at %d", from, long, at)
			}
		}
	}
	if spans := covering(day(-365*100), day(365*100)); spans != nil {
		t.Errorf("two hundred years: %d spans", len(spans))
	}
}

// What is looked at first is what is least work: rows of the list, those of a time, or all.
func TestBegin(t *testing.T) {
	t.Parallel()
	newest := day(100)
	for _, c := range []struct {
		what string
		f    Filter
		want look
	}{
		{"common: a few rows of the list", Filter{seen: 100, last: 100, many: 1_000_000}, look{first: 300}},
		{"less common: some more", Filter{seen: 6, last: 6, many: 1_000_000}, look{first: 1312}},
		{"a word that does not go on: those of a time", Filter{seen: 2, many: 1_000_000}, look{span: 6300}},
		{"one that does: no list of all that begin so", Filter{seen: 3, last: 3, many: 1_000_000}, look{first: 4200}},
		{"few have it: all of them", Filter{seen: 2, last: 2, many: 30_000}, look{}},
		{"two words, the last is common: the others, of a time", Filter{seen: 1, others: 3, last: 90, parts: true, many: 1_000_000}, look{span: 12600, by: apart}},
		{"two words, the last is rare: both, of a time", Filter{seen: 1, others: 90, last: 2, parts: true, many: 1_000_000}, look{span: 12600}},
		{"all at once, by the rarer ones", Filter{rare: true, rank: "x", others: 1, last: 250, parts: true, many: 100_000}, look{by: apart}},
	} {
		f := c.f
		f.ages = NewAges(f.many, &newest, &newest, nil)
		if got := f.begin(21); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
	if got := (&Filter{seen: 2, many: 1_000_000}).begin(21); got != (look{first: 4800}) {
		t.Errorf("nobody knows how old anything is: %+v", got)
	}
}
