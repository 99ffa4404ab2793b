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
	// hearWait is the part of it in which the claim's own event is waited for.
	hearWait = 2 * time.Second
	// deafFor is how long no event is waited for, once that was in vain.
	deafFor = time.Minute
)

// ear hears notification.claimed for the deliveries of this replica that have claimed a mail, so that they need not ask db. Only whoever
// made a claim's token sends its mail: to all others, and to whoever hears of it again, the event says nothing. Among several replicas the
// event of a claim mostly comes to another one than the claimer. So whoever has waited for one in vain asks at once for a while.
type ear struct {
	wait time.Duration
	now  func() time.Time

	mu      sync.Mutex
	waiting map[string]chan events.NotificationState // by token
	deaf    time.Time                                // until then
}

func newEar() *ear {
	return &ear{wait: hearWait, now: time.Now, waiting: map[string]chan events.NotificationState{}}
}

// hearOnClaimed hands a claim to whoever waits for it.
func (e *ear) hearOnClaimed(_ context.Context, claimed events.Received[events.NotificationState]) ([]events.Outgoing, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if to, ours := e.waiting[claimed.Data.Token]; ours {
		to <- claimed.Data // has room for the one that is ever put there
		delete(e.waiting, claimed.Data.Token)
	}
	return nil, nil
}

// listen waits from now on for the event of the claim with the token, until stop. It reports false while that is of no use.
func (e *ear) listen(token string) (heard <-chan events.NotificationState, stop func(), ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now().Before(e.deaf) {
		return nil, nil, false
	}
	to := make(chan events.NotificationState, 1)
	e.waiting[token] = to
	return to, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.waiting, token)
	}, true
}

func (e *ear) missed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deaf = e.now().Add(deafFor)
}

// hear claims a mail and waits to hear of it. What is not heard, a refusal among it, is asked for.
func (d desk) hear(ctx context.Context, command events.Outgoing) (events.NotificationState, error) {
	var none events.NotificationState
	heard, stop, ok := d.ear.listen(command.ID())
	if !ok {
		return d.claim(ctx, command)
	}
	defer stop()
	if _, err := d.db.Call(ctx, command, 0); err != nil {
		return none, err
	}
	patience := time.NewTimer(d.ear.wait)
	defer patience.Stop()
	select {
	case n := <-heard:
		return n, nil
	case <-ctx.Done():
		return none, ctx.Err()
	case <-patience.C:
	}
	d.ear.missed()
	state, err := d.db.Outcome(ctx, command, claimWait-hearWait)
	return d.claimed(state, err)
}

// claim claims a mail and asks db what became of that.
func (d desk) claim(ctx context.Context, command events.Outgoing) (events.NotificationState, error) {
	state, err := d.db.Call(ctx, command, claimWait)
	return d.claimed(state, err)
}

func (d desk) claimed(state events.OperationState, err error) (none events.NotificationState, _ error) {
	switch {
	case err != nil:
		return none, err
	case state.Problem != nil:
		return none, state.Problem
	case state.Status != events.OperationSucceeded:
		return none, bus.ErrUnavailable
	}
	return events.NotificationClaimed.Decode(d.keys, state.Data)
}
