// Package inbox is db's engine: it brings every command to its one outcome, and knows no noun. It is given a list of them (noun.go).
//
// A command is one transaction: inbox row, mutation and journal entry together (apply.go, queue.go, inbox.go, entries.go). What waits at the
// same time shares one: it is loaded, decided in memory, and saved, table by table (batch.go, table.go). Results are published after the
// commit (outbox.go) and, should that fail, by the sweep (sweep.go), as the outbox says. Whoever awaits an outcome is woken here (await.go)
// and at the other replicas (replicas.go).
package inbox

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
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/db/journal"
)

// identity is what a command is known by.
type identity struct{ source, id string }

func (j *job) identity() identity { return identity{j.Source, j.key} }

// stored is the identity as it is in a table.
func (i identity) stored() identity { return identity{i.source, journal.Key(i.id)} }

// position is where a command's entry is in the journal.
type position struct {
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

// Fingerprint is what was asked, in short: what the sender said of it, else a digest of type, subject and data.
func Fingerprint(e events.Envelope) string {
	if e.Fingerprint != "" {
		return e.Fingerprint
	}
	h := sha256.New()
	for _, part := range []string{e.Type, e.Subject, string(e.Data)} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// inTransaction runs work between the inbox rows of jobs and their entries in the journal, in one transaction on one connection. What was decided
// before is read instead. Error: nothing was committed, or errUnknownOutcome.
func (s *Store) inTransaction(ctx context.Context, jobs []*job, work func(*transaction) error) (err error) {
	conn, err := s.Writes.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer conn.Release()
	defer func() {
		if err != nil && conn.Conn().IsClosed() && !errors.Is(err, errUnknownOutcome) {
			err = pg.AsTransient(err)
		}
		if err != nil {
			rollBack(conn)
		}
	}()
	began, spans := time.Now(), s.spansOf(jobs)
	defer func() { spans.end(err) }()
	t := &transaction{store: s, tx: pg.Tx{Now: s.Now().UTC().Truncate(time.Microsecond), Conn: conn.Conn()}}
	if err := t.begin(ctx, jobs); err != nil {
		return err
	}
	if err := s.FailAt.reach(AfterInsert); err != nil {
		return err
	}
	if err := work(t); err != nil {
		return err
	}
	if err := s.FailAt.reach(BeforeCommit); err != nil {
		return err
	}
	if err := t.commit(ctx, jobs); err != nil {
		return err
	}
	took := time.Since(began)
	s.metrics.committed(jobs, took)
	s.tally(t.rows)
	s.logDecided(ctx, jobs, took)
	return s.FailAt.reach(AfterCommit)
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
func (t *transaction) begin(ctx context.Context, jobs []*job) error {
	batch := &pgx.Batch{}
	batch.Queue("begin")
	batch.Queue(insertCommands, columnsOf(jobs)...)
	asked := t.store.Accounts.queue(batch, jobs)
	loads := t.queueLoads(batch, jobs)
	answers := t.tx.Conn.SendBatch(ctx, batch)
	inserted, found, err := t.readBegin(answers, asked)
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
		j.position, j.fresh = inserted[j.identity().stored()]
		j.account, j.over = found.accounts[j.By], j.fresh && t.store.Accounts.over(found, j.Envelope)
		j.results, j.packed, j.code, j.reused, j.forgotten = nil, journal.Packed{}, "", nil, false
		if !j.fresh {
			known = append(known, j)
		}
	}
	return t.loadOutcomes(ctx, known)
}

func (t *transaction) readBegin(answers pgx.BatchResults, asked bool) (map[identity]position, standings, error) {
	var none standings
	if _, err := answers.Exec(); err != nil {
		return nil, none, err
	}
	rows, err := answers.Query()
	if err != nil {
		return nil, none, err
	}
	inserted := map[identity]position{}
	var key identity
	var at position
	if _, err := pgx.ForEachRow(rows, []any{&key.source, &key.id, &at.number, &at.receivedAt}, func() error { inserted[key] = at; return nil }); err != nil || !asked {
		return inserted, none, err
	}
	if rows, err = answers.Query(); err != nil {
		return nil, none, err
	}
	found, err := t.store.Accounts.read(rows)
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

// loadOutcomes reads the outcomes of commands that were decided before. The same id for another request is refused for good, and
// never given the other's answer.
func (t *transaction) loadOutcomes(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	keys := make([]identity, len(jobs))
	for i, j := range jobs {
		keys[i] = j.identity()
	}
	decided, err := readDecisions(ctx, t.tx.Conn, keys)
	if err != nil {
		return fmt.Errorf("read earlier outcomes: %w", err)
	}
	for _, j := range jobs {
		d, ok := decided[j.identity()]
		switch {
		case !ok:
			return fmt.Errorf("%w: the earlier outcome of %s has just gone", pg.ErrConnectionLost, j.ID)
		case !events.SameFingerprint(d.fingerprint, j.fingerprint):
			j.reused = t.store.idReused(j)
		default:
			j.results, j.position, j.completedAt, j.forgotten = d.results, d.position, d.completedAt, d.forgotten
			j.Subject = d.subject // a request that comes again has made up another id for what it wants
		}
	}
	return nil
}

// idReused is what becomes of a command whose id has decided another request: nothing. Two requests of a person with one
// Idempotency-Key, at the same moment, are the client's mistake, of which it is told when it awaits the outcome. Within the mart an id
// follows from the content, and such a thing is a fault that somebody must look at.
func (s *Store) idReused(j *job) error {
	if j.By.Type == events.System {
		return events.Poison(fmt.Errorf("the id %s was used before, for another request", j.ID))
	}
	s.Log.Info("a command is left out: its id was used before, for another request", "type", j.Type, "id", j.ID, "traceId", bus.TraceID(j.Traceparent))
	return errLeftOut
}

// errLeftOut means that the command is done with, but not decided.
var errLeftOut = errors.New("left out")

// commit saves what was decided, writes it down and commits: one round trip.
func (t *transaction) commit(ctx context.Context, jobs []*job) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	var fresh []*job
	for _, j := range jobs {
		if j.fresh {
			j.completedAt = now
			fresh = append(fresh, j)
		}
	}
	batch := &pgx.Batch{}
	saves, entries := t.saves(), entriesOf(fresh)
	saves.Queue(batch)
	entries.Queue(batch)
	batch.Queue("commit")
	answers := t.tx.Conn.SendBatch(ctx, batch)
	err := readSaves(answers, saves)
	if err == nil {
		err = readCommit(answers, entries)
	}
	if closed := answers.Close(); err == nil {
		err = closed
	}
	if err == nil {
		return nil
	}
	if t.tx.Conn.IsClosed() || errors.Is(err, pg.ErrOtherRows) { // the commit was sent with it
		return fmt.Errorf("%w: %w", errUnknownOutcome, err)
	}
	return fmt.Errorf("commit: %w", err)
}

func readCommit(answers pgx.BatchResults, entries pg.Statements) error {
	if err := entries.Read(answers); err != nil {
		return err
	}
	tag, err := answers.Exec()
	if err == nil && tag.String() != "COMMIT" {
		return fmt.Errorf("the transaction ended with %s", tag)
	}
	return err
}
