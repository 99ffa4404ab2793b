package db

import (
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// A replica that would look only after an hour learns at once what another one has decided.
func TestNeighboursTellEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.replica(func(o *inbox.Options) { o.FirstPoll = time.Hour })
	b.eventually("they see each other", func() bool {
		return must(b.store.SeesReplicas(t.Context()))
	})
	e := b.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")))
	states := make(chan events.OperationState)
	go func() { states <- b.outcome(other, e) }()
	b.eventually("it waits", func() bool { return other.Waiting(e.Source, e.ID) == 1 })
	if err := b.store.Apply(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if got := <-states; got.Status != events.OperationSucceeded || got.Subject != e.Subject {
		t.Errorf("%+v", got)
	}
}
