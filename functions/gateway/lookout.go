package gateway

import (
	"context"
	"sync"
	"time"
)

// How long an answer of the functions is good: as news; and, while somebody asks anew, as what was so just now.
const (
	askAgain = 5 * time.Second
	outdated = time.Minute
)

// lookout knows what functions have answered. However many readers there are, the functions are asked once at a time, and a reader waits for that
// only where nothing is known that is not outdated: one function that does not answer keeps nobody waiting for what others have been told.
type lookout[T any] struct {
	ask func(context.Context) T
	now func() time.Time

	mu     sync.Mutex // held for looking, never while functions are asked
	known  T
	asked  time.Time     // when known was asked for; zero: it never was
	asking chan struct{} // closed when those who are being asked have answered; nil: nobody is
}

func newLookout[T any](ask func(context.Context) T, now func() time.Time) *lookout[T] {
	return &lookout[T]{ask: ask, now: now}
}

// look is what is known; false: nothing is, because whoever wanted to know has not waited.
func (l *lookout[T]) look(ctx context.Context) (known T, ok bool) {
	known, good, answered := l.recent(ctx)
	if good {
		return known, true
	}
	select {
	case <-answered:
	case <-ctx.Done():
		return *new(T), false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known, true
}

// recent is what is known and whether that is good enough, and what is closed once more is known. It has the functions asked where that is due.
func (l *lookout[T]) recent(ctx context.Context) (known T, good bool, answered <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := l.now().Sub(l.asked)
	if l.asking == nil && age >= askAgain {
		l.asking = make(chan struct{})
		go l.askAll(context.WithoutCancel(ctx), l.asking) // for all who want to know, and not for this reader alone
	}
	return l.known, age < outdated, l.asking
}

func (l *lookout[T]) askAll(ctx context.Context, answered chan struct{}) {
	known := l.ask(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known, l.asked, l.asking = known, l.now(), nil
	close(answered)
}
