package inbox

import (
	"context"
	"sync"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/recent"
)

const (
	recentLimit = 4096        // outcomes kept in memory
	recentBytes = 32 << 10    // a larger one is read again instead
	recentFor   = time.Minute // an older one, too: what is personal of it may be gone by now
	firstPoll   = 15 * time.Millisecond
	slowestPoll = 250 * time.Millisecond
	pollEvery   = 5 * time.Millisecond
)

// waiters wakes those who await outcomes. What this replica decides wakes them at once; what another one decides, when that one tells
// (replicas.go), and, should that get lost, one poller looks for all of them together, ever more slowly.
type waiters struct {
	mu            sync.Mutex
	waiting       map[identity][]*waiter
	localCommands map[identity]int // commands this replica is running: no need to look for them
	recent        *recent.Values[identity, decision]
	wake          chan struct{} // somebody began to wait
	firstPoll     time.Duration // from then until the first look
}

type waiter struct {
	woken    chan decision
	session  string        // the log-in by which they wait
	nextPoll time.Time     // when to look next
	pause    time.Duration // before the look after that
}

func newWaiters(first time.Duration) *waiters {
	return &waiters{
		waiting: map[identity][]*waiter{}, localCommands: map[identity]int{}, recent: recent.New[identity, decision](recentLimit),
		wake: make(chan struct{}, 1), firstPoll: first,
	}
}

func (w *waiters) running(k identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.localCommands[k]++
}

func (w *waiters) ran(k identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.localCommands[k]--; w.localCommands[k] <= 0 {
		delete(w.localCommands, k)
	}
}

// decided wakes everybody who waits for d and remembers it for those who come late. It reports whether anybody waited.
func (w *waiters) decided(d decision) (waited bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	waited = len(w.waiting[d.identity]) > 0
	for _, one := range w.waiting[d.identity] {
		one.woken <- d
	}
	delete(w.waiting, d.identity)
	if size(d.results) <= recentBytes {
		w.recent.Put(d.identity, d)
	}
	return waited
}

// awaited is those of keys that somebody waits for.
func (w *waiters) awaited(keys []identity) (some []identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range keys {
		if len(w.waiting[k]) > 0 {
			some = append(some, k)
		}
	}
	return some
}

func size(results []events.Envelope) (n int) {
	for _, e := range results {
		n += len(e.Data)
	}
	return n
}

// enter gives the outcome if it is remembered, and no waiter (nil); else a waiter for it, by a log-in.
func (w *waiters) enter(k identity, session string) (decision, *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d, ok := w.recent.Get(k); ok && time.Since(d.completedAt) < recentFor {
		return d, nil
	}
	one := &waiter{woken: make(chan decision, 1), session: session, nextPoll: time.Now().Add(w.firstPoll), pause: 2 * w.firstPoll}
	w.waiting[k] = append(w.waiting[k], one)
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return decision{}, one
}

func (w *waiters) leave(k identity, one *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := w.waiting[k][:0:0]
	for _, other := range w.waiting[k] {
		if other != one {
			kept = append(kept, other)
		}
	}
	if w.waiting[k] = kept; len(kept) == 0 {
		delete(w.waiting, k)
	}
}

// due lists what to look for now, and whether anybody waits at all.
func (w *waiters) due(now time.Time) (keys []identity, waited bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, all := range w.waiting {
		look := false
		for _, one := range all {
			if w.localCommands[k] == 0 && !now.Before(one.nextPoll) {
				one.nextPoll, one.pause, look = now.Add(one.pause), min(2*one.pause, slowestPoll), true
			}
		}
		if look {
			keys = append(keys, k)
		}
	}
	return keys, len(w.waiting) > 0
}

// pollLoop polls for what other replicas decide, until ctx ends.
func (s *Store) pollLoop(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.waiters.wake:
		}
		for waited := true; waited; {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				var keys []identity
				if keys, waited = s.waiters.due(now); len(keys) > 0 {
					s.poll(ctx, keys)
				}
			}
		}
	}
}

func (s *Store) poll(ctx context.Context, keys []identity) {
	found, err := readDecisions(ctx, s.Reads, keys)
	if err != nil && ctx.Err() == nil {
		s.Log.Warn("outcomes could not be looked up; trying again", "reason", err)
		return
	}
	for _, d := range found {
		s.waiters.decided(d)
	}
}

// Await tells what became of a command, and of what its result has set going, waiting for it as long as asked. Not decided by
// then: pending.
func (s *Store) Await(ctx context.Context, e events.Received[events.OperationQuestion]) (events.OperationState, error) {
	until := time.Now().Add(time.Duration(e.Data.WaitMillis) * time.Millisecond)
	state, err := s.outcome(ctx, e.Data, e.Session)
	if err != nil || !e.Data.Settle || state.Status != events.OperationSucceeded {
		return state, err
	}
	return s.follow(ctx, state, until), nil
}

func (s *Store) outcome(ctx context.Context, q events.OperationQuestion, session string) (events.OperationState, error) {
	key := identity{q.Source, q.ID}
	known, waiting := s.waiters.enter(key, session)
	if waiting == nil {
		return known.state(q)
	}
	defer s.waiters.leave(key, waiting)
	if q.WaitMillis <= 0 {
		ctx, cancel := context.WithTimeout(ctx, s.ReadWithin)
		defer cancel()
		found, err := readDecisions(ctx, s.Reads, []identity{key})
		if d, ok := found[key]; ok || err != nil {
			return decidedState(d, q, err)
		}
		return s.undecided(q)
	}
	patience := time.NewTimer(time.Duration(q.WaitMillis) * time.Millisecond)
	defer patience.Stop()
	select {
	case d := <-waiting.woken:
		return d.state(q)
	case <-patience.C:
		return pending(q), nil
	case <-s.closing:
		return pending(q), nil
	case <-ctx.Done():
		return events.OperationState{}, ctx.Err()
	}
}

// undecided is a command that db has not seen. Once it is older than what is carried out, it never will be.
func (s *Store) undecided(q events.OperationQuestion) (events.OperationState, error) {
	if !q.Since.IsZero() && time.Since(q.Since) > s.Horizon {
		return events.OperationState{}, events.NotFound("operation", q.ID)
	}
	return pending(q), nil
}

func decidedState(d decision, q events.OperationQuestion, err error) (events.OperationState, error) {
	if err != nil {
		return events.OperationState{}, err
	}
	return d.state(q)
}

func pending(q events.OperationQuestion) events.OperationState {
	return events.OperationState{ID: q.ID, Status: events.OperationPending}
}
