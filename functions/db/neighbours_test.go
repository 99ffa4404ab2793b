package db

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// A replica that would look only after an hour learns at once what another one has decided.
func TestNeighboursTellEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica(func(s *Store) { s.waiters.first = time.Hour })
	b.eventually("they see each other", func() bool {
		if err := b.store.neighbours.count(t.Context()); err != nil {
			t.Fatal(err)
		}
		return b.store.neighbours.there.Load()
	})
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	states := make(chan events.OperationState)
	go func() { states <- b.outcome(other, e) }()
	b.eventually("it waits", func() bool { return other.waiters.count() == 1 })
	if err := b.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if got := <-states; got.Status != events.OperationSucceeded || got.Subject != e.Subject {
		t.Errorf("%+v", got)
	}
}

// Whatever is told fits into notifications and is read again whole, but by its sender.
func TestNeighboursMessages(t *testing.T) {
	t.Parallel()
	from, to := newNeighbours(nil), newNeighbours(nil)
	var told, heard []identity
	for i := range 500 {
		told = append(told, identity{"/mart/brand", strconv.Itoa(i) + strings.Repeat("x", i%60)})
	}
	for _, m := range from.messages(told) {
		if len(m) > loudest {
			t.Errorf("a message of %d bytes", len(m))
		}
		heard = append(heard, to.parse(m)...)
		if own := from.parse(m); len(own) > 0 {
			t.Errorf("a sender heard itself: %v", own)
		}
	}
	if d := cmp.Diff(told, heard, cmp.AllowUnexported(identity{})); d != "" {
		t.Error(d)
	}
}
