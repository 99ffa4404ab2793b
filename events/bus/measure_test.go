package bus

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
)

// countersOf is the counters of a registry that are not 0, and how many there are that are.
func countersOf(t *testing.T, r *prometheus.Registry) (found map[string]float64, zeros int) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found = map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			switch n := m.GetCounter().GetValue(); {
			case m.GetHistogram() != nil:
				found[name] = float64(m.GetHistogram().GetSampleCount())
			case n > 0:
				found[name] = n
			default:
				zeros++
			}
		}
	}
	return found, zeros
}

// What is sent is counted by its type and by whether Kafka has it; what nobody has declared has no label of its own. Who can be told of a dead
// letter has its counter from the beginning.
func TestSendingIsCounted(t *testing.T) {
	t.Parallel()
	away := false
	p := NewPublisherTo(events.Brand, testKeys(t), func(context.Context, events.Envelope) error {
		if away {
			return errors.New("away")
		}
		return nil
	})
	r := prometheus.NewRegistry()
	if err := p.MeasureWith(r); err != nil {
		t.Fatal(err)
	}
	create := events.CreateBrand.New(events.NewID(), events.BrandFields{Name: "Acme", Slug: "acme"})
	if err := p.Send(t.Context(), create, create); err != nil {
		t.Fatal(err)
	}
	away = true
	if err := p.Send(t.Context(), create); !errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
	p.measures.buried(events.Envelope{Type: "com.stranger.word"})
	if err := p.Send(t.Context()); err != nil {
		t.Error(err)
	}
	want := map[string]float64{
		"mart_events_published_total stored com.onlinemart.brand.create.v1": 2, "mart_events_published_total failed com.onlinemart.brand.create.v1": 1,
		"mart_events_publish_seconds": 2, "mart_dead_letters_total unknown": 1,
	}
	got, _ := countersOf(t, r)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	of := prometheus.NewRegistry()
	if err := NewPublisherTo(events.Payment, testKeys(t), nil).MeasureWith(of); err != nil {
		t.Fatal(err)
	}
	if _, zeros := countersOf(t, of); zeros != 1+len(receivedBy(events.Payment)) || zeros < 4 {
		t.Errorf("%d counters of letters from the beginning", zeros)
	}
	if err := p.MeasureWith(r); err == nil {
		t.Error("measured twice by one")
	}
}
