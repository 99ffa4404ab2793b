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
	insertEntries = `
		insert into journal (number, received_at, asked_at, decided_at, id, subject, correlation, causation, personal, source, type, asked_by, asked_by_id, outcome, about, results)
		select number, received_at, asked_at, decided_at, id, subject, correlation, nullif(causation, '')::uuid, nullif(personal, '')::uuid,
			source, type, asked_by, asked_by_id, outcome, nullif(about, '')::uuid[], results
		from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[],
			$10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bytea[])
			as e (number, received_at, asked_at, decided_at, id, subject, correlation, causation, personal, source, type, asked_by, asked_by_id, outcome, about, results)`
	insertPersonal = `
		insert into journal_personal (key, week, ciphertexts)
		select key, date_trunc('week', $1::timestamptz at time zone 'UTC')::date, ciphertexts::text[] from unnest($2::uuid[], $3::text[]) as p (key, ciphertexts)
		order by key
		on conflict do nothing`
	insertOutbox = `
		insert into outbox (number, received_at) select number, $1 from unnest($2::bigint[]) as o (number)`
)

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
	var e entryColumns
	var sets, personal []string
	var unpublished []int64
	for _, j := range jobs {
		e.add(j.entry(), j.packed)
		if set := j.packed.Set(); set != "" {
			sets, personal = append(sets, set), append(personal, array(j.packed.Personal))
		}
		if len(j.results) > 0 {
			unpublished = append(unpublished, j.number)
		}
	}
	writes := []pg.Write{{SQL: insertEntries, Args: e.args(), Rows: int64(len(jobs))}}
	at := jobs[0].receivedAt
	if len(sets) > 0 { // what is there already is not written again
		writes = append(writes, pg.Write{SQL: insertPersonal, Args: []any{at, sets, personal}, Rows: -1})
	}
	if len(unpublished) > 0 {
		writes = append(writes, pg.Write{SQL: insertOutbox, Args: []any{at, unpublished}, Rows: int64(len(unpublished))})
	}
	return pg.Together(writes)
}

// writeEntries writes down in o what was decided. Error: nothing may be committed.
func (o *transaction) writeEntries(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	entries := entriesOf(jobs)
	entries.Queue(batch)
	answers := o.tx.Conn.SendBatch(ctx, batch)
	return errors.Join(entries.Read(answers), answers.Close())
}

// entryColumns are entries as insertEntries takes them.
type entryColumns struct {
	numbers                             []int64
	received, asked, decided            []time.Time
	ids, subjects, correlations         []string
	causations, personal, about         []string // "" for none
	sources, types, by, byIDs, outcomes []string
	results                             [][]byte
}

func (c *entryColumns) add(e journal.Entry, p journal.Packed) {
	causation, about := "", ""
	if e.Causation != "" {
		causation = journal.Key(e.Causation)
	}
	if len(p.About) > 0 {
		about = array(p.About)
	}
	c.numbers, c.received, c.asked, c.decided = append(c.numbers, e.Number), append(c.received, e.ReceivedAt), append(c.asked, e.AskedAt), append(c.decided, e.DecidedAt)
	c.ids, c.subjects, c.correlations = append(c.ids, journal.Key(e.ID)), append(c.subjects, journal.Key(e.Subject)), append(c.correlations, journal.Key(e.Correlation))
	c.causations, c.personal, c.about = append(c.causations, causation), append(c.personal, p.Set()), append(c.about, about)
	c.sources, c.types, c.outcomes = append(c.sources, e.Source), append(c.types, e.Type), append(c.outcomes, string(e.Outcome))
	c.by, c.byIDs = append(c.by, string(e.By.Type)), append(c.byIDs, e.By.ID)
	c.results = append(c.results, append([]byte{}, p.Results...)) // never null
}

func (c *entryColumns) args() []any {
	return []any{
		c.numbers, c.received, c.asked, c.decided, c.ids, c.subjects, c.correlations, c.causations, c.personal,
		c.sources, c.types, c.by, c.byIDs, c.outcomes, c.about, c.results,
	}
}

// array writes values that hold nothing but letters, digits and a few signs as Postgres writes a list of them.
func array(values []string) string { return "{" + strings.Join(values, ",") + "}" }
