package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/journal"
)

// identity is what a command is known by.
type identity struct{ source, id string }

func (j *job) identity() identity { return identity{j.Source, j.key} }

// stored is the identity as it is in a table.
func (i identity) stored() identity { return identity{i.source, journal.Key(i.id)} }

// spot is where a command's entry is in the journal.
type spot struct {
	number     int64
	receivedAt time.Time
}

// insertCommands gives a command that was not known its number. Keys of the same order everywhere: two replicas that insert the same
// commands wait for each other instead of deadlocking.
const insertCommands = `
	insert into inbox (id, source, fingerprint)
	select id, source, fingerprint from unnest($1::uuid[], $2::text[], $3::text[]) as c (id, source, fingerprint)
	order by id, source
	on conflict do nothing
	returning source, id::text, number, received_at`

// fingerprintOf is what was asked, in short: what the sender said of it, else a digest of type, subject and data.
func fingerprintOf(e events.Envelope) string {
	if e.Fingerprint != "" {
		return e.Fingerprint
	}
	h := sha256.New()
	for _, part := range []string{e.Type, e.Subject, string(e.Data)} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// within runs work between the inbox rows of jobs and their entries in the journal, in one transaction on one connection. What was decided
// before is read instead. Error: nothing was committed, or errUnknownOutcome.
func (s *Store) within(ctx context.Context, jobs []*job, work func(*open) error) (err error) {
	conn, err := s.writes.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer conn.Release()
	defer func() {
		if err != nil && conn.Conn().IsClosed() && !errors.Is(err, errUnknownOutcome) {
			err = tryAgain(err)
		}
		if err != nil {
			rollBack(conn)
		}
	}()
	began, spans := time.Now(), s.spansOf(jobs)
	defer func() { spans.end(err) }()
	o := &open{store: s, tx: Tx{Now: s.now().UTC().Truncate(time.Microsecond), conn: conn.Conn()}}
	if err := o.begin(ctx, jobs); err != nil {
		return err
	}
	if err := s.failAt.reach(afterInsert); err != nil {
		return err
	}
	if err := work(o); err != nil {
		return err
	}
	if err := s.failAt.reach(beforeCommit); err != nil {
		return err
	}
	if err := o.commit(ctx, jobs); err != nil {
		return err
	}
	s.metrics.committed(jobs, time.Since(began))
	return s.failAt.reach(afterCommit)
}

// rollBack leaves the connection clean; one that cannot be is thrown away by the pool.
func rollBack(conn *pgxpool.Conn) {
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		_ = conn.Conn().Close(ctx) // its transaction ends with it
	}
}

// begin opens the transaction, inserts the inbox rows, looks up who asks and loads what the commands need: one round trip.
func (o *open) begin(ctx context.Context, jobs []*job) error {
	batch := &pgx.Batch{}
	batch.Queue("begin")
	batch.Queue(insertCommands, columnsOf(jobs)...)
	asked := o.store.accounts.queue(batch, jobs)
	loads := o.queueLoads(batch, jobs)
	answers := o.tx.conn.SendBatch(ctx, batch)
	inserted, found, err := o.readBegin(answers, asked)
	if err == nil {
		err = readLoads(answers, loads)
	}
	if closed := answers.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	var known []*job
	for _, j := range jobs {
		j.spot, j.fresh = inserted[j.identity().stored()]
		j.account = found[j.By]
		j.results, j.packed, j.refused = nil, journal.Packed{}, nil
		if !j.fresh {
			known = append(known, j)
		}
	}
	return o.recall(ctx, known)
}

func (o *open) readBegin(answers pgx.BatchResults, asked bool) (map[identity]spot, map[events.Principal]Account, error) {
	if _, err := answers.Exec(); err != nil {
		return nil, nil, err
	}
	rows, err := answers.Query()
	if err != nil {
		return nil, nil, err
	}
	inserted := map[identity]spot{}
	var key identity
	var at spot
	if _, err := pgx.ForEachRow(rows, []any{&key.source, &key.id, &at.number, &at.receivedAt}, func() error { inserted[key] = at; return nil }); err != nil || !asked {
		return inserted, nil, err
	}
	if rows, err = answers.Query(); err != nil {
		return nil, nil, err
	}
	found, err := o.store.accounts.read(rows)
	return inserted, found, err
}

func columnsOf(jobs []*job) []any {
	var ids, sources, fingerprints []string
	for _, j := range jobs {
		key := j.identity().stored()
		ids, sources, fingerprints = append(ids, key.id), append(sources, key.source), append(fingerprints, j.fingerprint)
	}
	return []any{ids, sources, fingerprints}
}

// recall reads the outcomes of commands that were decided before. The same id for another request is refused for good, and
// never given the other's answer.
func (o *open) recall(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	keys := make([]identity, len(jobs))
	for i, j := range jobs {
		keys[i] = j.identity()
	}
	decided, err := readDecisions(ctx, o.tx.conn, keys)
	if err != nil {
		return fmt.Errorf("read earlier outcomes: %w", err)
	}
	for _, j := range jobs {
		d, ok := decided[j.identity()]
		switch {
		case !ok:
			return fmt.Errorf("%w: the earlier outcome of %s has just gone", errConnectionLost, j.ID)
		case !events.SameFingerprint(d.fingerprint, j.fingerprint):
			j.refused = o.store.usedBefore(j)
		default:
			j.results, j.spot, j.completedAt = d.results, d.spot, d.completedAt
		}
	}
	return nil
}

// usedBefore is what becomes of a command whose id has decided another request: nothing. Two requests of a person with one
// Idempotency-Key, at the same moment, are the client's mistake, of which it is told when it awaits the outcome. Within the mart an id
// follows from the content, and such a thing is a fault that somebody must look at.
func (s *Store) usedBefore(j *job) error {
	if j.By.Type == events.System {
		return events.Poison(fmt.Errorf("the id %s was used before, for another request", j.ID))
	}
	s.log.Info("a command is left out: its id was used before, for another request", "type", j.Type, "id", j.ID, "traceId", bus.TraceID(j.Traceparent))
	return errLeftOut
}

// errLeftOut means that the command is done with, but not decided.
var errLeftOut = errors.New("left out")

// commit saves what was decided, writes it down and commits: one round trip.
func (o *open) commit(ctx context.Context, jobs []*job) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	var fresh []*job
	for _, j := range jobs {
		if j.fresh {
			j.completedAt = now
			fresh = append(fresh, j)
		}
	}
	batch := &pgx.Batch{}
	writes := o.queueSaves(batch)
	written := queueEntries(batch, fresh)
	batch.Queue("commit")
	answers := o.tx.conn.SendBatch(ctx, batch)
	err := readSaves(answers, writes)
	if err == nil {
		err = readCommit(answers, written)
	}
	if closed := answers.Close(); err == nil {
		err = closed
	}
	if err == nil {
		return nil
	}
	if o.tx.conn.IsClosed() {
		return fmt.Errorf("%w: %w", errUnknownOutcome, err)
	}
	return fmt.Errorf("commit: %w", err)
}

func readCommit(answers pgx.BatchResults, written []rowCount) error {
	if err := checkAll(answers, written); err != nil {
		return err
	}
	tag, err := answers.Exec()
	if err == nil && tag.String() != "COMMIT" {
		return fmt.Errorf("the transaction ended with %s", tag)
	}
	return err
}
