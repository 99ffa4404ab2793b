package pg

import (
	"context"
	"strconv"

	"github.com/onlinemart/mart/events"
)

// windows are how many rows, the first in a list's order, are looked at one by one for what is sought, before all that is sought is read and sorted:
// what one in a hundred is, is found among a few at once; what is rarer is quickly read. Postgres chooses by what it believes of how many there
// are, and what it believes of two words, or of the beginning of one, may be a thousand times off.
var windows = []int{300, 4000}

// Seek adds a condition that an index answers without any order, such as that there are some words in a text. Rare tells that there are few.
func (f *Filter) Seek(c Condition, rare bool) {
	f.sought.WriteString(" and " + f.with(c.SQL, c.Value))
	f.rare = f.rare || rare
}

// sought reads a page of what a filter seeks.
func (l Listing[T]) sought(ctx context.Context, q Querier, f *Filter, w way) (events.Page[T], error) {
	table := l.table()
	for _, n := range windows {
		if f.rare {
			break
		}
		within := "(select " + table + ".* from " + l.From + f.sql.String() + w.order(w.by.SQL) + " limit " + strconv.Itoa(n) + ") as " + table + " where true"
		page, err := l.read(ctx, q, l.columns(w)+within+f.sought.String()+f.first+w.order(w.by.SQL)+w.limited(f), f.args, w)
		if err != nil || page.NextCursor != "" {
			return page, err
		}
		if len(page.Items) == 0 {
			break
		}
	}
	sorted := w.order("coalesce(" + w.by.SQL + ", " + w.by.SQL + ")") // an order that no index has
	return l.read(ctx, q, l.columns(w)+l.From+f.sql.String()+f.sought.String()+f.first+sorted+w.limited(f), f.args, w)
}
