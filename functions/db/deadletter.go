package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// deadLetter is what could not be delivered, and what was done about it.
var deadLetter = noun{
	Mutations: []inbox.Mutation{
		inbox.Decide(events.RecordDeadLetter, func(c events.Received[events.NewDeadLetter]) inbox.Needs {
			return inbox.Needs{deadLetterByID: {events.DeadLetterID(c.Data.Place)}}
		}, domain.RecordDeadLetter),
		inbox.Decide(events.MarkDeadLetter, func(c events.Received[events.PlacedMark]) inbox.Needs {
			return inbox.Needs{letterMarkByID: {domain.LetterMarkID(c.Data.Place, c.Data.LetterMark)}, deadLetterByID: {events.DeadLetterID(c.Data.Place)}}
		}, domain.MarkDeadLetter),
		inbox.Decide(events.ReplayDeadLetter, func(c events.Received[events.LetterReplay]) inbox.Needs { return letterNeeds(c.Subject) }, domain.ReplayDeadLetter),
		inbox.Decide(events.DiscardDeadLetter, func(c events.Received[events.LetterDiscard]) inbox.Needs { return letterNeeds(c.Subject) }, domain.DiscardDeadLetter,
			domain.Discarding),
	},
	Tables:   []inbox.Table{deadLetterTable, letterMarkTable},
	Queries:  []inbox.Query{inbox.Answer(events.GetDeadLetter, getDeadLetter), inbox.Answer(events.ListDeadLetters, listDeadLetters)},
	Refusals: map[string]*events.Problem{"a dead letter has one row": domain.LetterExists, "a mark of a dead letter has one row": domain.MarkExists},
	Purge: `with old as (delete from dead_letter where id in (select id from dead_letter where at < now() - interval '30 days' order by at limit $1))
		, mended as (` + mendStates + `)
		, marks as (delete from dead_letter_mark where id in (select id from dead_letter_mark where at < now() - interval '30 days' order by at limit $1))
		delete from dead_letter_errand where id in (select id from dead_letter_errand where at < now() - interval '31 days' order by at limit $1)`,
}

// mendStates says how young letters stand whose mark came at the same moment, by another replica: neither transaction has seen the other's.
const mendStates = `
	update dead_letter l set marks_from = l.marks_from
	where l.at > now() - interval '10 minutes' and l.state in ('open', 'hopeless')
		and exists (select from dead_letter_mark m where m.letter_id = l.id and m.kind <> 'claimed' and (l.marks_from is null or m.at >= l.marks_from))`

// letterNeeds is a letter, and what was done about it.
func letterNeeds(id string) inbox.Needs {
	return inbox.Needs{deadLetterByID: {id}, marksOfLetter: {id}}
}

// How letters and marks are found. Whoever adds to the marks of a letter by a command about it holds the lock of the letter.
var (
	deadLetterByID = inbox.ByKey("dead letter", domain.DeadLetters)
	letterMarkByID = inbox.ByKey("mark of a dead letter", domain.DeadLetterMarks)
	marksOfLetter  = inbox.Through("marks of a dead letter")
)

const deadLetterColumns = `
	l.id::text, l.place, l.event_id, l.source, l.type, l.subject, l.sent_at, l.correlation, l.causation, l.traceparent, l.by_type, l.by_id, l.fingerprint, l.seal,
	l.function, l.failed, l.code, l.reason, l.topic, l.bytes, l.data, l.hopeless, l.expires_at, l.at, l.marks_from`

func scanDeadLetter(row pgx.CollectableRow) (domain.DeadLetter, error) { return readDeadLetter(row) }

func readDeadLetter(row pgx.Row, more ...any) (l domain.DeadLetter, err error) {
	var sent, expires, from *time.Time
	err = row.Scan(append([]any{
		&l.ID, &l.Place, &l.EventID, &l.Source, &l.Type, &l.Subject, &sent, &l.Correlation, &l.Causation, &l.Traceparent, &l.By.Type, &l.By.ID, &l.Fingerprint, &l.Seal,
		&l.Function, &l.Failed, &l.Code, &l.Reason, &l.Topic, &l.Bytes, &l.Data, &l.Hopeless, &expires, &l.At, &from,
	}, more...)...)
	l.At, l.SentAt, l.ExpiresAt, l.MarksFrom = l.At.UTC(), orNever(sent), orNever(expires), orNever(from)
	return l, err
}

// orNever is a moment that may be absent.
func orNever(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}

// orNull stores an absent moment as null.
func orNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

var deadLetterTable = inbox.Table{
	Writes: []string{"dead_letter"},
	Take: inbox.Statement{
		SQL: `select ` + deadLetterColumns + ` from dead_letter l where l.id = any($1::uuid[]) order by l.id for no key update`, By: []*inbox.Need{deadLetterByID},
	},
	Load: inbox.Loads(domain.DeadLetters, scanDeadLetter, func(l domain.DeadLetter) string { return l.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(deadLetterSet, domain.DeadLetters.Changes(rows), nil)
	},
}

var deadLetterSet = pg.SetOf("dead_letter", []pg.Column[domain.DeadLetter]{
	pg.Col("id", "uuid", func(l domain.DeadLetter) string { return l.ID }),
	pg.Col("place", "text", func(l domain.DeadLetter) string { return l.Place }),
	pg.Col("event", "uuid", func(l domain.DeadLetter) string { return events.LetterEventID(l.LetterFacts) }),
	pg.Col("event_id", "text", func(l domain.DeadLetter) string { return l.EventID }),
	pg.Col("source", "text", func(l domain.DeadLetter) string { return l.Source }),
	pg.Col("type", "text", func(l domain.DeadLetter) string { return l.Type }),
	pg.Col("subject", "text", func(l domain.DeadLetter) string { return l.Subject }),
	pg.Col("sent_at", "timestamptz", func(l domain.DeadLetter) *time.Time { return orNull(l.SentAt) }),
	pg.Col("correlation", "text", func(l domain.DeadLetter) string { return l.Correlation }),
	pg.Col("causation", "text", func(l domain.DeadLetter) string { return l.Causation }),
	pg.Col("traceparent", "text", func(l domain.DeadLetter) string { return l.Traceparent }),
	pg.Col("by_type", "text", func(l domain.DeadLetter) string { return string(l.By.Type) }),
	pg.Col("by_id", "text", func(l domain.DeadLetter) string { return l.By.ID }),
	pg.Col("fingerprint", "text", func(l domain.DeadLetter) string { return l.Fingerprint }),
	pg.Col("seal", "text", func(l domain.DeadLetter) string { return l.Seal }),
	pg.Col("function", "text", func(l domain.DeadLetter) string { return string(l.Function) }),
	pg.Col("failed", "text", func(l domain.DeadLetter) string { return l.Failed }),
	pg.Col("code", "text", func(l domain.DeadLetter) string { return l.Code }),
	pg.Col("reason", "text", func(l domain.DeadLetter) string { return l.Reason }),
	pg.Col("topic", "text", func(l domain.DeadLetter) string { return l.Topic }),
	pg.Col("bytes", "int", func(l domain.DeadLetter) int64 { return int64(l.Bytes) }),
	pg.Col("data", "text", func(l domain.DeadLetter) string { return l.Data }),
	pg.Col("hopeless", "text", func(l domain.DeadLetter) string { return l.Hopeless }),
	pg.Col("expires_at", "timestamptz", func(l domain.DeadLetter) *time.Time { return orNull(l.ExpiresAt) }),
	pg.Col("at", "timestamptz", func(l domain.DeadLetter) time.Time { return l.At }),
	pg.Col("marks_from", "timestamptz", func(l domain.DeadLetter) *time.Time { return orNull(l.MarksFrom) }),
}, "event", "event_id", "source", "type", "subject", "sent_at", "correlation", "causation", "traceparent", "by_type", "by_id", "fingerprint", "seal",
	"function", "failed", "code", "reason", "topic", "bytes", "data", "hopeless", "expires_at", "at", "marks_from")

var letterMarkTable = inbox.Table{
	Writes: []string{"dead_letter_mark"},
	Read: inbox.Statement{
		SQL: `select m.id::text, m.letter_id::text, m.kind, m.run, m.at, m.by_type, m.by_id, m.reason from dead_letter_mark m
			where m.id = any($1::uuid[]) or m.letter_id = any($2::uuid[])`,
		By: []*inbox.Need{letterMarkByID, marksOfLetter},
	},
	Load: inbox.Loads(domain.DeadLetterMarks, scanLetterMark, func(m domain.DeadLetterMark) string { return m.ID }),
	Save: func(_ inbox.Moment, rows *domain.Rows) []pg.Write {
		return inbox.Saves(letterMarkSet, domain.DeadLetterMarks.Changes(rows), nil)
	},
}

func scanLetterMark(row pgx.CollectableRow) (m domain.DeadLetterMark, err error) {
	err = row.Scan(&m.ID, &m.LetterID, &m.Kind, &m.Run, &m.At, &m.By.Type, &m.By.ID, &m.Reason)
	m.At = m.At.UTC()
	return m, err
}

var letterMarkSet = pg.SetOf("dead_letter_mark", []pg.Column[domain.DeadLetterMark]{
	pg.Col("id", "uuid", func(m domain.DeadLetterMark) string { return m.ID }),
	pg.Col("letter_id", "uuid", func(m domain.DeadLetterMark) string { return m.LetterID }),
	pg.Col("kind", "text", func(m domain.DeadLetterMark) string { return string(m.Kind) }),
	pg.Col("run", "text", func(m domain.DeadLetterMark) string { return m.Run }),
	pg.Col("at", "timestamptz", func(m domain.DeadLetterMark) time.Time { return m.At }),
	pg.Col("by_type", "text", func(m domain.DeadLetterMark) string { return string(m.By.Type) }),
	pg.Col("by_id", "text", func(m domain.DeadLetterMark) string { return m.By.ID }),
	pg.Col("reason", "text", func(m domain.DeadLetterMark) events.Words { return m.Reason }),
})

// marksOf is what was done about a letter, as JSON.
const marksOf = `, (select coalesce(json_agg(json_build_object('kind', m.kind, 'run', m.run, 'at', m.at, 'reason', m.reason,
	'by', json_build_object('type', m.by_type, 'id', m.by_id))), '[]') from dead_letter_mark m where m.letter_id = l.id)`

// scanState reads a letter, and after it what was done about it.
func scanState(row pgx.Row) (events.DeadLetterState, domain.DeadLetter, error) {
	var told []byte
	l, err := readDeadLetter(row, &told)
	if err != nil {
		return events.DeadLetterState{}, l, err
	}
	var marks []events.LetterMark
	err = json.Unmarshal(told, &marks)
	return l.State(marks, time.Now()), l, err
}

// getDeadLetter answers with a letter, and what its event says but what is personal. Error: Problem not_found.
func getDeadLetter(ctx context.Context, s *inbox.Store, e events.Received[events.Lookup]) (events.DeadLetterState, error) {
	return inbox.AtLeast(ctx, s, "deadLetter", e.Data.ID, 0, func() (events.DeadLetterState, int64, error) {
		state, l, err := scanState(s.Reads.QueryRow(ctx, `select `+deadLetterColumns+marksOf+` from dead_letter l where l.id = $1`, e.Data.ID))
		if err == nil && json.Valid([]byte(l.Data)) {
			state.Data = journal.Mask([]byte(l.Data))
		}
		return state, 1, err
	})
}
