package db

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// class is products that a search finds, of which none is in an earlier class: those of one are listed before those of the next. A class without
// conditions has none.
type class struct {
	found      int // how many of the newest products are in it, or pg.Unknown
	conditions []pg.Condition
}

// wantedSQL reads what was typed: $1 with its quotation marks and dashes; $2 tells whether the last word may go on; $3, whether not all are asked for
// that have it. How many of the newest products have that tells how many have it; how many products there are, and how old, is what Postgres last
// counted.
const wantedSQL = `
	select whole, wanted, closed, in_name, in_text, others_in_name, others_in_text, last_in_name, last_in_text, named, there, many, newest, oldest, ages
	from looked_for($1, $2, $3)`

// inName are the products that have words in their name or SKU; inText, in that or in their description; inTextOnly, in their description alone.
func inName(words string) pg.Condition {
	return pg.Condition{SQL: `product.called @@ ?::tsquery`, Value: words}
}

func inText(words string) pg.Condition {
	return pg.Condition{SQL: `product.words @@ ?::tsquery`, Value: words}
}

func inTextOnly(words string) pg.Condition {
	return pg.Condition{SQL: `product.words @@ ?::tsquery and not product.called @@ ?::tsquery`, Value: words}
}

// halves are how common two parts of what is wanted are by themselves: its last word, if it may go on, and the others.
type halves struct{ others, last int }

// of is a condition for words that may be asked in parts: what only a function is asked, no index is. The others are what is before the last word, "" if
// nothing is.
func (h halves) of(condition func(string) pg.Condition, words, others string) pg.Condition {
	c := condition(words)
	column, _, _ := strings.Cut(c.SQL, " ")
	all, part := `(?::text[])[2]::tsquery`, `(?::text[])[1]::tsquery`
	c.SQL, c.Value = strings.ReplaceAll(c.SQL, `?::tsquery`, all), []string{others, words}
	c.Bare = strings.Replace(c.SQL, column+` @@ `+all, `ts_match_vq(`+column+`, `+all+`)`, 1)
	if others != "" {
		c.Apart = column + ` @@ ` + part + ` and ` + c.Bare
	}
	c.Others, c.Last = h.others, h.last
	return c
}

// search finds products by their words, class by class, the best first. A page that one class does not fill goes on in the next one, so that a
// page costs what is on it, however many products there are: to weigh all that is found would be to read all of it for every page.
type search struct {
	events.ProductFilter
	asked  domain.Search
	typed  string // as the tables keep what something is called as a whole
	wanted string // a tsquery
	closed string // … without its last word, if that may go on
	inName int    // how many of the newest products have it in what they are called
	inText int    // … or in their description
	named  bool   // some product is called so
	there  bool   // some product may have it
	many   int64  // how many products there are
	ages   *pg.Ages

	byName, byText halves

	guessed bool
	meant   []string // tsqueries
}

// newSearch reads what was typed. Nothing is wanted where no word is left of it, or only words that must not be there.
func newSearch(ctx context.Context, s *inbox.Store, f events.ProductFilter) (*search, error) {
	q := &search{ProductFilter: f, asked: domain.SearchFor(f.Text)}
	var newest, oldest *time.Time
	var ages []time.Time
	err := s.Reads.QueryRow(ctx, wantedSQL, q.asked.Words, q.asked.Open, q.narrowed()).Scan(&q.typed, &q.wanted, &q.closed, &q.inName, &q.inText,
		&q.byName.others, &q.byText.others, &q.byName.last, &q.byText.last, &q.named, &q.there, &q.many, &newest, &oldest, &ages)
	if q.asked.Open && q.closed == "" { // it is one word, or may be as common as one
		q.byName.last, q.byText.last = q.inName, q.inText
	}
	q.ages = pg.NewAges(q.many, newest, oldest, ages)
	return q, err
}

// narrowed tells whether others are asked for than all that have the words.
func (q *search) narrowed() bool {
	return q.ProductFilter != events.ProductFilter{Paging: q.Paging, Text: q.Text, Status: q.Status}
}

// classes are where is looked first: unless somebody wants an order of their own, at what is called as was typed, at what has the words in its name
// or SKU, at what has them in its description.
func (q *search) classes() []class {
	inTexts := q.inText - q.inName
	switch {
	case q.Sort != "":
		found := pg.Unknown // the newest tell little of the first in another order
		if q.inText == 0 {
			found = 0
		}
		return []class{{found, []pg.Condition{q.byText.of(inText, q.wanted, q.closed)}}}
	case q.asked.Plain:
		so, called := "'"+q.typed+"'", class{}
		if q.named || q.Cursor != "" { // or some was, on a page before
			called.conditions = []pg.Condition{inName(so)}
		}
		inNames := q.byName.of(inName, q.wanted+" & !"+so, q.closed)
		return []class{called, {q.inName, []pg.Condition{inNames}}, {inTexts, []pg.Condition{q.byText.of(inTextOnly, q.wanted, q.closed)}}}
	} // what must not be there must not be in the description either
	return []class{{q.inName, []pg.Condition{inText(q.wanted), inName(q.wanted)}}, {inTexts, []pg.Condition{inTextOnly(q.wanted)}}}
}

// group is classes that belong together: those of what was typed, and after them those of each guess at what may have been meant. There are none
// after the last guess.
func (q *search) group(ctx context.Context, s *inbox.Store, i int) ([]class, error) {
	if i == 0 {
		if !q.there && q.Cursor == "" && q.Sort == "" { // else a list says whether it knows them
			return []class{{}}, nil
		}
		return q.classes(), nil
	}
	if !q.guessed {
		var err error
		if q.meant, err = q.guess(ctx, s); err != nil {
			return nil, err
		}
		q.guessed = true
	}
	switch {
	case i > len(q.meant):
		return nil, nil
	case q.Sort != "":
		return []class{{pg.Unknown, []pg.Condition{inText(q.meant[i-1])}}}, nil
	}
	return []class{{pg.Unknown, []pg.Condition{inName(q.meant[i-1])}}, {pg.Unknown, []pg.Condition{inTextOnly(q.meant[i-1])}}}, nil
}

// mostClasses is how many classes a group has at most.
const mostClasses = 3

// smallShop is how many products can be read and sorted as quickly as a part of them is looked at.
const smallShop = 2000

// together is a group's classes as one: what is in any of them, and what is in each but the last one; false: there may be too many to sort all.
func (q *search) together(i int) (all pg.Condition, ranks []pg.Condition, few bool) {
	number := q.inText == 0 && strings.ContainsFunc(q.wanted, unicode.IsNumber) // one among many
	few = q.Cursor == "" && q.Sort == "" && (i == 0 && (pg.Few(q.inText, q.many) || number) || q.many <= smallShop)
	switch {
	case i > 0:
		meant := q.meant[i-1]
		return inText(meant), []pg.Condition{inName(meant)}, few
	case !q.asked.Plain:
		return inText(q.wanted), []pg.Condition{inName(q.wanted)}, few
	}
	so := "'" + q.typed + "'"
	others := ""
	if q.closed != "" {
		others = "(" + q.closed + ") | " + so
	}
	all = q.byText.of(inText, "("+q.wanted+") | "+so, others)
	return all, []pg.Condition{inName(so), inName(q.wanted)}, few
}

// seek narrows what is asked for to one of some classes of so many products; false: there is nothing in it. A product's family may have others in
// the rest of them.
func (q *search) seek(f *pg.Filter, classes []class, turn int) bool {
	f.Aged(q.ages, q.narrowed())
	for i, c := range classes {
		if i != turn && len(c.conditions) > 0 {
			f.Elsewhere(i < turn, c.conditions...)
		}
	}
	for _, condition := range classes[turn].conditions {
		f.Seek(condition, classes[turn].found, q.many)
	}
	return len(classes[turn].conditions) > 0
}

// searched reads a page of what is found, one after the other of some classes by read. A guess is looked for when nothing at all is found of what
// is nearer. Few, unless it is nil, reads the first page of a whole group at once.
func searched[T any](ctx context.Context, s *inbox.Store, q *search, few func(int, pg.Condition, []pg.Condition) (events.Page[T], error),
	read func([]class, int, events.Paging) (events.Page[T], error),
) (events.Page[T], error) {
	if q.wanted == "" {
		return events.Page[T]{Items: []T{}}, nil
	}
	for i := max(pg.Turn(q.Cursor), 0) / mostClasses; ; i++ {
		classes, err := q.group(ctx, s, i)
		if err != nil {
			return events.Page[T]{}, err
		}
		first := i * mostClasses
		if few != nil && len(classes) > 0 {
			if all, ranks, ok := q.together(i); ok && len(classes) > 1 {
				page, err := few(first, all, ranks)
				if err != nil || len(page.Items) > 0 {
					return page, err
				}
				continue
			}
		}
		page, err := pg.InTurn(q.Paging, first, first+len(classes), func(turn int, p events.Paging) (events.Page[T], error) {
			return read(classes, turn-first, p)
		})
		if err != nil || len(page.Items) > 0 || q.Cursor != "" || len(classes) == 0 {
			return page, err
		}
	}
}
