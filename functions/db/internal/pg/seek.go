package pg

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/onlinemart/mart/events"
)

// firstWindow is how many rows, the first in a list's order, are looked at one by one for what is sought. When they have some of it, and not a page
// full, a wider window is looked at, as wide as it must be by what they had; or all that is sought is read and sorted, when that is less. What one in
// a hundred is, is found so among a few at once; what is rarer is quickly read. Postgres chooses by what it believes of how many there are, and what
// it believes of two words, or of the beginning of one, may be a thousand times off.
const (
	firstWindow = 300
	widest      = firstWindow << 4
	sortedCost  = 4 // what is read from everywhere and sorted takes so many times as long, row by row
)

// wider is how many rows to look at for so many when the first window had some of them; 0 when to read all that is sought is less. Many is how many
// rows the table has, as far as is known.
func wider(found, wanted int, many int64) int {
	if found == 0 {
		return 0
	}
	for n := 2 * firstWindow; n <= widest; n *= 2 {
		switch {
		case many > 0 && int64(n) > sortedCost*many*int64(found)/firstWindow:
			return 0
		case found*n >= wanted*firstWindow*5/4: // some more, because they lie by chance
			return n
		}
	}
	return 0
}

// Unknown is what stands for how many rows of the first window have what is sought, where nobody has looked.
const Unknown = -1

// fewRows is how many rows are read and sorted at once sooner than one part of them after another.
const fewRows = 500

// Few tells of what so many rows of the first window have, in a table of so many rows, whether they are few in all.
func Few(found int, many int64) bool {
	return many*int64(max(found, 1)) <= fewRows*firstWindow
}

// Seek adds a condition that an index answers without any order, such as that there are some words in a text: so many rows of the table's first
// window have it, or Unknown; the table has so many rows.
func (f *Filter) Seek(c Condition, found int, many int64) {
	f.args = append(f.args, c.Value)
	as := func(sql string) string { return " and " + strings.ReplaceAll(sql, "?", "$"+strconv.Itoa(len(f.args))) }
	f.sought.WriteString(as(c.SQL))
	f.apart.WriteString(as(cmp.Or(c.Apart, c.SQL)))
	f.bare.WriteString(as(cmp.Or(c.Bare, c.SQL)))
	f.rare, f.many = f.rare || found == 0, many
	if found > 0 && (f.seen == 0 || found < f.seen) {
		f.seen = found
	}
	if c.Last > 0 {
		f.others, f.last, f.parts = c.Others, c.Last, c.Apart != ""
	}
}

// Aside adds a condition that says of what is sought, in words that its index has, what others have said in theirs.
func (f *Filter) Aside(condition string, value any) {
	f.aside = append(f.aside, Condition{SQL: condition, Value: value})
}

// Aged says how old the table's rows are, and whether what is seen of the first window is narrowed further.
func (f *Filter) Aged(ages *Ages, narrowed bool) { f.ages, f.narrowed = ages, narrowed }

// Rank puts rows in order by the first of some conditions that they meet, before the list's own order: those that meet none come last. It is what
// InTurn does with a list for each, from number first on, in one reading; so it is worth it where there are few rows, and a list of groups cannot.
// Its cursors are those of InTurn.
func (f *Filter) Rank(first int, conditions ...Condition) {
	f.rank = "case"
	for i, c := range conditions {
		f.rank += fmt.Sprintf(" when %s then %d", f.with(c.SQL, c.Value), first+i)
	}
	f.rank += fmt.Sprintf(" else %d end", first+len(conditions))
}

// Late adds a condition that costs more than others: it is asked of as few rows as can be.
func (f *Filter) Late(condition string, value any) {
	f.late.WriteString(" and " + f.with(condition, value))
}

// mostMerged is of how many values the rows are merged in their order; of more all are read and sorted.
const mostMerged = 32

// AnyOf adds that a uuid is one of some values. An index has the rows of each value in order: where the first rows are looked at, those of all are
// merged, and no more are read than are looked at.
func (f *Filter) AnyOf(column string, values []string) {
	f.any = " and " + f.with(column+" = any(?::uuid[])", values)
	for i := range values {
		f.each = append(f.each, fmt.Sprintf(" and %s = ($%d::uuid[])[%d]", column, len(f.args), i+1))
	}
}

// all is what a row must be but for what is sought.
func (f *Filter) all() string { return f.sql.String() + f.any }

// window is the first rows of a list.
func (l Listing[T]) window(f *Filter, w way, n int) string {
	of, first := "select "+l.table()+".* from ", w.order(w.by.SQL)+" limit "+strconv.Itoa(n)
	rows := of + l.From + f.all()
	if f.any != "" && len(f.each) <= mostMerged {
		merged := make([]string, len(f.each))
		for i, one := range f.each {
			merged[i] = "(" + of + l.From + f.sql.String() + one + first + ")"
		}
		rows = of + "(" + strings.Join(merged, " union all ") + ") " + l.table()
	}
	return "(" + rows + first + ") as " + l.table() + " where true"
}

// sought reads a page of what a filter seeks.
func (l Listing[T]) sought(ctx context.Context, q Querier, f *Filter, w way) (events.Page[T], error) {
	rest, limit := f.late.String()+f.first, w.limited(f)
	sorted := w.order("coalesce(" + w.by.SQL + ", " + w.by.SQL + ")") // an order that no index has
	if w.by.Spans == "" || w.direction != "desc" {
		f.ages = nil
	}
	for at := f.begin(w.limit + 1); ; {
		sql, args, all := "", f.args, false
		if at.first > 0 {
			sql = l.window(f, w, at.first) + f.sought.String() + rest + w.order(w.by.SQL)
		} else {
			var through string
			through, args, all = f.through(w, at.span)
			sql = l.From + f.all() + f.as(at.by) + rest + through + sorted
		}
		page, err := l.read(ctx, q, l.columns(w)+sql+limit, args, w)
		if err != nil || all || page.NextCursor != "" {
			return page, err
		}
		at = f.next(at, len(page.Items), w.limit+1)
	}
}
