package db

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// listing is a list that is read page by page. Pages follow a position in the order (keyset), so that rows added meanwhile
// neither repeat nor hide others.
type listing[T any] struct {
	columns string            // what scan reads
	from    string            // … where …, up to where conditions can be added
	id      string            // the column that breaks ties, a uuid; qualified by its table, as are the orders
	orders  map[string]column // by the sort's name
	usual   string            // the sort when none is asked for
	scan    func(pgx.CollectableRow) (T, error)
}

// column is something a list can be sorted by.
type column struct {
	sql string
	as  string // its type
}

// filter collects conditions with their parameters. A condition is a constant text with one ? for its parameter.
type filter struct {
	sql  strings.Builder
	args []any
}

func (f *filter) and(condition string, value any) {
	f.args = append(f.args, value)
	f.sql.WriteString(" and " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(f.args))))
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
		return c, events.Invalid(events.FieldError{Location: "query.cursor", Message: "not a cursor of this list in this order"})
	}
	return c, nil
}

// page reads one page. Errors: *Problem 422 for an unknown sort or a foreign cursor.
func (l listing[T]) page(ctx context.Context, q querier, p events.Paging, f *filter) (events.Page[T], error) {
	page := events.Page[T]{Items: []T{}}
	name, descending := strings.CutPrefix(orElse(p.Sort, l.usual), "-")
	by, known := l.orders[name]
	if !known {
		return page, events.Invalid(events.FieldError{Location: "query.sort", Message: "unknown; sort by " + strings.Join(l.names(), ", ") + "; with - before one, descending"})
	}
	direction, beyond := "asc", ">"
	if descending {
		direction, beyond = "desc", "<"
	}
	if p.Cursor != "" {
		at, err := parseCursor(p.Cursor, orElse(p.Sort, l.usual))
		if err != nil {
			return page, err
		}
		f.args = append(f.args, at.Key, at.ID)
		n := len(f.args)
		fmt.Fprintf(&f.sql, " and (%s, %s) %s ($%d::text::%s, $%d::uuid)", by.sql, l.id, beyond, n-1, by.as, n)
	}
	limit := p.Limit
	if limit < 1 {
		limit = 20
	}
	f.args = append(f.args, limit+1)
	sql := fmt.Sprintf("select %s, (%s)::text, %s::text from %s%s order by %s %s, %s %s limit $%d",
		l.columns, by.sql, l.id, l.from, f.sql.String(), by.sql, direction, l.id, direction, len(f.args))
	return l.read(ctx, q, sql, f.args, limit, orElse(p.Sort, l.usual))
}

func (l listing[T]) read(ctx context.Context, q querier, sql string, args []any, limit int, sort string) (events.Page[T], error) {
	page := events.Page[T]{Items: []T{}}
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	last := cursor{Sort: sort}
	for rows.Next() {
		if len(page.Items) == limit {
			page.NextCursor = last.String()
			break
		}
		item, err := l.scan(trailing{rows, []any{&last.Key, &last.ID}})
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, item)
	}
	return page, finished(rows, page.NextCursor != "")
}

// finished is the error of rows that were read to the end, or given up with more to come.
func finished(rows pgx.Rows, more bool) error {
	rows.Close()
	if more {
		return nil
	}
	return rows.Err()
}

func (l listing[T]) names() []string {
	names := make([]string, 0, len(l.orders))
	for name := range l.orders {
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

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
