package pg

import (
	"fmt"
	"slices"
	"strings"
)

// Write is a statement that changes rows, and how many it must change; -1: it does not matter.
type Write struct {
	SQL   string
	Args  []any
	Rows  int64
	Alone bool // it may meet rows that another one of the same transaction writes, and shares no statement with it
}

// AnyRows is a statement that changes however many rows, whichever they are.
func AnyRows(sql string, args ...any) Write {
	return Write{SQL: sql, Args: args, Rows: -1, Alone: true}
}

// Set is how rows in memory are written to their table, however many there are: one statement that inserts, one that updates.
type Set[R any] struct {
	insert, update string
	columns        []Column[R]
	changing       []Column[R]
}

// Column is a column's, and how a row's value for it becomes a parameter: one list for all rows.
type Column[R any] struct {
	Name, Type string
	Values     func([]R) any
	Expression string // of the value, c.name by default
}

// Col is a column of a type of Postgres, with the value of a row for it.
func Col[R, V any](name, kind string, of func(R) V) Column[R] {
	return Column[R]{Name: name, Type: kind, Values: func(rows []R) any {
		values := make([]V, len(rows))
		for i, row := range rows {
			values[i] = of(row)
		}
		return values
	}}
}

// As gives the value in another form.
func (c Column[R]) As(expression string) Column[R] {
	c.Expression = expression
	return c
}

// SetOf is the statements for a table. The first column is the key; changing are the columns that an update writes, the version among
// them if there is one: then the row must have the version it was loaded with.
func SetOf[R any](name string, columns []Column[R], changing ...string) Set[R] {
	s := Set[R]{columns: columns}
	s.insert = fmt.Sprintf("insert into %s (%s) overriding system value select %s from %s order by c.%s",
		name, Names(columns, ""), expressions(columns), Unnest(columns), columns[0].Name)
	for _, c := range columns {
		if slices.Contains(changing, c.Name) {
			s.changing = append(s.changing, c)
		}
	}
	if changing == nil {
		return s
	}
	var assignments []string
	for _, c := range s.changing {
		assignments = append(assignments, c.Name+" = "+c.value())
	}
	from := append([]Column[R]{columns[0]}, s.changing...)
	condition := ""
	if slices.Contains(changing, "version") {
		from = append(from, Column[R]{Name: "was", Type: "bigint"})
		condition = " and t.version = c.was"
	}
	s.update = fmt.Sprintf("update %s t set %s from %s where t.%s = c.%s%s", name, strings.Join(assignments, ", "), Unnest(from), columns[0].Name, columns[0].Name, condition)
	return s
}

func (c Column[R]) value() string {
	if c.Expression != "" {
		return c.Expression
	}
	return "c." + c.Name
}

// Names lists columns, each with a prefix.
func Names[R any](columns []Column[R], prefix string) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = prefix + c.Name
	}
	return strings.Join(all, ", ")
}

func expressions[R any](columns []Column[R]) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.value()
	}
	return strings.Join(all, ", ")
}

// Unnest is lists side by side as rows of c.
func Unnest[R any](columns []Column[R]) string {
	lists := make([]string, len(columns))
	for i, c := range columns {
		lists[i] = fmt.Sprintf("$%d::%s[]", i+1, c.Type)
	}
	return fmt.Sprintf("unnest(%s) as c (%s)", strings.Join(lists, ", "), Names(columns, ""))
}

// Lists is the values of rows as the parameters of Unnest.
func Lists[R any](columns []Column[R], rows []R) []any {
	args := make([]any, len(columns))
	for i, c := range columns {
		args[i] = c.Values(rows)
	}
	return args
}

// Insert writes rows that are new.
func (s Set[R]) Insert(rows []R) []Write {
	if len(rows) == 0 {
		return nil
	}
	return []Write{{SQL: s.insert, Args: Lists(s.columns, rows), Rows: int64(len(rows))}}
}

// Upsert writes rows that may be there or not.
func Upsert[R any](sql string, columns []Column[R], rows []R) []Write {
	if len(rows) == 0 {
		return nil
	}
	return []Write{{SQL: sql, Args: Lists(columns, rows), Rows: int64(len(rows))}}
}

// Update writes rows that are there; was is the version of each, where rows have any.
func (s Set[R]) Update(rows []R, was []int64) []Write {
	if len(rows) == 0 {
		return nil
	}
	args := Lists(append([]Column[R]{s.columns[0]}, s.changing...), rows)
	if was != nil {
		args = append(args, was)
	}
	return []Write{{SQL: s.update, Args: args, Rows: int64(len(rows))}}
}

// OrNull stores an absent reference as null.
func OrNull(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
