package db

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
)

// publisher puts sealed results onto Kafka. Error: it is not known whether they are there.
type publisher interface {
	Publish(ctx context.Context, envelopes ...events.Envelope) error
}

// deliver takes committed outcomes to whoever waits for them, in this order: those who await it here, Kafka, the delivery
// that brought the command. The lane does not wait for Kafka.
func (s *Store) deliver(jobs []*job) {
	var elsewhere []identity // awaited by nobody here
	for _, j := range jobs {
		if j.refused == nil {
			if !s.waiters.decided(decisionOf(j)) {
				elsewhere = append(elsewhere, j.identity())
			}
			for _, e := range j.results {
				s.news.tell(e.Subject)
			}
		}
	}
	s.neighbours.tell(elsewhere)
	s.deliveries.Go(func() {
		err := s.publish(jobs)
		for _, j := range jobs {
			j.finish(err)
		}
	})
}

func (s *Store) publish(jobs []*job) error {
	if err := s.failAt.reach(beforePublish); err != nil {
		return err
	}
	var all []events.Envelope
	var keys []identity
	for _, j := range jobs {
		if j.refused == nil && len(j.results) > 0 {
			all = append(all, j.results...)
			keys = append(keys, j.identity())
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), publishing)
	defer cancel()
	if len(all) > 0 {
		if err := s.publisher.Publish(ctx, all...); err != nil {
			return fmt.Errorf("publish the results: %w", err)
		}
	}
	s.published.add(keys)
	return s.failAt.reach(beforeAck)
}

const (
	markEvery = 100 * time.Millisecond
	markLimit = 1000
	markSQL   = `
		update inbox set published_at = now()
		from unnest($1::text[], $2::text[]) as c (source, id)
		where inbox.source = c.source and inbox.id = c.id and inbox.published_at is null`
)

// marker notes in batches which results Kafka has. A note that is lost costs nothing but one more publication by the sweep.
type marker struct {
	store *Store
	keys  chan []identity
}

func (m *marker) add(keys []identity) {
	if len(keys) > 0 {
		m.keys <- keys
	}
}

// work runs until keys is closed, and notes the rest.
func (m *marker) work() {
	for {
		first, ok := <-m.keys
		if !ok {
			return
		}
		m.mark(m.gather(first))
	}
}

func (m *marker) gather(keys []identity) []identity {
	pause := time.NewTimer(markEvery)
	defer pause.Stop()
	for len(keys) < markLimit {
		select {
		case more, ok := <-m.keys:
			if !ok {
				return keys
			}
			keys = append(keys, more...)
		case <-pause.C:
			return keys
		}
	}
	return keys
}

func (m *marker) mark(keys []identity) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	sources, ids := split(keys)
	if _, err := m.store.writes.Exec(ctx, markSQL, sources, ids); err != nil {
		m.store.log.Warn("published results could not be marked; the sweep publishes them once more", "results", len(keys), "reason", err)
	}
}

func split(keys []identity) (sources, ids []string) {
	for _, k := range keys {
		sources, ids = append(sources, k.source), append(ids, k.id)
	}
	return sources, ids
}
