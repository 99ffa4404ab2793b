package db

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

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
	case s.queueOf(j).jobs <- j:
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

// open is a transaction in progress.
type open struct {
	store *Store
	tx    Tx
	rows  *domain.Rows // what the commands are decided on
}

func newRetry() retrypolicy.RetryPolicy[any] {
	return retrypolicy.NewBuilder[any]().WithMaxAttempts(4).
		WithBackoff(10*time.Millisecond, 200*time.Millisecond).WithJitterFactor(0.5).
		HandleIf(func(_ any, err error) bool { return err != nil && !errors.Is(err, errUnknownOutcome) && transient(err) }).Build()
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

func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
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
