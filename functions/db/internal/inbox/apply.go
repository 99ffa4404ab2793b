package inbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Apply brings a command to its one outcome: inbox row, mutation and journal entry in one transaction, then the results onto Kafka.
// Nil means committed and published. Errors: events.Poison when it will never be decided, anything else means deliver it again.
func (s *Store) Apply(ctx context.Context, e events.Envelope) error {
	j, err := s.newJob(ctx, e)
	if err != nil {
		return err
	}
	if !s.applying.enter() {
		return ErrClosing
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

// newJob reads a command. Errors: Poison when it is not readable; anything else means try again.
func (s *Store) newJob(ctx context.Context, e events.Envelope) (*job, error) {
	m, ok := s.mutations[e.Type]
	if !ok {
		return nil, events.Poison(fmt.Errorf("db has no mutation for %s", e.Type))
	}
	work, err := m.prepare(ctx, s.keyring(), e)
	if err != nil {
		return nil, err
	}
	d := m.of.Declaration()
	j := &job{Envelope: e, noun: d.Noun, permission: d.Needs, key: e.ID, fingerprint: Fingerprint(e), work: work, done: make(chan error, 1)}
	if s.Faults.NoInbox {
		j.key += "#" + events.NewID()
	}
	return j, nil
}

// transaction is one in progress.
type transaction struct {
	store *Store
	tx    pg.Tx
	rows  *domain.Rows // what the commands are decided on
}

func newRetry() retrypolicy.RetryPolicy[any] {
	return retrypolicy.NewBuilder[any]().WithMaxAttempts(4).
		WithBackoff(10*time.Millisecond, 200*time.Millisecond).WithJitterFactor(0.5).
		HandleIf(func(_ any, err error) bool {
			return err != nil && !errors.Is(err, errUnknownOutcome) && pg.Transient(err)
		}).Build()
}

// settleWithoutMutation settles what no mutation decides: what was decided before, is too old, or not allowed.
func (t *transaction) settleWithoutMutation(j *job) (settled bool, err error) {
	if !j.fresh {
		return true, nil
	}
	if age := t.tx.Now.Sub(j.Time); age > t.store.Horizon {
		problem := events.Refuse("expired", "The request is %s old; nothing older than %s is carried out.", age.Round(time.Hour), t.store.Horizon)
		return true, t.recordOutcome(j, events.Rejected(j.noun), problem)
	}
	if problem := t.store.Accounts.authorize(j.By, j.account, j.permission); problem != nil {
		return true, t.recordOutcome(j, events.Rejected(j.noun), problem)
	}
	return false, nil
}

func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}
