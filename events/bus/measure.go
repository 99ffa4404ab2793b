package bus

import (
	"errors"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/prometheus/client_golang/prometheus"
)

// measures counts what a function sends. The zero measures count nothing.
type measures struct {
	published *prometheus.CounterVec
	seconds   prometheus.Histogram
	letters   *prometheus.CounterVec
}

// MeasureWith counts everything that is sent from now on; it is called before the first message. Error: somebody counts already.
func (p *Publisher) MeasureWith(r prometheus.Registerer) error {
	m := measures{
		published: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mart_events_published_total", Help: "Messages given to Kafka, by type and outcome: stored, or failed, which may be stored all the same and is sent again.",
		}, []string{"type", "outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mart_events_publish_seconds", Help: "Until all replicas had what was given to Kafka at once, or it was given up.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 20},
		}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mart_dead_letters_total", Help: "Messages that this function can never process and has kept as dead letters, by type. Those that a source gives up it does not see.",
		}, []string{"type"}),
	}
	if err := errors.Join(r.Register(m.published), r.Register(m.seconds), r.Register(m.letters)); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	m.letters.WithLabelValues(unknownLabel)
	for _, d := range receivedBy(p.self) {
		m.letters.WithLabelValues(d.Type()) // there from the beginning: of what appears as 1 nobody sees that it has risen
	}
	p.measures = m
	return nil
}

// sent counts what was given to Kafka at once.
func (m measures) sent(envelopes []events.Envelope, took time.Duration, err error) {
	if m.published == nil || len(envelopes) == 0 {
		return
	}
	outcome := "stored"
	if err != nil {
		outcome = "failed"
	}
	m.seconds.Observe(took.Seconds())
	for _, e := range envelopes {
		m.published.WithLabelValues(labelOf(e.Type), outcome).Inc()
	}
}

// buried counts a dead letter that is kept.
func (m measures) buried(e events.Envelope) {
	if m.letters != nil {
		m.letters.WithLabelValues(labelOf(e.Type)).Inc()
	}
}

// unknownLabel stands for every type that is not declared: a sender's word is never a label.
const unknownLabel = "unknown"

func labelOf(messageType string) string {
	if _, known := events.ByType(messageType); !known {
		return unknownLabel
	}
	return messageType
}

// receivedBy is what is delivered to a function by Kafka.
func receivedBy(f events.Function) (all []events.Declared) {
	for _, d := range events.All() {
		if details := d.Declaration(); details.Kind != events.QueryKind && details.Receives(f) {
			all = append(all, d)
		}
	}
	return all
}
