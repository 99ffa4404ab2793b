package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/journal"
)

// journalList never reads what is personal: it does not leave db.
var journalList = listing[events.JournalEntry]{
	columns: journal.Masked,
	from:    `journal j where true`,
	id:      `j.id`,
	orders:  map[string]column{"number": {`j.number`, "bigint"}},
	usual:   "-number",
	scan:    scanEntry,
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

// listJournal answers with a page of what was decided.
func (s *Store) listJournal(ctx context.Context, e events.Received[events.JournalFilter]) (events.Page[events.JournalEntry], error) {
	var f filter
	q := e.Data
	if q.Subject != "" {
		f.and(`(j.subject = ?::uuid or j.about @> array[?::uuid])`, journal.Key(q.Subject))
	}
	if q.Correlation != "" {
		f.and(`j.correlation = ?::uuid`, journal.Key(q.Correlation))
	}
	if q.Type != "" {
		f.and(`j.type = ?`, q.Type)
	}
	if q.By != "" {
		f.and(`j.asked_by_id = ?`, q.By)
	}
	if !q.After.IsZero() {
		f.and(`j.received_at >= ?`, q.After)
	}
	return journalList.page(ctx, s.reads, q.Paging, &f)
}
