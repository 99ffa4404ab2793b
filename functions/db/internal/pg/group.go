package pg

import (
	"fmt"
	"regexp"
	"strings"
)

// Group makes one row of all that have the same in a column: the first of them in the list's order. A row that has nothing in it stands alone.
type Group struct {
	By  string // the column, qualified by its table
	Sum string // a query of one value that reads from alike: those rows of the group that the list has, on whichever of its pages they were; InOrder is the list's order
}

// InOrder stands in a sum for the order that the list has.
const InOrder = "{in order}"

// Condition is one that rows are sought by, with a ? for its value.
type Condition struct {
	SQL   string
	Value any
	// The same with the words but for the last one asked of an index, or with none; "": there is no such. The last word may go on, and so many rows of the
	// first window have it, and so many the others.
	Apart, Bare  string
	Others, Last int
}

// Elsewhere says what is sought, too, by a list beside this one, before it or behind it: a group may have rows in both, and shows one.
func (f *Filter) Elsewhere(before bool, conditions ...Condition) {
	f.beside = append(f.beside, beside{before, conditions})
}

// beside is what is sought by another list.
type beside struct {
	before     bool
	conditions []Condition
}

// grouped is the list with each group's sum as its last column, when it is one of groups. Of each row it is asked whether it is the first of its
// group, which the index of the column answers: how many rows the list has does not matter to that (with offset 0, that Postgres does not join all
// with all).
func (l Listing[T]) grouped(f *Filter, w way) Listing[T] {
	if l.Group.By == "" {
		return l
	}
	own := regexp.MustCompile(`\b` + l.table() + `\.`)
	alike := func(sql string) string { return own.ReplaceAllLiteralString(sql, "alike.") }
	sought, place := "true"+f.sought.String(), fmt.Sprintf("(%s, %s)", w.by.SQL, l.ID)
	all, earlier := alike(sought), alike(sought+" and "+place)+w.before()+place
	for _, other := range f.beside {
		conditions := " or true"
		for _, c := range other.conditions {
			conditions += " and " + alike(f.with(c.SQL, c.Value))
		}
		all += conditions
		if other.before {
			earlier += conditions
		}
	}
	rows := l.table() + " alike" + strings.TrimPrefix(alike(l.From+f.all()+f.late.String()+" and "+l.Group.By), l.table()) + " = " + l.Group.By
	f.first = " and not exists (select from " + rows + " and (" + earlier + ") offset 0)"
	sum := strings.ReplaceAll(l.Group.Sum, InOrder, alike(fmt.Sprintf("%s %s, %s %s", w.by.SQL, w.direction, l.ID, w.direction)))
	l.Columns += ", (with alike as materialized (select alike.* from " + rows + " and (" + all + ")) " + sum + ")"
	return l
}
