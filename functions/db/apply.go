package db

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Apply brings a command to its one outcome: inbox row, mutation and journal entry in one transaction, then the results onto Kafka.
// Nil means committed and published. Errors: events.Poison when it will never be decided, anything else means deliver it again.
func (s *Store) Apply(ctx context.Context, e events.Envelope) error {
	j, err := s.newJob(e)
	if err != nil {
		return events.Poison(err)
	}
	if !s.applying.enter() {
		return errClosing
	}
	defer s.applying.leave()
	s.waiters.running(j.identity())
	defer s.waiters.ran(j.identity())
	select {
	case s.laneOf(j).jobs <- j:
	case <-ctx.Done():
		return fmt.Errorf("wait for a place in the queue: %w", ctx.Err())
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the outcome: %w", ctx.Err())
	}
}

func (s *Store) newJob(e events.Envelope) (*job, error) {
	m, ok := s.mutations[e.Type]
	if !ok {
		return nil, fmt.Errorf("db has no mutation for %s", e.Type)
	}
	work, err := m.prepare(s.keys, e)
	if err != nil {
		return nil, err
	}
	d := m.of.Declaration()
	j := &job{Envelope: e, noun: d.Noun, needs: d.Needs, key: e.ID, fingerprint: fingerprintOf(e), work: work, done: make(chan error, 1)}
	if s.noInbox {
		j.key += "#" + events.NewID()
	}
	return j, nil
}

// setback is what one command did to the transaction it shared: everything is undone, and that command runs alone.
type setback struct {
	job *job
	err error
}

func (s *setback) Error() string { return s.job.Type + " " + s.job.ID + ": " + s.err.Error() }
func (s *setback) Unwrap() error { return s.err }

// open is a transaction in progress.
type open struct {
	store *Store
	tx    Tx
	rows  *domain.Rows // of commands that are decided in memory
}

// together decides all commands in one transaction. Error: *setback names the one in the way, anything else concerns all.
func (s *Store) together(ctx context.Context, jobs []*job) error {
	return s.within(ctx, jobs, func(o *open) error {
		var others []*job
		var pipeline []*job
		for _, j := range jobs {
			settled, err := o.settled(j)
			switch {
			case err != nil:
				return &setback{job: j, err: err}
			case settled:
			case j.work.once != nil && j.work.refused == nil:
				pipeline = append(pipeline, j)
			default:
				others = append(others, j)
			}
		}
		if err := o.pipelined(ctx, pipeline); err != nil {
			return err
		}
		for _, j := range others {
			if err := o.conclude(j, o.perform(ctx, j)); err != nil {
				return err
			}
		}
		return nil
	})
}

// alone decides one command in a transaction of its own, a few times when what fails is transient.
func (s *Store) alone(ctx context.Context, j *job) {
	err := failsafe.With(s.retry).WithContext(ctx).Run(func() error { return s.attempt(ctx, j) })
	if err != nil {
		if last := retrypolicy.AsExceededError(err); last != nil {
			err = fmt.Errorf("tried in vain: %w", last.LastError)
		}
		j.finish(err)
		return
	}
	s.deliver([]*job{j})
}

func newRetry() retrypolicy.RetryPolicy[any] {
	return retrypolicy.NewBuilder[any]().WithMaxAttempts(4).
		WithBackoff(10*time.Millisecond, 200*time.Millisecond).WithJitterFactor(0.5).
		HandleIf(func(_ any, err error) bool { return err != nil && !errors.Is(err, errUnknownOutcome) && transient(err) }).Build()
}

// attempt is the transaction word for word: inbox row, savepoint, mutation, entry, commit.
func (s *Store) attempt(ctx context.Context, j *job) error {
	return s.within(ctx, []*job{j}, func(o *open) error {
		if settled, err := o.settled(j); settled || err != nil {
			return err
		}
		if err := o.command(ctx, "savepoint mutation"); err != nil {
			return err
		}
		err := o.perform(ctx, j)
		o.tx.settle()
		if err == nil {
			return nil
		}
		if transient(err) || o.tx.conn.IsClosed() {
			return tryAgain(err)
		}
		if back := o.command(ctx, "rollback to savepoint mutation"); back != nil {
			return errors.Join(back, err)
		}
		if problem, ok := refusalIn(err); ok {
			return o.answer(j, events.Rejected(j.noun), problem)
		}
		s.log.Error("a mutation failed for good", "type", j.Type, "id", j.ID, "subject", j.Subject, "traceId", events.TraceID(j.Traceparent), "reason", err)
		return o.answer(j, events.Failed(j.noun), failure(j))
	})
}

// settled decides what needs no mutation: decided before, too old, or not allowed.
func (o *open) settled(j *job) (bool, error) {
	if !j.fresh {
		return true, nil
	}
	problem := o.store.accounts.may(j.By, j.account, j.needs)
	if age := o.tx.Now.Sub(j.Time); age > o.store.horizon {
		problem = events.Refuse("expired", "The request is %s old; nothing older than %s is carried out.", age.Round(time.Hour), o.store.horizon)
	}
	if problem == nil {
		return false, nil
	}
	return true, o.answer(j, events.Rejected(j.noun), problem)
}

// conclude turns the end of a mutation that shares its transaction into its outcome. A refusal that left nothing to undo stays;
// everything else has to run alone.
func (o *open) conclude(j *job, err error) error {
	o.tx.settle()
	if err == nil {
		return nil
	}
	problem, ok := errors.AsType[*events.Problem](err)
	if ok && !o.tx.wrote && o.tx.conn.PgConn().TxStatus() == 'T' {
		return o.answer(j, events.Rejected(j.noun), problem)
	}
	return &setback{job: j, err: err}
}

// perform runs a command's mutation and stamps its results. A panic is a permanent error.
func (o *open) perform(ctx context.Context, j *job) (err error) {
	o.tx.wrote, o.tx.Asker = false, j.account
	defer rescue(&err)
	if j.work.refused != nil {
		return j.work.refused
	}
	var messages []events.Outgoing
	if j.work.once != nil {
		messages, err = o.single(ctx, j.work.once(o.tx.Now))
	} else {
		messages, err = j.work.run(ctx, &o.tx)
	}
	if err != nil {
		return err
	}
	return o.stamp(j, messages)
}

func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

func (o *open) command(ctx context.Context, sql string) error {
	_, err := o.tx.conn.Exec(ctx, sql)
	return err
}

// tryAgain makes the loss of a connection a transient error, which its plain text does not tell.
func tryAgain(err error) error {
	if transient(err) {
		return err
	}
	return fmt.Errorf("%w: %w", errConnectionLost, err)
}

var errConnectionLost = errors.New("the connection to Postgres was lost")

// refusalIn finds a refusal in err: one that was said, or a constraint that says it.
func refusalIn(err error) (*events.Problem, bool) {
	if problem, ok := errors.AsType[*events.Problem](err); ok {
		return problem, true
	}
	if unreadable(err) {
		return errUnreadable, true
	}
	if violated, ok := errors.AsType[*pgconn.PgError](err); ok {
		problem, known := refusals[violated.ConstraintName]
		return problem, known
	}
	return nil, false
}
