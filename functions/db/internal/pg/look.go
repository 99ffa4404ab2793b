package pg

import (
	"slices"
	"strconv"
	"strings"
)

// look is which rows are looked at for what is sought: the first ones of the list, one by one; or the first ones, through the index of what is
// sought; or, with neither, all of them through that index.
type look struct {
	first, span int
	by          form
}

// form is what of the words sought an index is asked: for all; for all but the last, which may go on; for none, where another index knows few rows
// that may have them. Of all that begins like the last word it would make a list first, as long as there are rows that have it.
type form int

const (
	whole form = iota
	apart
	bare
)

func (f *Filter) as(by form) string {
	switch by {
	case apart:
		return f.apart.String()
	case bare:
		return f.bare.String()
	case whole:
	}
	return f.sought.String()
}

// What a look costs, in tenths of a microsecond, as measured on a million products.
const (
	costOfEntry  = 2.5  // of a list of all that begins so
	costOfRow    = 15   // from anywhere
	costOfNext   = 3.5  // the next row of a list
	costOfNextOf = 14   // of a list of some of the rows, which lie apart
	costOfLook   = 4000 // one more
)

// What is assumed where nobody has looked.
const (
	unseen    = 0.01              // of what was not looked for, so many rows have it
	rareness  = 0.5 / firstWindow // of what none of the first window has
	narrowing = 0.05              // and so many of these are what else is asked for
	mostFirst = 5000              // rows of a list are looked at one by one
)

// firstLook is how many rows to look at first for so many, one by one; 0 when to read all that is sought is less.
func (f *Filter) firstLook(wanted int) int {
	switch {
	case f.rare:
		return 0
	case f.seen == 0 || f.seen >= wanted:
		return firstWindow
	}
	return wider(f.seen, wanted, f.many)
}

// begin is where to look first for so many rows.
func (f *Filter) begin(wanted int) look {
	switch {
	case f.rank != "":
		return f.throughAll(f.share())
	case f.ages == nil:
		return f.firstOr(f.firstLook(wanted))
	case f.narrowed:
		return f.cheapest(f.share()*narrowing, wanted, float64(wanted)*2/f.share())
	}
	return f.cheapest(f.share(), wanted, float64(wanted)*f.margin()/f.share())
}

// firstOr is so many of the first rows, or all where that is none.
func (f *Filter) firstOr(n int) look {
	if n == 0 {
		return f.throughAll(f.share())
	}
	return look{first: n}
}

// share is how many of all rows have what is sought, by what is known of the first window.
func (f *Filter) share() float64 {
	switch {
	case f.rare:
		return rareness
	case f.seen == 0:
		return unseen
	}
	return float64(f.seen) / firstWindow
}

// margin is how many times as many rows are looked at as would do on average: what was seen was seen by chance.
func (f *Filter) margin() float64 {
	if f.seen >= firstWindow/50 {
		return 1.25
	}
	return 2
}

// next is where to look when fewer than wanted were found.
func (f *Filter) next(last look, found, wanted int) look {
	switch n := float64(max(last.first, last.span)); {
	case f.ages == nil && last.first == firstWindow:
		return f.firstOr(wider(found, wanted, f.many))
	case f.ages == nil:
		return f.throughAll(f.share())
	case last.first > 0 && f.narrowed && n*f.share() > float64(4*wanted) && len(f.aside) > 0 && f.listed() > costOfLook:
		return look{by: bare} // of what else is asked for there is little
	case last.first > 0 && f.narrowed:
		return f.cheapest(f.share()*narrowing, wanted, 4*n)
	default:
		share := (float64(found) + 0.5) / n
		return f.cheapest(share, wanted, max(4*n, 2*float64(wanted)/share))
	}
}

// cheapest is the look that is least work where such a share of all rows is what is sought and asked for: at so many of the first ones, or at all.
func (f *Filter) cheapest(share float64, wanted int, first float64) look {
	best := f.throughAll(share)
	least := f.cost(best, share)
	try := func(l look) {
		if cost := f.cost(l, share) + costOfLook; cost < least {
			best, least = l, cost
		}
	}
	if first <= mostFirst {
		try(look{first: max(int(first), firstWindow)})
	}
	if span := max(first, 2*float64(wanted)/share); span <= float64(f.many)/2 {
		try(look{span: int(span)})
		if f.parts {
			try(look{span: int(span), by: apart})
		}
	}
	return best
}

// throughAll is the better of the two ways to find all through the index.
func (f *Filter) throughAll(share float64) look {
	if in := (look{by: apart}); f.parts && f.cost(in, share) < f.cost(look{}, share) {
		return in
	}
	return look{}
}

// cost is about what a look costs.
func (f *Filter) cost(l look, share float64) float64 {
	rows := float64(f.many)
	switch {
	case l.first > 0 && f.narrowed:
		return float64(l.first) * costOfNextOf
	case l.first > 0:
		return float64(l.first) * costOfNext
	case l.span > 0:
		rows = float64(l.span)
	}
	if l.by == apart {
		return float64(max(f.others, 1)) / firstWindow * rows * costOfRow
	}
	return f.listed() + share*rows*costOfRow
}

// listed is what it costs the index to make a list of all that begins like the last word.
func (f *Filter) listed() float64 {
	return float64(f.last) / firstWindow * float64(f.many) * costOfEntry
}

// through is the conditions by which the index of what is sought finds it among so many of the first rows; all: among all.
func (f *Filter) through(w way, rows int) (sql string, args []any, all bool) {
	args = slices.Clip(f.args)
	with := func(condition string, value any) {
		args = append(args, value)
		sql += " and " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	for _, c := range f.aside {
		with(c.SQL, c.Value)
	}
	if rows == 0 {
		return sql, args, true
	}
	from, before := f.ages.at[0], 0.0
	if !f.behind.IsZero() {
		from, before = f.behind, f.ages.newer(f.behind)
	}
	since, known := f.ages.since(before + float64(rows))
	if !known {
		return sql, args, true
	}
	spans := covering(since, from)
	if spans == nil {
		return sql, args, true
	}
	with(w.by.Spans+" && ?::bigint[]", spans)
	return sql, args, false
}
