package db

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

func TestAwait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica()
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	question := func(wait int) events.Received[events.OperationQuestion] {
		return events.Received[events.OperationQuestion]{Data: events.OperationQuestion{Source: e.Source, ID: e.ID, Fingerprint: e.Fingerprint, WaitMillis: wait}}
	}
	for _, wait := range []int{0, 20} {
		state, err := b.store.awaitOperation(t.Context(), question(wait))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events.OperationState{ID: e.ID, Status: events.OperationPending}, state); diff != "" {
			t.Errorf("before it came, waiting %d ms: %s", wait, diff)
		}
	}

	states := make(chan events.OperationState)
	for _, s := range []*Store{b.store, other} {
		go func() { states <- b.outcome(s, e) }()
	}
	b.eventually("both wait", func() bool { return b.store.waiters.count() == 1 && other.waiters.count() == 1 })
	if err := b.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	first := <-states
	if first.Status != events.OperationSucceeded || first.Subject != e.Subject || first.Noun != "brand" || first.By != e.By {
		t.Errorf("%+v", first)
	}
	late, err := b.store.awaitOperation(t.Context(), question(0))
	if err != nil {
		t.Fatal(err)
	}
	third := b.replica()
	fromDisk, err := third.awaitOperation(t.Context(), question(0))
	if err != nil {
		t.Fatal(err)
	}
	for name, state := range map[string]events.OperationState{"another replica": <-states, "late": late, "late, from disk": fromDisk} {
		if diff := cmp.Diff(first, state); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A command that never came is pending as long as it would be carried out, and then is none.
func TestAwaitEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for age, want := range map[time.Duration]string{0: "pending", b.store.horizon - time.Minute: "pending", b.store.horizon + time.Minute: "not_found"} {
		q := events.OperationQuestion{Source: events.Brand.Source(), ID: events.NewID(), Since: time.Now().Add(-age)}
		state, err := b.store.awaitOperation(t.Context(), events.Received[events.OperationQuestion]{Data: q})
		got := string(state.Status)
		if p := problemIn(err); p != nil {
			got = p.Code
		}
		if got != want {
			t.Errorf("accepted %s ago: %s %v, want %s", age, got, err, want)
		}
	}
}

func (w *waiters) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}
