// Package effect holds the rule for whatever a function does outside the mart, such as to move money or to send a mail: an effect
// outside the mart is decided by the state of now, never by an old event alone.
//
// An event may come again at any time: when a consumer group's offsets have expired or were set back, when a KafkaSource is made anew,
// when Kafka is restored or a dead letter is sent again. db's inbox knows every command again, but those outside forget: a payment
// provider keeps an idempotency key for a day. So whoever reacts to an event by such an effect does it by On.
package effect

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/prometheus/client_golang/prometheus"
)

// longest is the most that an event may count as fresh: half of the day for which a provider remembers what it was asked.
const longest = 12 * time.Hour

// Settings say when an event is old. The default is twice the time for which a KafkaSource goes on trying (27 minutes), so that no ordinary
// delivery asks db first, and a small part of the provider's day, so that neither slow calls nor clocks that differ come near its end.
type Settings struct {
	LateAfter time.Duration `env:"EVENT_LATE_AFTER, default=1h" doc:"From what age on an event asks db whether what it wants outside the mart is still to be done."`
}

// Check says whether the bound is one.
func (s Settings) Check() error {
	if s.LateAfter <= 0 || s.LateAfter > longest {
		return fmt.Errorf("EVENT_LATE_AFTER is %s: set it to more than 0s and at most %s, well within the day for which a payment provider knows a request again", s.LateAfter, longest)
	}
	return nil
}

// Rule tells old events from fresh ones.
type Rule struct {
	lateAfter time.Duration
	late      *prometheus.CounterVec
}

// NewRule checks the settings. Error: what to set otherwise.
func NewRule(s Settings, metrics prometheus.Registerer) (Rule, error) {
	if err := s.Check(); err != nil {
		return Rule{}, err
	}
	late := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mart_late_events_total", Help: "Old events that ask for something outside the mart, by type and by what db said of it: settled or open.",
	}, []string{"type", "state"})
	if err := metrics.Register(late); err != nil {
		return Rule{}, fmt.Errorf("register metrics: %w", err)
	}
	return Rule{lateAfter: s.LateAfter, late: late}, nil
}

// expect has the counters of a type from the beginning: of what appears as 1 nobody sees that it has risen.
func (r Rule) expect(messageType string) {
	if r.late != nil {
		r.late.WithLabelValues(messageType, "settled")
		r.late.WithLabelValues(messageType, "open")
	}
}

// isLate tells whether what has been due since then is old. A time ahead of the clock proves nothing: it is old too.
func (r Rule) isLate(since, now time.Time) bool {
	age := now.Sub(since)
	return age > r.lateAfter || age < -r.lateAfter
}

// Effect is what an event leads to outside the mart.
type Effect[T any] struct {
	// Since is when the effect was first due, where that may be long before the event: an event that says a thing is still due is young
	// itself. Nil: the time of the event, which its seal covers.
	Since func(data T) time.Time
	// Now asks db for the event's data as they are now, and whether the effect is still open. Errors: as a reaction's.
	Now func(ctx context.Context, e events.Received[T]) (data T, open bool, err error)
	// Do has the effect. When it is late, the data are those of now, and what is asked of somebody who may have done it and forgotten is
	// looked for there before it is asked for again.
	Do func(ctx context.Context, e events.Received[T], late bool) ([]events.Outgoing, error)
}

// On handles an event by an effect outside the mart. Of an old one db is asked first: what is settled is done with, without a word to
// anybody outside.
func On[T any](r Rule, m events.Message[T], x Effect[T]) events.Handler {
	r.expect(m.Type())
	return m.Then(func(ctx context.Context, e events.Received[T]) ([]events.Outgoing, error) {
		now := time.Now()
		if !r.isLate(e.Time, now) && (x.Since == nil || !r.isLate(x.Since(e.Data), now)) {
			return x.Do(ctx, e, false)
		}
		data, open, err := x.Now(ctx, e)
		switch {
		case err != nil:
			return nil, fmt.Errorf("ask whether what an event of %s asks for is still open: %w", e.Time.Format(time.RFC3339), err)
		case !open:
			r.late.WithLabelValues(m.Type(), "settled").Inc()
			return nil, nil
		}
		r.late.WithLabelValues(m.Type(), "open").Inc()
		e.Data = data
		return x.Do(ctx, e, true)
	})
}
