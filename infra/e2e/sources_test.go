package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

type source struct {
	Function  events.Function `json:"function"`
	Group     string          `json:"consumerGroup"`
	Status    string          `json:"status"`
	Consumers int             `json:"consumers"`
	Waiting   int64           `json:"waiting"`
	Since     *time.Time      `json:"waitingSince"`
	Topics    []struct {
		Topic   string `json:"topic"`
		Reading bool   `json:"reading"`
		Waiting int64  `json:"waiting"`
	} `json:"topics"`
}

type sources struct {
	Sources []source `json:"sources"`
}

// of is the source of a function.
func (s sources) of(f events.Function) (found source) {
	for _, one := range s.Sources {
		if one.Function == f {
			found = one
		}
	}
	return found
}

// Operators see that events arrive at every function that something arrives for, and what each reads; others do not.
func TestOperatorsSeeWhatDeliversEvents(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	all, err := client.Until(ctx, m.owner, "/sources", func(s sources) bool {
		return len(s.Sources) > 0 && !slices.ContainsFunc(s.Sources, func(s source) bool { return s.Status != "reading" })
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range events.Functions() {
		topics, got := events.TopicsFor(f), all.of(f)
		if len(topics) == 0 && got.Group == "" {
			continue
		}
		var read []string
		for _, topic := range got.Topics {
			read = append(read, topic.Topic)
		}
		if got.Group != "mart."+string(f) || got.Consumers < 1 || !slices.Equal(read, topics) {
			t.Errorf("%s is delivered to by %+v, want it to read %v", f, got, topics)
		}
	}
	support, _, _ := m.staff(ctx, t, "support")
	if a := send(ctx, t, support, http.MethodGet, "/sources", nil); a.Status != http.StatusOK {
		t.Errorf("support: %d %s", a.Status, a.Body)
	}
	catalog, _, _ := m.staff(ctx, t, "catalog")
	refused(t, send(ctx, t, catalog, http.MethodGet, "/sources", nil), nil, http.StatusForbidden, "")
}

// What a function does not take is counted at its source, with its age, and no longer once it has taken it.
func TestStormSourcesTellWhatWaits(t *testing.T) {
	h := newPaused(t)
	s := newStorm(t, 3, func(c *laptop.Config) { c.Deliver = h.deliver })
	m, ctx := s.mart, s.ctx
	ada := m.buyer(ctx, t)
	order := ada.order(ctx, t, m.product(ctx, t, 1).ID, 1)
	h.only(arrival{events.Inventory, events.OrderPaid.Type()})
	begun := time.Now().Add(-time.Minute)
	if _, err := ada.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	waits := func(is bool) source {
		all, err := client.Until(ctx, m.owner, "/sources", func(s sources) bool { return (s.of(events.Inventory).Waiting > 0) == is })
		if err != nil {
			t.Fatal(err)
		}
		return all.of(events.Inventory)
	}
	if held := waits(true); held.Status != "reading" || held.Since == nil || held.Since.Before(begun) {
		t.Errorf("%+v", held)
	}
	h.release()
	if done := waits(false); done.Since != nil {
		t.Errorf("%+v", done)
	}
}
