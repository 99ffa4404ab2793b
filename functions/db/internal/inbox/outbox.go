package inbox

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
)

// Publisher puts sealed results onto Kafka. Error: it is not known whether they are there.
type Publisher interface {
	Publish(ctx context.Context, envelopes ...events.Envelope) error
}

// relay takes committed outcomes to whoever waits for them, in this order: those who await it here, Kafka, the delivery
// that brought the command. The queue does not wait for Kafka.
func (s *Store) relay(jobs []*job) {
	var elsewhere []identity // awaited by nobody here
	for _, j := range jobs {
		if j.reused == nil {
			if !s.waiters.decided(decisionOf(j)) {
				elsewhere = append(elsewhere, j.identity())
			}
			for _, e := range j.results {
				s.changes.announce(e.Subject)
			}
		}
	}
	s.replicas.notify(elsewhere)
	s.deliveries.Go(func() {
		err := s.publish(jobs)
		for _, j := range jobs {
			j.finish(err)
		}
	})
}

func (s *Store) publish(jobs []*job) error {
	if err := s.FailAt.reach(BeforePublish); err != nil {
		return err
	}
	var all []events.Envelope
	var numbers []int64
	for _, j := range jobs {
		if j.reused == nil && len(j.results) > 0 && !j.forgotten { // what is forgotten was published before
			all = append(all, j.results...)
			numbers = append(numbers, j.number)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), publishLimit)
	defer cancel()
	if len(all) > 0 {
		if err := s.Publisher.Publish(ctx, all...); err != nil {
			return fmt.Errorf("publish the results: %w", err)
		}
	}
	s.published.add(numbers)
	return s.FailAt.reach(BeforeAck)
}

const (
	markEvery       = 100 * time.Millisecond
	markLimit       = 1000
	deletePublished = `delete from outbox where number = any($1)`
)

// publishedMarker empties the outbox in batches of what Kafka has. What it does not come to costs nothing but one more publication by the sweep.
type publishedMarker struct {
	store   *Store
	numbers chan []int64
}

func (m *publishedMarker) add(numbers []int64) {
	if len(numbers) > 0 {
		m.numbers <- numbers
	}
}

// work runs until numbers is closed, and deletes the rest.
func (m *publishedMarker) work() {
	for {
		first, ok := <-m.numbers
		if !ok {
			return
		}
		m.markPublished(m.gather(first))
	}
}

func (m *publishedMarker) gather(numbers []int64) []int64 {
	pause := time.NewTimer(markEvery)
	defer pause.Stop()
	for len(numbers) < markLimit {
		select {
		case more, ok := <-m.numbers:
			if !ok {
				return numbers
			}
			numbers = append(numbers, more...)
		case <-pause.C:
			return numbers
		}
	}
	return numbers
}

func (m *publishedMarker) markPublished(numbers []int64) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := m.store.Writes.Exec(ctx, deletePublished, numbers); err != nil {
		m.store.Log.Warn("the outbox could not be emptied of what is published; the sweep publishes it once more", "commands", len(numbers), "reason", err)
	}
}

func split(keys []identity) (sources, ids []string) {
	for _, k := range keys {
		sources, ids = append(sources, k.source), append(ids, k.id)
	}
	return sources, ids
}
