package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// A batch of commands is decided in two round trips, however many they are: one loads all rows that any of them needs, then each is
// decided in memory, on what those before it have left, and one saves what has changed, table by table.

// Moment is when a batch is decided, and what that depends on beside rows.
type Moment struct {
	At     time.Time
	Limits domain.Limits
}

// batchError is why a batch cannot be committed as a whole: a statement failed while it was loaded or saved, or a command is about more rows than were
// loaded for it. Which command is to blame is found by running them one by one.
type batchError struct{ err error }

func (e *batchError) Error() string { return e.err.Error() }
func (e *batchError) Unwrap() error { return e.err }

// forcedOutcome is what is written down of a command whose decision Postgres refused to save: this, in a second try, which decides nothing.
type forcedOutcome struct {
	message func(noun string) events.Message[events.Rejection]
	problem *events.Problem
}

// commitOrSplit brings every command to its outcome: all in one transaction, and if that cannot be saved, one by one.
func (s *Store) commitOrSplit(ctx context.Context, batch []*job) {
	err := s.commitBatch(ctx, batch)
	switch _, isStatement := errors.AsType[*batchError](err); {
	case err == nil:
		s.relay(batch)
	case errors.Is(err, errSessionOver):
		if rest := s.leaveOut(batch); len(rest) > 0 {
			s.commitOrSplit(ctx, rest)
		}
	case !isStatement: // the connection, the commit: not the doing of any one of them
		s.giveUp(batch, err)
	default:
		for _, j := range batch {
			s.commitOne(ctx, j)
		}
	}
}

// commitOne decides one command in a transaction of its own, a few times when what fails is transient. What Postgres refuses for good
// becomes its outcome: a refusal, where a constraint says one, else a failure.
func (s *Store) commitOne(ctx context.Context, j *job) {
	err := failsafe.With(s.retry).WithContext(ctx).Run(func() error {
		err := s.commitBatch(ctx, []*job{j})
		if _, isStatement := errors.AsType[*batchError](err); !isStatement || pg.Transient(err) {
			return err
		}
		if j.forced = s.forcedBy(j, err); j.forced == nil {
			return err
		}
		return s.commitBatch(ctx, []*job{j})
	})
	if errors.Is(err, errSessionOver) {
		s.leaveOut([]*job{j})
		return
	}
	if err != nil {
		if last := retrypolicy.AsExceededError(err); last != nil {
			err = fmt.Errorf("tried in vain: %w", last.LastError)
		}
		j.finish(err)
		return
	}
	s.relay([]*job{j})
}

func (s *Store) forcedBy(j *job, err error) *forcedOutcome {
	if j.forced != nil {
		return nil // not even this outcome can be saved
	}
	if problem, ok := s.refusalIn(err); ok {
		return &forcedOutcome{events.Rejected, problem}
	}
	s.logFailure(j, err)
	return &forcedOutcome{events.Failed, failure(j)}
}

func (s *Store) logFailure(j *job, err error) {
	s.Log.Error("a mutation failed for good", "type", j.Type, "id", j.ID, "subject", j.Subject, "traceId", bus.TraceID(j.Traceparent), "reason", err)
}

// commitBatch loads, decides and saves. Error: nothing was committed, or errUnknownOutcome; *batchError when a statement is why, errSessionOver when commands must be left out.
func (s *Store) commitBatch(ctx context.Context, batch []*job) error {
	return s.inTransaction(ctx, batch, func(t *transaction) error {
		if slices.ContainsFunc(batch, func(j *job) bool { return j.over }) {
			return errSessionOver
		}
		for _, j := range batch {
			if err := t.decide(j); err != nil {
				return err
			}
		}
		return nil
	})
}

// decide brings a command to its outcome in memory.
func (t *transaction) decide(j *job) error {
	j.account = t.store.Accounts.now(t.rows, j.By, j.account) // a command before it in the batch may have changed who asks
	if settled, err := t.settleWithoutMutation(j); settled || err != nil {
		return err
	}
	if f := j.forced; f != nil {
		return t.recordOutcome(j, f.message(j.noun), f.problem)
	}
	err := t.runMutation(j)
	if err == nil {
		t.rows.Keep()
		return nil
	}
	t.rows.Drop()
	if errors.Is(err, domain.ErrUnloaded) { // not all rows that it is about were locked with this batch: it is loaded by itself
		return &batchError{fmt.Errorf("%w: %w", pg.ErrAgain, err)}
	}
	if problem, ok := t.store.refusalIn(err); ok {
		return t.recordOutcome(j, events.Rejected(j.noun), problem)
	}
	t.store.logFailure(j, err)
	return t.recordOutcome(j, events.Failed(j.noun), failure(j))
}

// runMutation runs a command's decision and stamps its results. A panic is a permanent error.
func (t *transaction) runMutation(j *job) (err error) {
	defer rescue(&err)
	if j.work.refused != nil {
		return j.work.refused
	}
	messages, err := j.work.decide(domain.Case{Rows: t.rows, Now: t.tx.Now, Asker: j.account, Limits: t.store.Limits, Keys: j.work.keys})
	if err != nil {
		return err
	}
	return t.stamp(j, messages)
}

// queueLoads begins with no rows in memory, whatever there were before, and asks for all that the commands need: first those that are locked,
// table by table, then what may be read only once they are. Its result has a function for each statement, which reads that one's answer. Every transaction
// goes through the tables in one order, and through the rows of each in the order of ids, so that there is no deadlock.
func (t *transaction) queueLoads(b *pgx.Batch, jobs []*job) (answers []func(pgx.Rows) error) {
	t.rows = domain.NewRows()
	wanted := Needs{}
	for _, j := range jobs {
		if j.forced == nil && j.work.refused == nil {
			wanted.add(j.work.needs)
		}
	}
	for need, keys := range wanted {
		slices.Sort(keys)
		if need.Ask != nil {
			for _, key := range keys {
				need.Ask(t.rows, key)
			}
		}
	}
	now := t.moment()
	for _, table := range t.store.tables {
		if table.Take.queue(b, wanted, now) {
			answers = append(answers, func(rows pgx.Rows) error {
				return t.rows.Take(func() error { return table.Load(t.rows, rows) })
			})
		}
		if table.Lock.queue(b, wanted, now) {
			answers = append(answers, func(rows pgx.Rows) error { rows.Close(); return rows.Err() })
		}
	}
	for _, table := range t.store.tables {
		if table.Read.queue(b, wanted, now) {
			answers = append(answers, func(rows pgx.Rows) error { return table.Load(t.rows, rows) })
		}
	}
	return answers
}

func (t *transaction) moment() Moment { return Moment{t.tx.Now, t.store.Limits} }

// readLoads takes in what queueLoads has asked for.
func readLoads(results pgx.BatchResults, answers []func(pgx.Rows) error) error {
	for _, load := range answers {
		rows, err := results.Query()
		if err == nil {
			err = load(rows)
		}
		if err != nil {
			return &batchError{fmt.Errorf("load what the commands need: %w", err)}
		}
	}
	return nil
}

// saves is what has changed: one statement for each table, with what belongs to its rows. One for all tables would be shorter to send, but each
// set of tables that a batch may change would make another one, to be planned and kept on every connection.
func (t *transaction) saves() (all pg.Statements) {
	if t.rows == nil {
		return nil
	}
	for _, table := range t.store.tables {
		if table.Save != nil {
			all = append(all, pg.Together(table.Save(t.moment(), t.rows))...)
		}
	}
	return all
}

// readSaves checks that what was saved has been written. Error: a constraint refuses it (another replica was first), or a row is not as it was
// loaded, which its lock makes impossible.
func readSaves(results pgx.BatchResults, saves pg.Statements) error {
	if err := saves.Read(results); err != nil {
		return &batchError{fmt.Errorf("save what was decided: %w", err)}
	}
	return nil
}
