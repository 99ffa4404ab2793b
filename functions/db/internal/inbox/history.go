package inbox

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
)

// journalList never reads what is personal: it does not leave db.
var journalList = pg.Listing[events.JournalEntry]{
	Columns:     journal.Masked,
	From:        `journal j where true`,
	ID:          `j.id`,
	Orders:      map[string]pg.SortColumn{"number": {SQL: `j.number`, Type: "bigint"}},
	DefaultSort: "-number",
	Scan:        scanEntry,
}

func scanEntry(row pgx.CollectableRow) (events.JournalEntry, error) {
	e, err := journal.Read(row)
	if err != nil {
		return events.JournalEntry{}, err
	}
	results := make([]events.JournalResult, len(e.Results))
	for i, r := range e.Results {
		results[i] = events.JournalResult{ID: r.ID, Type: r.Type, Subject: r.Subject, Data: r.Data}
	}
	return events.JournalEntry{
		Number: e.Number, ID: e.ID, Source: e.Source, Type: e.Type, Subject: e.Subject, By: e.By, Correlation: e.Correlation, Causation: e.Causation,
		AskedAt: e.AskedAt, ReceivedAt: e.ReceivedAt, DecidedAt: e.DecidedAt, Outcome: string(e.Outcome), Results: results,
	}, nil
}

// ListJournal answers with a page of what was decided.
func ListJournal(ctx context.Context, s *Store, e events.Received[events.JournalFilter]) (events.Page[events.JournalEntry], error) {
	var f pg.Filter
	q := e.Data
	if q.Subject != "" {
		f.And(`(j.subject = ?::uuid or j.about @> array[?::uuid])`, journal.Key(q.Subject))
	}
	if q.Correlation != "" {
		f.And(`j.correlation = ?::uuid`, journal.Key(q.Correlation))
	}
	if q.Type != "" {
		f.And(`j.type = ?`, q.Type)
	}
	if q.By != "" {
		f.And(`j.asked_by_id = ?`, q.By)
	}
	if !q.After.IsZero() {
		f.And(`j.received_at >= ?`, q.After)
	}
	return journalList.Page(ctx, s.Reads, q.Paging, &f)
}
