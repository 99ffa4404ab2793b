package kafkasource

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

func TestRun_restartRedeliversExactlyTheUnfinished(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(1, "orders"))
	failing := map[string]bool{"e0003": true, "e0007": true}
	var mu sync.Mutex
	f := newFunction(t, func(w http.ResponseWriter, r request) {
		mu.Lock()
		defer mu.Unlock()
		if failing[r.id] {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	for _, id := range ids(10) {
		b.write(t, ce("orders", 0, id))
	}
	yaml := sourceYAML("s", []string{"orders"}, f.URL, isUnordered, "delivery: {retry: 3, backoffDelay: PT60S, timeout: PT5S}")
	first := start(t, b, yaml)
	f.awaitCount(t, 10)
	first.stop()
	equal(t, int64(3), b.committed("s", "orders", 0)) // never beyond the first unfinished one
	mu.Lock()
	clear(failing)
	mu.Unlock()
	second := start(t, b, yaml)
	f.awaitCount(t, 17)
	second.stop()
	equal(t, ids(10)[3:], sorted(f.ids()[10:]))
	equal(t, int64(10), b.committed("s", "orders", 0))
}

func TestRun_revokedRecordsGoToTheNewOwnerAtOnce(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(2, "orders"))
	open := make(chan struct{})
	f := newFunction(t, func(_ http.ResponseWriter, r request) { <-open })
	yaml := sourceYAML("s", []string{"orders"}, f.URL, isUnordered)
	one := start(t, b, yaml)
	b.write(t, ce("orders", 0, "a"), ce("orders", 1, "b"))
	f.awaitCount(t, 2)
	two := start(t, b, yaml)
	got := f.awaitCount(t, 4) // the first two are still being handled
	equal(t, []string{"a", "a", "b", "b"}, sorted([]string{got[0].id, got[1].id, got[2].id, got[3].id}))
	close(open)
	eventually(t, "four settled records", func() bool { return len(one.reports)+len(two.reports) == 4 })
	one.stop()
	two.stop()
	equal(t, []int64{1, 1}, []int64{b.committed("s", "orders", 0), b.committed("s", "orders", 1)})
}

func TestRun_shutdownLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(4, "orders"))
	var mu sync.Mutex
	accepted := map[string]int{}
	f := newFunction(t, func(w http.ResponseWriter, r request) {
		mu.Lock()
		defer mu.Unlock()
		accepted[r.id]++
	})
	yaml := sourceYAML("s", []string{"orders"}, f.URL, isUnordered)
	want := ids(1000)
	for i, id := range want {
		b.write(t, ce("orders", int32(i%4), id))
	}
	for stops := 1; stops <= 4; stops++ {
		run := start(t, b, yaml)
		f.awaitCount(t, stops*150)
		run.stop()
	}
	run := start(t, b, yaml)
	eventually(t, "all events", func() bool { mu.Lock(); defer mu.Unlock(); return len(accepted) == len(want) })
	run.stop()
	for _, id := range want {
		if accepted[id] != 1 { // drained shutdowns commit all that was delivered
			t.Fatalf("%s was delivered %d times, want once", id, accepted[id])
		}
	}
}

func TestRun_drainEndsAtItsTimeout(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(1, "orders"))
	open := make(chan struct{})
	f := newFunction(t, func(http.ResponseWriter, request) { <-open })
	run := start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered), func(o *Options) { o.DrainTimeout = 20 * time.Millisecond })
	b.write(t, ce("orders", 0, "stuck"))
	f.awaitCount(t, 1)
	run.stop()
	close(open)
	equal(t, Abandoned, run.report(t).Outcome)
	equal(t, int64(0), b.committed("s", "orders", 0))
}
