package inbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
)

// What is written down of decisions, one statement a table. A batch's entries have the moment at which its transaction began in common,
// and with it the week of their personal values.
const (
	insertPersonal = `
		insert into journal_personal (key, week, ciphertexts)
		select key, date_trunc('week', $1::timestamptz at time zone 'UTC')::date, ciphertexts::text[] from unnest($2::uuid[], $3::text[]) as p (key, ciphertexts)
		order by key
		on conflict do nothing`
	insertOutbox = `
		insert into outbox (number, received_at) select number, $1 from unnest($2::bigint[]) as o (number)`
)

// written is an entry as the journal's table has it.
type written struct {
	journal.Entry
	packed journal.Packed
}

var journalRows = pg.SetOf("journal", []pg.Column[written]{
	pg.Col("number", "bigint", func(e written) int64 { return e.Number }),
	pg.Col("received_at", "timestamptz", func(e written) time.Time { return e.ReceivedAt }),
	pg.Col("asked_at", "timestamptz", func(e written) time.Time { return e.AskedAt }),
	pg.Col("decided_at", "timestamptz", func(e written) time.Time { return e.DecidedAt }),
	pg.Col("id", "uuid", func(e written) string { return journal.Key(e.ID) }),
	pg.Col("subject", "uuid", func(e written) string { return journal.Key(e.Subject) }),
	pg.Col("correlation", "uuid", func(e written) string { return journal.Key(e.Correlation) }),
	pg.Col("causation", "uuid", written.causation),
	pg.Col("personal", "uuid", func(e written) *string { return pg.OrNull(e.packed.Set()) }),
	pg.Col("source", "text", func(e written) string { return e.Source }),
	pg.Col("type", "text", func(e written) string { return e.Type }),
	pg.Col("asked_by", "text", func(e written) string { return string(e.By.Type) }),
	pg.Col("asked_by_id", "text", func(e written) string { return e.By.ID }),
	pg.Col("outcome", "text", func(e written) string { return string(e.Outcome) }),
	pg.Col("about", "text", written.about).As("c.about::uuid[]"),
	pg.Col("results", "bytea", func(e written) []byte { return append([]byte{}, e.packed.Results...) }), // never null
})

func (e written) causation() *string {
	if e.Causation == "" {
		return nil
	}
	return new(journal.Key(e.Causation))
}

func (e written) about() *string {
	if len(e.packed.About) == 0 {
		return nil
	}
	return new(array(e.packed.About))
}

// entry is a decided command as the journal has it.
func (j *job) entry() journal.Entry {
	e := journal.Entry{
		Number: j.number, ID: j.ID, Source: j.Source, Type: j.Type, Subject: j.Subject, By: j.By, Correlation: j.Correlation, Causation: j.Causation,
		AskedAt: j.Time, ReceivedAt: j.receivedAt, DecidedAt: j.completedAt, Outcome: j.outcome, Results: j.results,
	}
	if e.Outcome == "" {
		e.Outcome = journal.OutcomeOf(j.noun, j.results)
	}
	return e
}

// entriesOf is what is written down of commands that were decided in one transaction.
func entriesOf(jobs []*job) pg.Statements {
	if len(jobs) == 0 {
		return nil
	}
	entries := make([]written, len(jobs))
	var sets, personal []string
	var unpublished []int64
	for i, j := range jobs {
		entries[i] = written{j.entry(), j.packed}
		if set := j.packed.Set(); set != "" {
			sets, personal = append(sets, set), append(personal, array(j.packed.Personal))
		}
		if len(j.results) > 0 {
			unpublished = append(unpublished, j.number)
		}
	}
	writes := journalRows.Insert(entries)
	at := jobs[0].receivedAt
	if len(sets) > 0 { // what is there already is not written again
		writes = append(writes, pg.Write{SQL: insertPersonal, Args: []any{at, sets, personal}, Rows: -1})
	}
	if len(unpublished) > 0 {
		writes = append(writes, pg.Write{SQL: insertOutbox, Args: []any{at, unpublished}, Rows: int64(len(unpublished))})
	}
	return pg.Together(writes)
}

// writeEntries writes down in the transaction what was decided. Error: nothing may be committed.
func (t *transaction) writeEntries(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	entries := entriesOf(jobs)
	entries.Queue(batch)
	answers := t.tx.Conn.SendBatch(ctx, batch)
	return errors.Join(entries.Read(answers), answers.Close())
}

// array writes values that hold nothing but letters, digits and a few signs as Postgres writes a list of them.
func array(values []string) string { return "{" + strings.Join(values, ",") + "}" }
