package db

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
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
		state, err := b.store.Await(t.Context(), question(wait))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events.OperationState{ID: e.ID, Status: events.OperationPending}, state); diff != "" {
			t.Errorf("before it came, waiting %d ms: %s", wait, diff)
		}
	}

	states := make(chan events.OperationState)
	for _, s := range []*inbox.Store{b.store, other} {
		go func() { states <- b.outcome(s, e) }()
	}
	b.eventually("both wait", func() bool { return b.store.Waiting(e.Source, e.ID) == 1 && other.Waiting(e.Source, e.ID) == 1 })
	if err := b.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	first := <-states
	if first.Status != events.OperationSucceeded || first.Subject != e.Subject || first.Noun != "brand" || first.By != e.By {
		t.Errorf("%+v", first)
	}
	late, err := b.store.Await(t.Context(), question(0))
	if err != nil {
		t.Fatal(err)
	}
	third := b.replica()
	fromDisk, err := third.Await(t.Context(), question(0))
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
	for age, want := range map[time.Duration]string{0: "pending", b.store.Horizon - time.Minute: "pending", b.store.Horizon + time.Minute: "not_found"} {
		q := events.OperationQuestion{Source: events.Brand.Source(), ID: events.NewID(), Since: time.Now().Add(-age)}
		state, err := b.store.Await(t.Context(), events.Received[events.OperationQuestion]{Data: q})
		got := string(state.Status)
		if p := problemIn(err); p != nil {
			got = p.Code
		}
		if got != want {
			t.Errorf("accepted %s ago: %s %v, want %s", age, got, err, want)
		}
	}
}

// A question waits for no outcome that is known: in memory or on disk, of the request it names or of another one.
func TestAwaitKnowsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	e := b.apply(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	for name, s := range map[string]*inbox.Store{"in memory": b.store, "on disk": b.replica()} {
		for _, c := range []struct {
			fingerprint string
			want        events.OperationStatus
			other       bool
		}{
			{e.Fingerprint, events.OperationSucceeded, false},
			{b.keys.Fingerprint("something else"), events.OperationFailed, true},
		} {
			q := events.OperationQuestion{Source: e.Source, ID: e.ID, Fingerprint: c.fingerprint, WaitMillis: hangingMillis}
			state, err := s.Await(t.Context(), events.Received[events.OperationQuestion]{Data: q})
			if err != nil || state.Status != c.want || state.Other != c.other || c.other && state.Data != nil {
				t.Errorf("%s: %+v, %v", name, state, err)
			}
		}
	}
}

// Of two requests under one id, asked about at one replica and decided at another, one is carried out; whoever asks about the other one
// learns that and nothing else.
func TestAwaitAnotherRequestElsewhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica()
	id := events.NewID()
	one := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")).WithID(id, b.keys.Fingerprint("one")))
	two := b.command(events.CreateBrand.New(events.NewID(), brandNamed("ajax")).WithID(id, b.keys.Fingerprint("two")))
	type answer struct {
		of    string
		state events.OperationState
	}
	answers := make(chan answer)
	for name, e := range map[string]events.Envelope{"one": one, "two": two} {
		go func() { answers <- answer{name, b.outcome(other, e)} }()
	}
	b.eventually("both wait", func() bool {
		return other.Waiting(one.Source, id) == 2
	})
	if err := b.store.Apply(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	got := map[string]events.OperationState{}
	for range 2 {
		a := <-answers
		got[a.of] = a.state
	}
	if s := got["one"]; s.Status != events.OperationSucceeded || s.Subject != one.Subject {
		t.Errorf("the one: %+v", s)
	}
	want := events.OperationState{ID: id, Status: events.OperationFailed, Other: true, By: one.By}
	if diff := cmp.Diff(want, got["two"]); diff != "" {
		t.Errorf("the other (-want +got):\n%s", diff)
	}
}

// A question about a payment's start can wait for its end; what it cannot wait for it answers as it stands.
func TestAwaitFollowsAPayment(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	elsewhere := m.replica()
	by := m.buyer()
	order := m.order(by, one(m.product(1)))
	start := m.command(events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(by))
	if err := m.store.Apply(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	ask := func(s *inbox.Store, wait int) (events.PaymentState, bool) {
		q := events.OperationQuestion{Source: start.Source, ID: start.ID, Fingerprint: start.Fingerprint, WaitMillis: wait, Settle: true}
		state, err := s.Await(t.Context(), events.Received[events.OperationQuestion]{Data: q})
		if err != nil || state.Status != events.OperationSucceeded || state.Type != events.PaymentStarted.Type() {
			t.Errorf("%+v, %v", state, err)
		}
		p, err := events.PaymentStarted.Decode(m.allKeys(), state.Data)
		if err != nil {
			t.Error(err)
		}
		return p, state.Settled
	}
	type answer struct {
		at      string
		status  events.PaymentStatus
		version int64
		settled bool
	}
	if p, settled := ask(m.store, 20); settled || p.Status != events.PaymentStartedStatus {
		t.Errorf("before the provider has answered: %+v, settled %t", p, settled)
	}
	answers := make(chan answer, 2)
	for at, s := range map[string]*inbox.Store{"here": m.store, "elsewhere": elsewhere} {
		go func() {
			p, settled := ask(s, hangingMillis)
			answers <- answer{at, p.Status, p.Version, settled}
		}()
	}
	m.eventually("both wait for news of it", func() bool { return m.store.WaitsForChange(start.Subject) && elsewhere.WaitsForChange(start.Subject) })
	m.must(said(start.Subject, events.AuthorizeStep, events.PaymentAuthStatus))
	m.must(said(start.Subject, events.CaptureStep, events.PaymentCapturedStatus))
	got := map[string]answer{}
	for range 2 {
		a := <-answers
		got[a.at] = a
	}
	want := map[string]answer{}
	for _, at := range []string{"here", "elsewhere"} {
		want[at] = answer{at, events.PaymentCapturedStatus, 3, true}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p, settled := ask(m.store, 0); !settled || p.Status != events.PaymentCapturedStatus {
		t.Errorf("asked again: %+v, settled %t", p, settled)
	}
}
