package pg

import (
	"strconv"
	"strings"

	"github.com/onlinemart/mart/events"
)

// afterTurn stands between the number of a list and the position in it, where several are read in turn.
const afterTurn = "~"

// Turn is which of several lists a cursor is in: the first one where there is no cursor, -1 where it cannot be read.
func Turn(cursor string) int {
	if cursor == "" {
		return 0
	}
	turn, _, _ := strings.Cut(cursor, afterTurn)
	if n, err := strconv.Atoi(turn); err == nil && n >= 0 {
		return n
	}
	return -1
}

// InTurn reads a page of lists that follow one another, of which none repeats what is in another: those from first up to end, unless a cursor
// says where to go on. A page that one does not fill goes on in the next. Errors: those of read; Problem 422 for a foreign cursor.
func InTurn[T any](p events.Paging, first, end int, read func(turn int, p events.Paging) (events.Page[T], error)) (events.Page[T], error) {
	page := events.Page[T]{Items: []T{}}
	turn, within := first, ""
	if p.Cursor != "" {
		var ours bool
		_, within, ours = strings.Cut(p.Cursor, afterTurn)
		if turn = Turn(p.Cursor); !ours || turn < first || turn >= end {
			return page, foreignCursor
		}
	}
	limit := sizeOf(p)
	for ; turn < end; turn++ {
		left := limit - len(page.Items)
		part, err := read(turn, events.Paging{Limit: max(left, 1), Cursor: within, Sort: p.Sort})
		switch {
		case err != nil:
			return page, err
		case left == 0 && len(part.Items) > 0: // it is full, and this one is where there is more
			page.NextCursor = strconv.Itoa(turn) + afterTurn
			return page, nil
		}
		page.Items, within = append(page.Items, part.Items...), ""
		if part.NextCursor != "" {
			page.NextCursor = strconv.Itoa(turn) + afterTurn + part.NextCursor
			return page, nil
		}
	}
	return page, nil
}

// ofKind stands between the name of a kind of list and the position in it.
const ofKind = "."

// Of reads a page of a list whose cursors name its kind, so that one of another kind is none of its. Errors: those of read; Problem 422 for a foreign
// cursor.
func Of[T any](kind string, p events.Paging, read func(p events.Paging) (events.Page[T], error)) (events.Page[T], error) {
	if p.Cursor != "" {
		of, within, _ := strings.Cut(p.Cursor, ofKind)
		if p.Cursor = within; of != kind || within == "" {
			return events.Page[T]{Items: []T{}}, foreignCursor
		}
	}
	page, err := read(p)
	if page.NextCursor != "" {
		page.NextCursor = kind + ofKind + page.NextCursor
	}
	return page, err
}
