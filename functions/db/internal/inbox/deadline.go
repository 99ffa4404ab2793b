package inbox

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Due reads, in the sweep's transaction, what a passed deadline of subject says, and when it passes once more unless something has changed
// until then. Error: pgx.ErrNoRows when there is nothing left to say; anything else is tried again by the next sweep.
type Due func(ctx context.Context, tx *pg.Tx, subject string, dueAt time.Time) (message events.Outgoing, again time.Time, err error)

const (
	selectDue = `
		select kind, subject::text, due_at from deadline
		where fired_at is null and due_at <= now() and ($2 = '' or (kind = $2 and subject::text = $3))
		order by due_at limit $1
		for update skip locked`
	setDeadline = `
		insert into deadline (kind, subject, due_at) values ($1, $2, $3)
		on conflict (kind, subject) do update set due_at = excluded.due_at, fired_at = null`
	markFired = `update deadline set fired_at = now() where kind = $1 and subject = $2`
)

// fireDeadlines turns passed deadlines into decisions whose result is the due event, and publishes those like any result. One
// that cannot be fired keeps no other back.
func (s *Store) fireDeadlines(ctx context.Context) error {
	for {
		fired, all, err := s.fireSome(ctx, passed{})
		if err != nil {
			return s.fireEach(ctx)
		}
		if len(fired) > 0 {
			s.relay(fired)
		}
		if all < sweepLimit {
			return nil
		}
	}
}

func (s *Store) fireEach(ctx context.Context) error {
	rows, err := s.Reads.Query(ctx, `select kind, subject::text, due_at from deadline where fired_at is null and due_at <= now() order by due_at limit $1`, sweepLimit)
	if err != nil {
		return err
	}
	due, err := pgx.CollectRows(rows, pgx.RowToStructByPos[passed])
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range due {
		fired, _, err := s.fireSome(ctx, p)
		if errs = append(errs, err); len(fired) > 0 {
			s.relay(fired)
		}
	}
	return errors.Join(errs...)
}

type passed struct {
	Kind    string
	Subject string
	DueAt   time.Time
}

// fireSome fires what is due, or only one of them, in one transaction.
func (s *Store) fireSome(ctx context.Context, only passed) (fired []*job, n int, err error) {
	conn, err := s.Writes.Acquire(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Release()
	err = pgx.BeginFunc(ctx, conn, func(pgx.Tx) error {
		t := &transaction{store: s, tx: pg.Tx{Now: time.Now().UTC().Truncate(time.Microsecond), Conn: conn.Conn()}}
		rows, err := t.tx.Query(ctx, selectDue, sweepLimit, only.Kind, only.Subject)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[passed])
		if err != nil {
			return err
		}
		n = len(all)
		for _, p := range all {
			j, err := t.fire(ctx, p)
			if err != nil {
				return fmt.Errorf("deadline %s of %s: %w", p.Kind, p.Subject, err)
			}
			if j != nil {
				fired = append(fired, j)
			}
		}
		return t.writeEntries(ctx, fired)
	})
	if err != nil {
		return nil, 0, err
	}
	return fired, n, nil
}

func (t *transaction) fire(ctx context.Context, p passed) (*job, error) {
	if err := t.tx.Exec(ctx, markFired, p.Kind, p.Subject); err != nil {
		return nil, err
	}
	says, known := t.store.deadlines[p.Kind]
	if !known {
		return nil, errors.New("nothing is declared for this kind")
	}
	message, again, err := says(ctx, &t.tx, p.Subject, p.DueAt.UTC())
	t.tx.Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !again.IsZero() {
		if err := t.tx.Exec(ctx, setDeadline, p.Kind, p.Subject, again); err != nil {
			return nil, err
		}
	}
	id := events.DeriveID("deadline", p.Kind, p.Subject, strconv.FormatInt(p.DueAt.UnixMicro(), 10))
	by := events.SystemPrincipal(events.DB)
	j := &job{
		Envelope: events.Envelope{Source: events.DB.Source(), ID: id, Type: "deadline." + p.Kind, Subject: p.Subject, Time: p.DueAt.UTC(), Correlation: id, By: by},
		key:      id, fingerprint: id, done: make(chan error, 1), fresh: true, completedAt: t.tx.Now, outcome: journal.Due,
	}
	if err := t.stamp(j, []events.Outgoing{message}); err != nil {
		return nil, err
	}
	err = t.tx.QueryRow(ctx, insertCommands, columnsOf([]*job{j})...).Scan(&j.Source, new(string), &j.number, &j.receivedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil // fired before
	}
	return j, err
}

// deadlineTable is only written: what is due, and what is not to be waited for any longer.
var deadlineTable = Table{Writes: []string{"deadline"}, Save: func(_ Moment, rows *domain.Rows) (all []pg.Write) {
	var set, cleared []domain.Deadline
	for _, c := range domain.Deadlines.Changes(rows) {
		if c.After.At.IsZero() {
			cleared = append(cleared, c.After)
		} else {
			set = append(set, c.After)
		}
	}
	all = pg.Upsert(setDeadlines, deadlineColumns, set)
	if len(cleared) > 0 {
		all = append(all, pg.Write{SQL: clearDeadlines, Args: pg.Lists(deadlineColumns[:2], cleared), Rows: -1}) // none of those that are set
	}
	return all
}}

var deadlineColumns = []pg.Column[domain.Deadline]{
	pg.Col("kind", "text", func(d domain.Deadline) string { return d.Kind }),
	pg.Col("subject", "uuid", func(d domain.Deadline) string { return d.Subject }),
	pg.Col("due_at", "timestamptz", func(d domain.Deadline) time.Time { return d.At }),
}

var (
	setDeadlines = `
		insert into deadline (kind, subject, due_at) select kind, subject, due_at from ` + pg.Unnest(deadlineColumns) + ` order by kind, subject
		on conflict (kind, subject) do update set due_at = excluded.due_at, fired_at = null`
	clearDeadlines = `delete from deadline d using ` + pg.Unnest(deadlineColumns[:2]) + ` where d.kind = c.kind and d.subject = c.subject`
)
