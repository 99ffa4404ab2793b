package db

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

// standing is what a letter of some status is, as its indexes know it; l is the letter.
var standing = map[events.LetterStatus]string{
	"":                     "true",
	events.LetterOpen:      "l.state = 'open' and (l.expires_at is null or l.expires_at > now())",
	events.LetterHopeless:  "(l.state = 'hopeless' or l.state = 'open' and l.expires_at <= now())",
	events.LetterReplayed:  "l.state = 'replayed'",
	events.LetterDiscarded: "l.state = 'discarded'",
}

// deadLetterList is a list of letters of which each stands for its event: no other one of that which passes the filter is newer. It is read in the order
// of an index, so a page costs what a page costs.
var deadLetterList = pg.Listing[events.DeadLetterGroup]{
	Columns:     `l.event::text, l.at`,
	From:        `dead_letter l where true`,
	ID:          "l.event",
	Orders:      map[string]pg.SortColumn{"at": {SQL: "l.at", Type: "timestamptz"}},
	DefaultSort: "-at",
	Scan: func(row pgx.CollectableRow) (g events.DeadLetterGroup, err error) {
		err = row.Scan(&g.ID, &g.At)
		g.At, g.Letters = g.At.UTC(), []events.DeadLetterState{}
		return g, err
	},
}

// ofItsEvent says the same of a letter n of the same event, so that no index is taken but that of an event's letters: where Postgres believes that few letters
// are open, it would look through all that are.
var ofItsEvent = strings.NewReplacer("l.state", "n.state || ''", "l.", "n.")

// letterFilter is what a letter passes that stands for its event.
func letterFilter(q events.DeadLetterFilter) *pg.Filter {
	var f pg.Filter
	passes, known := standing[q.Status]
	if !known {
		passes = "false"
	}
	if q.Function != "" || q.Type != "" {
		passes += ` and (?::text[])[1] in ('', l.function) and starts_with(l.type, (?::text[])[2])`
	}
	// Asked as a truth, Postgres takes every second letter for one; by its id it would take it for one of all, and read all of them.
	f.And(`(?::text[]) is not null and `+passes+` and (
		select n.id = l.id from dead_letter n where n.event = l.event and `+ofItsEvent.Replace(passes)+`
		order by n.at desc, n.id limit 1)`, []string{string(q.Function), q.Type})
	if len(q.Events) > 0 {
		f.And(`l.event = any(?::uuid[])`, q.Events)
	}
	return &f
}

// lettersOf are the newest letters of each event.
const lettersOf = `select ` + deadLetterColumns + marksOf + ` from unnest($1::uuid[]) as of (event)
	cross join lateral (select * from dead_letter d where d.event = of.event order by d.at desc, d.id limit 50) l order by l.at desc, l.id`

// listDeadLetters answers with a page of events, each with its letters.
func listDeadLetters(ctx context.Context, s *inbox.Store, e events.Received[events.DeadLetterFilter]) (events.Page[events.DeadLetterGroup], error) {
	page, err := deadLetterList.Page(ctx, s.Reads, e.Data.Paging, letterFilter(e.Data))
	if err != nil || len(page.Items) == 0 {
		return page, err
	}
	at, ids := map[string]int{}, make([]string, len(page.Items))
	for i, g := range page.Items {
		at[g.ID], ids[i] = i, g.ID
	}
	rows, err := s.Reads.Query(ctx, lettersOf, ids)
	if err != nil {
		return page, err
	}
	letters, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (events.DeadLetterState, error) {
		state, _, err := scanState(row)
		return state, err
	})
	for _, l := range letters {
		g := &page.Items[at[events.LetterEventID(l.LetterFacts)]]
		g.Letters = append(g.Letters, l)
	}
	return page, err
}
