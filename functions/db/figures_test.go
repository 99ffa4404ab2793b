package db

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// figuresFor is how the shop does, as it is told to somebody.
func (m *market) figuresFor(by events.Principal, since time.Time) (events.Figures, error) {
	return getFigures(m.t.Context(), m.store, events.Received[events.FiguresQuestion]{Envelope: events.Envelope{By: by}, Data: events.FiguresQuestion{Since: since}})
}

// Orders count from a moment on, those that wait for their payment whenever they were placed; nobody is told but the mart itself.
func TestFigures(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	by, product := m.buyer(), m.product(10)
	m.paidFor(by, product, 1)
	m.order(by, one(product))
	m.published()
	for since, want := range map[time.Time]events.Figures{
		time.Now().Add(-time.Hour): {Orders: 2, ToBePaid: 1}, time.Now().Add(time.Hour): {Orders: 0, ToBePaid: 1},
	} {
		got, err := m.figuresFor(events.SystemPrincipal(events.Order), since)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("since %s: %v (-want +got):\n%s", since, err, diff)
		}
	}
	hours, err := getFigures(t.Context(), m.store, events.Received[events.FiguresQuestion]{
		Envelope: events.Envelope{By: events.SystemPrincipal(events.Order)}, Data: events.FiguresQuestion{Since: time.Now(), Until: time.Now().Add(90 * time.Minute)},
	})
	want := make([]int64, 24)
	want[22] = 2 // both were placed now, which is in the last hour but one
	if diff := cmp.Diff(want, hours.PerHour); err != nil || diff != "" {
		t.Errorf("hour by hour: %v (-want +got):\n%s", err, diff)
	}
	for _, who := range []events.Principal{{}, by, {Type: events.Staff, ID: events.NewID()}, {Type: events.Client, ID: "reporting"}} {
		if got, err := m.figuresFor(who, time.Time{}); !errors.Is(err, &events.Problem{Code: "forbidden"}) || !cmp.Equal(got, events.Figures{}) {
			t.Errorf("%+v is told %+v, %v", who, got, err)
		}
	}
}
