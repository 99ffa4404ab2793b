package inbox

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// What a test does with a store that production has no use for. Nothing outside of functions/db can reach it.

// Together decides commands as one batch, as if they had waited at the same moment, and gives the error of each. Error: one cannot be read.
func (s *Store) Together(commands ...events.Envelope) ([]error, error) {
	jobs := make([]*job, len(commands))
	for i, e := range commands {
		var err error
		if jobs[i], err = s.newJob(context.Background(), e); err != nil {
			return nil, err
		}
	}
	s.runBatch((&queue{store: s}).dedupe(jobs))
	errs := make([]error, len(jobs))
	for i, j := range jobs {
		errs[i] = <-j.done
	}
	return errs, nil
}

// Decide decides a command in memory, at a moment, on rows among which are the askers' accounts, and gives its results.
func (s *Store) Decide(e events.Envelope, rows *domain.Rows, now time.Time) ([]events.Envelope, error) {
	j, err := s.newJob(context.Background(), e)
	if err != nil {
		return nil, err
	}
	j.fresh = true
	err = (&transaction{store: s, tx: pg.Tx{Now: now}, rows: rows}).decide(j)
	return j.results, err
}

// Load reads rows as a batch that needs them does.
func (s *Store) Load(ctx context.Context, n Needs) (*domain.Rows, error) {
	conn, err := s.Writes.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	t := &transaction{store: s, tx: pg.Tx{Now: s.Now(), Conn: conn.Conn()}}
	err = t.load(ctx, step{needs: n})
	return t.rows, err
}

// Rehearse decides a command in a transaction that is rolled back. Error: a statement, or a refusal.
func (s *Store) Rehearse(ctx context.Context, e events.Envelope, account domain.Account) error {
	j, err := s.newJob(ctx, e)
	if err != nil {
		return err
	}
	conn, err := s.Writes.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer rollBack(conn)
	if _, err := conn.Exec(ctx, "begin"); err != nil {
		return err
	}
	t := &transaction{store: s, tx: pg.Tx{Now: time.Now().UTC(), Conn: conn.Conn()}}
	if err := t.load(ctx, j.work); err != nil || j.work.refused != nil {
		return cmp.Or(err, j.work.refused)
	}
	if _, err := j.work.decide(domain.Case{Rows: t.rows, Now: t.tx.Now, Asker: account, Limits: s.Limits, Keys: j.work.keys}); err != nil {
		return err
	}
	t.rows.Keep()
	batch, saves := &pgx.Batch{}, t.saves()
	saves.Queue(batch)
	answers := conn.SendBatch(ctx, batch)
	return errors.Join(readSaves(answers, saves), answers.Close())
}

func (t *transaction) load(ctx context.Context, work step) error {
	loads := &pgx.Batch{}
	queued := t.queueLoads(loads, []*job{{work: work}})
	answers := t.tx.Conn.SendBatch(ctx, loads)
	return errors.Join(readLoads(answers, queued), answers.Close())
}

// Decided is what is known of a command by its key, that of its fingerprint included. Error: it cannot be read, or was not decided.
func (s *Store) Decided(ctx context.Context, source, id string) (journal.Entry, error) {
	key := identity{source, id}
	found, err := readDecisions(ctx, s.Reads, []identity{key})
	d, ok := found[key]
	if err == nil && !ok {
		err = events.NotFound("operation", id)
	}
	return journal.Entry{
		Number: d.number, Source: d.source, ID: d.id, Type: d.commandType, Subject: d.subject, By: d.by, Fingerprint: d.fingerprint,
		ReceivedAt: d.receivedAt, DecidedAt: d.completedAt, Results: d.results,
	}, err
}

// Waiting is how many await a command's outcome.
func (s *Store) Waiting(source, id string) int {
	s.waiters.mu.Lock()
	defer s.waiters.mu.Unlock()
	return len(s.waiters.waiting[identity{source, id}])
}

// WaitsForChange tells whether somebody waits for a subject to change.
func (s *Store) WaitsForChange(subject string) bool {
	s.changes.mu.Lock()
	defer s.changes.mu.Unlock()
	return s.changes.waiting[subject] != nil
}

// SeesReplicas looks whether there are others.
func (s *Store) SeesReplicas(ctx context.Context) (bool, error) {
	err := s.replicas.count(ctx)
	return s.replicas.present.Load(), err
}
