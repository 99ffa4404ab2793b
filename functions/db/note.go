package db

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// note is what staff note about orders, for each other.
var note = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.AddNote, func(c events.Received[events.NewNote]) inbox.Needs {
			return inbox.Needs{orderReadOnly: {c.Data.OrderID}, noteByID: {c.Subject}}
		}, domain.AddNote, domain.Note),
	},
	Tables:   []inbox.Table{noteTable},
	Queries:  []inbox.Query{inbox.Answer(events.ListNotes, listNotes)},
	Refusals: map[string]*events.Problem{"a note has one row": domain.NoteExists},
}

var noteByID = inbox.ByKey("note", domain.Notes)

const noteColumns = `n.id::text, n.order_id::text, n.at, n.by_type, n.by_id`

var noteTable = inbox.Table{
	Writes: []string{"order_note"},
	Read:   inbox.Statement{SQL: `select ` + noteColumns + `, n.words from order_note n where n.id = any($1::uuid[])`, By: []*inbox.Need{noteByID}},
	Load:   inbox.Loads(domain.Notes, scanNote, func(n events.NoteState) string { return n.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(noteSet, domain.Notes.Changes(rows), nil)
	},
}

var noteSet = pg.SetOf("order_note", []pg.Column[events.NoteState]{
	pg.Col("id", "uuid", func(n events.NoteState) string { return n.ID }),
	pg.Col("order_id", "uuid", func(n events.NoteState) string { return n.OrderID }),
	pg.Col("at", "timestamptz", func(n events.NoteState) time.Time { return n.At }),
	pg.Col("by_type", "text", func(n events.NoteState) string { return string(n.By.Type) }),
	pg.Col("by_id", "text", func(n events.NoteState) string { return n.By.ID }),
	pg.Col("words", "text", func(n events.NoteState) events.Words { return n.Text }),
})

func scanNote(row pgx.CollectableRow) (n events.NoteState, err error) {
	err = row.Scan(&n.ID, &n.OrderID, &n.At, &n.By.Type, &n.By.ID, &n.Text)
	n.At = n.At.UTC()
	return n, err
}

var noteList = pg.Listing[events.NoteState]{
	Columns:     noteColumns + `, ` + wordsOf("n.words", "o"),
	From:        `order_note n join orders o on o.id = n.order_id where true`,
	ID:          "n.id",
	Orders:      map[string]pg.SortColumn{"at": {SQL: "n.at", Type: "timestamptz"}},
	DefaultSort: "at",
	Scan:        scanNote,
}

// listNotes answers with what is noted about an order. Error: Problem not_found.
func listNotes(ctx context.Context, s *inbox.Store, e events.Received[events.NoteFilter]) (events.Page[events.NoteState], error) {
	if uuid.Validate(e.Data.OrderID) != nil {
		return events.Page[events.NoteState]{}, events.NotFound("order", e.Data.OrderID)
	}
	var f pg.Filter
	f.And(`n.order_id = ?`, e.Data.OrderID)
	page, err := noteList.Page(ctx, s.Reads, e.Data.Paging, &f)
	if err == nil && len(page.Items) == 0 {
		_, err = getOrder(ctx, s, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: e.Data.OrderID}})
	}
	return page, err
}
