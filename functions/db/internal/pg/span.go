package pg

import (
	"sort"
	"time"
)

// Ages tells how many rows of a table are as new as some moments, as far as is known. It only says where to look: what is found there is right
// whatever it says.
type Ages struct {
	rows []float64   // so many …
	at   []time.Time // … are newer than this
}

// NewAges is made of how many rows there are, when the newest of them and the last of the first window was made, and of moments, the oldest first,
// between which there are equally many.
func NewAges(many int64, newest, last *time.Time, bounds []time.Time) *Ages {
	if newest == nil || last == nil {
		return nil
	}
	a := &Ages{}
	a.add(0, *newest)
	a.add(firstWindow, *last)
	for i := len(bounds) - 1; i >= 0; i-- {
		a.add(float64(many)*float64(len(bounds)-1-i)/float64(len(bounds)-1), bounds[i])
	}
	return a
}

// add adds a moment that is before all others, or does not.
func (a *Ages) add(rows float64, at time.Time) {
	if n := len(a.at); n == 0 || at.Before(a.at[n-1]) && rows > a.rows[n-1] {
		a.rows, a.at = append(a.rows, rows), append(a.at, at)
	}
}

// since is the moment since when there are so many rows; false: nobody knows, or all of them.
func (a *Ages) since(rows float64) (time.Time, bool) {
	i := sort.SearchFloat64s(a.rows, rows)
	switch {
	case i == len(a.rows):
		return time.Time{}, false
	case i == 0:
		return a.at[0], true
	}
	share := (rows - a.rows[i-1]) / (a.rows[i] - a.rows[i-1])
	return a.at[i-1].Add(-time.Duration(share * float64(a.at[i-1].Sub(a.at[i])))), true
}

// newer is how many rows are newer than a moment.
func (a *Ages) newer(than time.Time) float64 {
	i := sort.Search(len(a.at), func(i int) bool { return !a.at[i].After(than) })
	switch {
	case i == len(a.at):
		return a.rows[i-1]
	case i == 0:
		return 0
	}
	share := float64(a.at[i-1].Sub(than)) / float64(a.at[i-1].Sub(a.at[i]))
	return a.rows[i-1] + share*(a.rows[i]-a.rows[i-1])
}

// Newest is the spans of about so many of the newest rows; none where nobody knows.
func (a *Ages) Newest(rows int) []int64 {
	if a == nil {
		return []int64{}
	}
	since, known := a.since(float64(rows))
	if !known {
		return []int64{}
	}
	return append([]int64{}, covering(since, a.at[0])...)
}

// levels are how long the spans are that a moment lies in, as powers of two seconds. They are those of the function spans in the database.
var levels = [...]int{8, 12, 16, 20, 24}

// fewestSpans is how many spans cover a time at least, so that hardly more is read than was meant; mostSpans, how many are asked for at once.
const (
	fewestSpans = 4
	mostSpans   = 64
)

// covering is the spans of which all moments from one to another are, those included, and few others: of the longest kind of which the time has
// some, and of the next longer one where such a span begins. None: there would be too many.
func covering(from, to time.Time) (spans []int64) {
	first, last := from.Unix(), to.Unix()
	level := 0
	for level+1 < len(levels) && (last-first)>>levels[level+1] >= fewestSpans {
		level++
	}
	for at := first >> levels[level] << levels[level]; at <= last; {
		of := level
		if level+1 < len(levels) && at&(1<<levels[level+1]-1) == 0 {
			of++
		}
		if spans = append(spans, at>>levels[of]<<3+int64(of)); len(spans) > mostSpans {
			return nil
		}
		at += 1 << levels[of]
	}
	return spans
}
