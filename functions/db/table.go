package db

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// table is how rows come into memory and out of it again. SQL about them stands here alone.
type table struct {
	lock query // takes their locks, in the order of ids
	read query // reads them, once every lock of the batch is held: a lock that waited has seen nothing of what it waited for
	load func(rows *domain.Rows, answer pgx.Rows) error
	save func(now moment, rows *domain.Rows) []write
}

// query is a statement whose parameters are the keys of needs, each a list. It is asked when any of the keys is wanted.
type query struct {
	sql string
	by  []*need
	and func(now moment) []any // further parameters
}

// need is a way in which rows are found: of which table, and by what.
type need struct {
	name string
	ask  func(rows *domain.Rows, key string) // notes that the row with this very key is looked for; nil: it is found through another
	text bool                                // the keys are no ids
}

// needs is the keys that a command looks for.
type needs map[*need][]string

// need and its table: the row with a key itself, or rows that are found through another.
func byKey[R any](name string, t domain.Table[R]) *need { return &need{name: name, ask: t.Ask} }
func through(name string) *need                         { return &need{name: name} }
func throughText(name string) *need                     { return &need{name: name, text: true} }

// check refuses keys that Postgres could not read.
func (n needs) check() error {
	for need, keys := range n {
		for i, key := range keys {
			if need.text {
				continue
			}
			if uuid.Validate(key) != nil || strings.HasPrefix(key, "urn:") {
				return errUnreadable
			}
			keys[i] = domain.ID(key)
		}
	}
	return nil
}

// add takes in what another command needs.
func (n needs) add(more needs) {
	for need, keys := range more {
		n[need] = append(n[need], keys...)
	}
}

// queue asks the query, unless nothing is wanted of it.
func (q query) queue(b *pgx.Batch, wanted needs, now moment) bool {
	args := make([]any, 0, len(q.by)+1)
	found := false
	for _, by := range q.by {
		keys := wanted[by]
		found = found || len(keys) > 0
		if keys == nil {
			keys = []string{}
		}
		args = append(args, keys)
	}
	if !found {
		return false
	}
	if q.and != nil {
		args = append(args, q.and(now)...)
	}
	b.Queue(q.sql, args...)
	return true
}

// write is a statement that changes rows, and how many it must change; -1: it does not matter.
type write struct {
	sql  string
	args []any
	rows int64
}

// set is how rows in memory are written to their table, however many there are: one statement that inserts, one that updates.
type set[R any] struct {
	insert, update string
	columns        []field[R]
	changing       []field[R]
}

// field is a column's, and how a row's value for it becomes a parameter: one list for all rows.
type field[R any] struct {
	name, kind string
	list       func([]R) any
	expression string // of the value, c.name by default
}

func col[R, V any](name, kind string, of func(R) V) field[R] {
	return field[R]{name: name, kind: kind, list: func(rows []R) any {
		values := make([]V, len(rows))
		for i, row := range rows {
			values[i] = of(row)
		}
		return values
	}}
}

// as gives the value in another form.
func (c field[R]) as(expression string) field[R] {
	c.expression = expression
	return c
}

// setOf is the statements for a table. The first column is the key; changing are the columns that an update writes, the version among
// them if there is one: then the row must have the version it was loaded with.
func setOf[R any](name string, columns []field[R], changing ...string) set[R] {
	s := set[R]{columns: columns}
	s.insert = fmt.Sprintf("insert into %s (%s) overriding system value select %s from %s order by c.%s",
		name, names(columns, ""), expressions(columns), unnest(columns), columns[0].name)
	for _, c := range columns {
		if slices.Contains(changing, c.name) {
			s.changing = append(s.changing, c)
		}
	}
	if changing == nil {
		return s
	}
	var assignments []string
	for _, c := range s.changing {
		assignments = append(assignments, c.name+" = "+c.value())
	}
	from := append([]field[R]{columns[0]}, s.changing...)
	condition := ""
	if slices.Contains(changing, "version") {
		from = append(from, field[R]{name: "was", kind: "bigint"})
		condition = " and t.version = c.was"
	}
	s.update = fmt.Sprintf("update %s t set %s from %s where t.%s = c.%s%s", name, strings.Join(assignments, ", "), unnest(from), columns[0].name, columns[0].name, condition)
	return s
}

func (c field[R]) value() string {
	if c.expression != "" {
		return c.expression
	}
	return "c." + c.name
}

func names[R any](columns []field[R], prefix string) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = prefix + c.name
	}
	return strings.Join(all, ", ")
}

func expressions[R any](columns []field[R]) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.value()
	}
	return strings.Join(all, ", ")
}

// unnest is lists side by side as rows of c.
func unnest[R any](columns []field[R]) string {
	lists := make([]string, len(columns))
	for i, c := range columns {
		lists[i] = fmt.Sprintf("$%d::%s[]", i+1, c.kind)
	}
	return fmt.Sprintf("unnest(%s) as c (%s)", strings.Join(lists, ", "), names(columns, ""))
}

func lists[R any](columns []field[R], rows []R) []any {
	args := make([]any, len(columns))
	for i, c := range columns {
		args[i] = c.list(rows)
	}
	return args
}

// adds writes rows that are new.
func (s set[R]) adds(rows []R) []write {
	if len(rows) == 0 {
		return nil
	}
	return []write{{s.insert, lists(s.columns, rows), int64(len(rows))}}
}

// upserts writes rows that may be there or not.
func upserts[R any](sql string, columns []field[R], rows []R) []write {
	if len(rows) == 0 {
		return nil
	}
	return []write{{sql, lists(columns, rows), int64(len(rows))}}
}

// saves writes the changes of a table's rows: those that were there first, so that what they leave is free for those that are new. version
// is a row's; nil: rows have none.
func (s set[R]) saves(changes []domain.Change[R], version func(R) int64) (all []write) {
	var made, changed []R
	var was []int64
	for _, c := range changes {
		if c.Made {
			made = append(made, c.After)
			continue
		}
		changed = append(changed, c.After)
		if version != nil {
			was = append(was, version(c.Before))
		}
	}
	if len(changed) > 0 {
		args := lists(append([]field[R]{s.columns[0]}, s.changing...), changed)
		if version != nil {
			args = append(args, was)
		}
		all = append(all, write{s.update, args, int64(len(changed))})
	}
	return append(all, s.adds(made)...)
}

// loads reads rows, each under its key.
func loads[R any](t domain.Table[R], scan func(pgx.CollectableRow) (R, error), key func(R) string) func(*domain.Rows, pgx.Rows) error {
	return func(rows *domain.Rows, answer pgx.Rows) error {
		all, err := pgx.CollectRows(answer, scan)
		for _, row := range all {
			t.Load(rows, key(row), row)
		}
		return err
	}
}

// loadsNumbers reads numbers of a sequence.
func loadsNumbers(q domain.Sequence) func(*domain.Rows, pgx.Rows) error {
	return func(rows *domain.Rows, answer pgx.Rows) error {
		all, err := pgx.CollectRows(answer, pgx.RowTo[int64])
		for _, n := range all {
			q.Load(rows, n)
		}
		return err
	}
}
