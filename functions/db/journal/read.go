package journal

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// Columns are what Scan reads, where j is a row of the journal and p what From joins to it.
const Columns = `
	j.number, j.received_at, j.asked_at, j.decided_at, j.id::text, j.subject::text, j.correlation::text, coalesce(j.causation::text, ''),
	j.source, j.type, j.asked_by, j.asked_by_id, j.outcome, j.about::text[], j.results, p.ciphertexts`

// Masked are the same of the journal as j alone: Scan then puts Hidden in the place of each personal value.
var Masked = strings.Replace(Columns, "p.ciphertexts", "null::text[]", 1)

// From is the journal as j, with what is personal beside it as p.
const From = `
	journal j left join journal_personal p on p.key = j.personal and p.week = date_trunc('week', j.received_at at time zone 'UTC')::date`

// At is the same, of the one entry at o.number and o.received_at, where o is what is named before: joined laterally, the entry is
// looked for in its month alone.
const At = `lateral (select ` + Columns + ` from ` + From + ` where j.number = o.number and j.received_at = o.received_at limit 1) entry`

// Read reads an entry, as Scan does.
func Read(row pgx.CollectableRow) (Entry, error) { return Scan(row) }

// Scan reads an entry with its results, and into more what the columns after Columns say. Error: they cannot be read, or are of a later
// release.
func Scan(row pgx.CollectableRow, more ...any) (e Entry, err error) {
	var about, personal []string
	var results []byte
	err = row.Scan(append([]any{
		&e.Number, &e.ReceivedAt, &e.AskedAt, &e.DecidedAt, &e.ID, &e.Subject, &e.Correlation, &e.Causation,
		&e.Source, &e.Type, &e.By.Type, &e.By.ID, &e.Outcome, &about, &results, &personal,
	}, more...)...)
	if err != nil {
		return e, err
	}
	e.ReceivedAt, e.AskedAt, e.DecidedAt = e.ReceivedAt.UTC(), e.AskedAt.UTC(), e.DecidedAt.UTC()
	return e, e.Unpack(results, about, personal)
}
