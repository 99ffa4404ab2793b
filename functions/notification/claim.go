package notification

import (
	"context"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

const (
	// claimWait is how long a claim may take; the mail must be sent within the same delivery.
	claimWait = 5 * time.Second
	// eventWait is the part of it in which the claim's own event is waited for.
	eventWait = 2 * time.Second
	// pauseFor is how long no event is waited for, once that was in vain.
	pauseFor = time.Minute
)

// claimListener receives notification.claimed for the deliveries of this replica that have claimed a mail, so that they need not ask db. Only whoever
// made a claim's token sends its mail: to all others, and to whoever hears of it again, the event says nothing. Among several replicas the
// event of a claim mostly comes to another one than the claimer. So whoever has waited for one in vain asks at once for a while.
type claimListener struct {
	wait time.Duration
	now  func() time.Time

	mu          sync.Mutex
	waiting     map[string]chan events.NotificationState // by token
	pausedUntil time.Time
}

func newClaimListener() *claimListener {
	return &claimListener{wait: eventWait, now: time.Now, waiting: map[string]chan events.NotificationState{}}
}

// deliverOnClaimed hands a claim to whoever waits for it.
func (l *claimListener) deliverOnClaimed(_ context.Context, claimed events.Received[events.NotificationState]) ([]events.Outgoing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if to, ours := l.waiting[claimed.Data.Token]; ours {
		to <- claimed.Data // has room for the one that is ever put there
		delete(l.waiting, claimed.Data.Token)
	}
	return nil, nil
}

// listen waits from now on for the event of the claim with the token, until stop. It reports false while that is of no use.
func (l *claimListener) listen(token string) (claimed <-chan events.NotificationState, stop func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now().Before(l.pausedUntil) {
		return nil, nil, false
	}
	to := make(chan events.NotificationState, 1)
	l.waiting[token] = to
	return to, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, token)
	}, true
}

func (l *claimListener) missed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pausedUntil = l.now().Add(pauseFor)
}

// claimByEvent claims a mail and waits for the event that says so. Where none comes, as after a refusal, db is asked.
func (c dbClient) claimByEvent(ctx context.Context, command events.Outgoing) (events.NotificationState, error) {
	var none events.NotificationState
	claimed, stop, ok := c.claims.listen(command.ID())
	if !ok {
		return c.claim(ctx, command)
	}
	defer stop()
	if _, err := c.db.Call(ctx, command, 0); err != nil {
		return none, err
	}
	patience := time.NewTimer(c.claims.wait)
	defer patience.Stop()
	select {
	case n := <-claimed:
		return n, nil
	case <-ctx.Done():
		return none, ctx.Err()
	case <-patience.C:
	}
	c.claims.missed()
	state, err := c.db.Outcome(ctx, command, claimWait-eventWait)
	return c.claimed(state, err)
}

// claim claims a mail and asks db what became of that.
func (c dbClient) claim(ctx context.Context, command events.Outgoing) (events.NotificationState, error) {
	state, err := c.db.Call(ctx, command, claimWait)
	return c.claimed(state, err)
}

func (c dbClient) claimed(state events.OperationState, err error) (none events.NotificationState, _ error) {
	switch {
	case err != nil:
		return none, err
	case state.Problem != nil:
		return none, state.Problem
	case state.Status != events.OperationSucceeded:
		return none, bus.ErrUnavailable
	}
	return events.NotificationClaimed.Decode(c.keys, state.Data)
}
