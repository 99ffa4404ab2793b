package pg

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

// Listing is a list that is read page by page. Pages follow a position in the order (keyset), so that rows added meanwhile
// neither repeat nor hide others.
type Listing[T any] struct {
	Columns     string                // what scan reads
	From        string                // … where …, up to where conditions can be added
	ID          string                // the column that breaks ties, a uuid; qualified by its table, as are the orders
	Orders      map[string]SortColumn // by the sort's name
	DefaultSort string                // the sort when none is asked for
	Scan        func(pgx.CollectableRow) (T, error)
	Group       Group // of which a row shows all; none: each row stands for itself
}

// table is what the list is of.
func (l Listing[T]) table() string {
	table, _, _ := strings.Cut(l.From, " ")
	return table
}

// SortColumn is something a list can be sorted by.
type SortColumn struct {
	SQL   string
	Type  string // its type
	Spans string // the spans that a moment lies in, which the index of what is sought knows; none: it does not, or this is no moment
}

// Filter collects conditions with their parameters. A condition is a constant text with one ? for its parameter.
type Filter struct {
	sql, sought, apart, bare, late strings.Builder
	args                           []any

	rare         bool
	seen         int  // how many rows of the first window have what is sought, where that is known
	others, last int  // … and how many what is said before the last word, and the last word
	parts        bool // which can be asked for apart
	many         int64
	aside        []Condition
	ages         *Ages     // of the table's rows, where that is known
	behind       time.Time // the moment behind which a page begins
	narrowed     bool      // what is seen of the first window is narrowed further
	any          string    // a condition of which there are several cases
	each         []string  // the cases
	beside       []beside  // of groups
	first        string    // that a row is the first of its group
	rank         string    // by which rows are in order before all else
}

// And adds a condition and the value of its parameter.
func (f *Filter) And(condition string, value any) {
	f.sql.WriteString(" and " + f.with(condition, value))
}

// with is a condition whose value is a parameter now.
func (f *Filter) with(condition string, value any) string {
	f.args = append(f.args, value)
	return strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(f.args)))
}

// cursor is a position in an order. It is bound to that order.
type cursor struct {
	Sort string `json:"s"`
	Key  string `json:"k"`
	ID   string `json:"i"`
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c) // strings only
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(text, sort string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.Sort != sort || uuid.Validate(c.ID) != nil {
		return c, foreignCursor
	}
	return c, nil
}

// moment is how Postgres writes one.
const moment = "2006-01-02 15:04:05-07"

var foreignCursor = events.Invalid(events.FieldError{Location: "query.cursor", Message: "not a cursor of this list in this order"})

// pageSize is how many items a page has unless somebody says so.
const pageSize = 20

func sizeOf(p events.Paging) int {
	if p.Limit < 1 {
		return pageSize
	}
	return p.Limit
}

// way is how a page is read: in which order, and how many.
type way struct {
	by              SortColumn
	id, sort        string
	direction, then string // and what is behind a position
	rank            string // what goes before that order: the number of the list, of InTurn's
	limit           int
}

func (l Listing[T]) way(p events.Paging) (way, error) {
	w := way{id: l.ID, sort: cmp.Or(p.Sort, l.DefaultSort), direction: "asc", then: ">", limit: sizeOf(p)}
	name, descending := strings.CutPrefix(w.sort, "-")
	if descending {
		w.direction, w.then = "desc", "<"
	}
	by, known := l.Orders[name]
	if !known {
		return w, events.Invalid(events.FieldError{Location: "query.sort", Message: "unknown; sort by " + strings.Join(l.names(), ", ") + "; with - before one, descending; by default " + l.DefaultSort})
	}
	w.by = by
	return w, nil
}

// before compares a row with one behind it.
func (w way) before() string {
	if w.direction == "desc" {
		return " > "
	}
	return " < "
}

func (w way) order(key string) string {
	by := " order by "
	if w.rank != "" {
		by += w.rank + ", "
	}
	return fmt.Sprintf("%s%s %s, %s %s", by, key, w.direction, w.id, w.direction)
}

// limited ends a statement whose last parameter is how many rows it reads.
func (way) limited(f *Filter) string { return " limit $" + strconv.Itoa(len(f.args)) }

func (l Listing[T]) columns(w way) string {
	return fmt.Sprintf("select %s, (%s)::text, %s::text, %s from ", l.Columns, w.by.SQL, l.ID, cmp.Or(w.rank, "0"))
}

// Page reads one page. Errors: *Problem 422 for an unknown sort or a foreign cursor.
func (l Listing[T]) Page(ctx context.Context, q Querier, p events.Paging, f *Filter) (events.Page[T], error) {
	w, err := l.way(p)
	if err != nil {
		return events.Page[T]{Items: []T{}}, err
	}
	w.rank = f.rank
	l = l.grouped(f, w)
	if p.Cursor != "" {
		at, err := w.at(p.Cursor)
		if err != nil {
			return events.Page[T]{Items: []T{}}, err
		}
		f.args = append(f.args, at.Key, at.ID)
		if f.behind, err = time.Parse(moment, at.Key); err != nil {
			f.ages = nil
		}
		n := len(f.args)
		fmt.Fprintf(&f.sql, " and (%s, %s) %s ($%d::text::%s, $%d::uuid)", w.by.SQL, l.ID, w.then, n-1, w.by.Type, n)
	}
	f.args = append(f.args, w.limit+1)
	if f.sought.Len() > 0 {
		return l.sought(ctx, q, f, w)
	}
	return l.read(ctx, q, l.columns(w)+l.From+f.all()+f.late.String()+f.first+w.order(w.by.SQL)+w.limited(f), f.args, w)
}

func (l Listing[T]) read(ctx context.Context, q Querier, sql string, args []any, w way) (events.Page[T], error) {
	page := events.Page[T]{Items: []T{}}
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	last, turn := cursor{Sort: w.sort}, 0
	for rows.Next() {
		if len(page.Items) == w.limit {
			page.NextCursor = w.position(turn, last)
			break
		}
		item, err := l.Scan(trailing{rows, []any{&last.Key, &last.ID, &turn}})
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, item)
	}
	return page, finished(rows, page.NextCursor != "")
}

// position is the cursor of a place; where rows have ranks, that of InTurn's list of this rank.
func (w way) position(turn int, last cursor) string {
	if w.rank == "" {
		return last.String()
	}
	return strconv.Itoa(turn) + afterTurn + last.String()
}

// finished is the error of rows that were read to the end, or given up with more to come.
func finished(rows pgx.Rows, more bool) error {
	rows.Close()
	if more {
		return nil
	}
	return rows.Err()
}

func (l Listing[T]) names() []string {
	names := make([]string, 0, len(l.Orders))
	for name := range l.Orders {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// trailing lets a scan ignore the columns that the page adds at the end.
type trailing struct {
	pgx.Rows
	more []any
}

func (t trailing) Scan(dest ...any) error {
	return t.Rows.Scan(append(slices.Clip(dest), t.more...)...)
}
