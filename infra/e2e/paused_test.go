package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// arrival is an event that came to a function.
type arrival struct {
	at   events.Function
	kind string
}

// paused stands before the functions' ports and does not let in what it is told to keep, so that it comes later than all the rest.
type paused struct {
	t       *testing.T
	mu      sync.Mutex
	keeps   func(arrival) bool
	waiting map[arrival]map[string]bool // ids of what was kept out since it was last told
	passed  map[arrival]map[string]bool // ids of what was let in and is done
}

func newPaused(t *testing.T) *paused {
	t.Helper()
	h := &paused{t: t, passed: map[arrival]map[string]bool{}}
	h.hold(func(arrival) bool { return false })
	return h
}

// hold keeps out what keeps says, and nothing else any more.
func (h *paused) hold(keeps func(arrival) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keeps, h.waiting = keeps, map[arrival]map[string]bool{}
}

// only keeps out those events at those functions.
func (h *paused) only(all ...arrival) {
	h.hold(func(a arrival) bool {
		for _, one := range all {
			if a == one {
				return true
			}
		}
		return false
	})
}

// release lets everything in.
func (h *paused) release() { h.only() }

func (h *paused) deliver(f events.Function, to string) string {
	return before(h.t, to, func(w http.ResponseWriter, r *http.Request, through http.Handler) {
		a, id := arrival{f, r.Header.Get("Ce-Type")}, r.Header.Get("Ce-Id")
		if h.keptOut(a, id) {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		through.ServeHTTP(w, r)
		h.note(h.passed, a, id)
	})
}

func (h *paused) keptOut(a arrival, id string) bool {
	h.mu.Lock()
	keeps := h.keeps(a)
	waiting := h.waiting
	h.mu.Unlock()
	if keeps {
		h.note(waiting, a, id)
	}
	return keeps
}

func (h *paused) note(in map[arrival]map[string]bool, a arrival, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if in[a] == nil {
		in[a] = map[string]bool{}
	}
	in[a][id] = true
}

// count is how many of them were let in so far.
func (h *paused) count(a arrival) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.passed[a])
}

// mustWait waits until so many of each are kept out.
func (h *paused) mustWait(ctx context.Context, t *testing.T, want map[arrival]int) {
	t.Helper()
	h.await(ctx, t, want, func() map[arrival]map[string]bool { return h.waiting })
}

// mustPass waits until so many of each were let in.
func (h *paused) mustPass(ctx context.Context, t *testing.T, want map[arrival]int) {
	t.Helper()
	h.await(ctx, t, want, func() map[arrival]map[string]bool { return h.passed })
}

func (h *paused) await(ctx context.Context, t *testing.T, want map[arrival]int, of func() map[arrival]map[string]bool) {
	t.Helper()
	for {
		lacking := ""
		h.mu.Lock()
		for a, n := range want {
			if there := len(of()[a]); there < n {
				lacking = fmt.Sprintf("%d of %d %s at %s", there, n, a.kind, a.at)
			}
		}
		h.mu.Unlock()
		if lacking == "" {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", lacking, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
