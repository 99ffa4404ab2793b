package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Tally is a counter of what decisions come to: orders, payments, mails. It is counted when a transaction has been committed, from the rows that it has
// written, so that whatever comes twice is counted once; of a commit of which nobody knows whether it took place, not at all.
type Tally struct {
	Name, Help string
	Labels     []string
	From       [][]string // the values that there are, which are shown as 0 from the beginning: of what appears as 1 nobody sees that it has risen
	Count      func(rows *domain.Rows, add func(values ...string))
}

type tallied struct {
	count func(rows *domain.Rows, add func(values ...string))
	add   func(values ...string)
}

// countFrom registers what the nouns count, and the pools.
func (s *Store) countFrom(metrics prometheus.Registerer) error {
	for _, n := range s.Nouns {
		for _, t := range n.Tallies {
			counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: t.Name, Help: t.Help}, t.Labels)
			if err := metrics.Register(counter); err != nil {
				return fmt.Errorf("register metrics: %w", err)
			}
			for _, values := range t.From {
				counter.WithLabelValues(values...)
			}
			s.tallies = append(s.tallies, tallied{t.Count, func(values ...string) { counter.WithLabelValues(values...).Inc() }})
		}
	}
	if err := metrics.Register(pg.NewPoolCollector(map[string]pg.Measured{"write": s.Writes, "read": s.Reads})); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	return nil
}

// tally counts what a committed transaction has written.
func (s *Store) tally(rows *domain.Rows) {
	if rows == nil {
		return
	}
	for _, t := range s.tallies {
		t.count(rows, t.add)
	}
}

// logDecided says of each command that was decided what it came to, by ids alone: nothing of what was said in it.
func (s *Store) logDecided(ctx context.Context, jobs []*job, took time.Duration) {
	if !s.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	for _, j := range jobs {
		if !j.fresh || j.reused != nil {
			continue
		}
		line := []slog.Attr{
			slog.String("type", j.Type), slog.String("subject", j.Subject), slog.String("outcome", string(j.entry().Outcome)),
			slog.String("by", said(j.By)), slog.String("id", j.ID), slog.String("correlation", j.Correlation),
			slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int("batch", len(jobs)),
		}
		if j.code != "" {
			line = append(line, slog.String("code", j.code))
		}
		if id := bus.TraceID(j.Traceparent); id != "" {
			line = append(line, slog.String("traceId", id))
		}
		s.Log.LogAttrs(ctx, slog.LevelInfo, "decided", line...)
	}
}

// said is a principal in one word.
func said(p events.Principal) string {
	if p.ID == "" {
		return string(p.Type)
	}
	return string(p.Type) + ":" + p.ID
}
