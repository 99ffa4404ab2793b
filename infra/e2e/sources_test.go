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

// of is what reads in a group.
func (s sources) of(group string) (found source) {
	for _, one := range s.Sources {
		if one.Group == group {
			found = one
		}
	}
	return found
}

// reads is the topics that it reads.
func (s source) reads() (all []string) {
	for _, topic := range s.Topics {
		all = append(all, topic.Topic)
	}
	return all
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
		topics, got := events.TopicsFor(f), all.of("mart."+string(f))
		if len(topics) == 0 && got.Group == "" {
			continue
		}
		if got.Function != f || got.Consumers < 1 || !slices.Equal(got.reads(), topics) {
			t.Errorf("%s is delivered to by %+v, want it to read %v", f, got, topics)
		}
	}
	letters := all.of("mart.dead-letters")
	if letters.Function != events.User || letters.Consumers < 1 || !slices.Equal(letters.reads(), []string{events.DeadLetterTopic}) {
		t.Errorf("the dead letters are read by %+v", letters)
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
		all, err := client.Until(ctx, m.owner, "/sources", func(s sources) bool { return (s.of(events.SourceGroup(events.Inventory)).Waiting > 0) == is })
		if err != nil {
			t.Fatal(err)
		}
		return all.of(events.SourceGroup(events.Inventory))
	}
	if held := waits(true); held.Status != "reading" || held.Since == nil || held.Since.Before(begun) {
		t.Errorf("%+v", held)
	}
	h.release()
	if done := waits(false); done.Since != nil {
		t.Errorf("%+v", done)
	}
}
