package e2e

import (
	"fmt"
	"sync"
	"time"

	"github.com/onlinemart/mart/infra/kafkasource"
)

// retries follows the deliveries that have failed and are about to be repeated.
type retries struct {
	mu   sync.Mutex
	open map[delivery]kafkasource.Retry
}

// delivery is one record on its way to one function.
type delivery struct {
	source, topic string
	partition     int32
	offset        int64
}

// commitOften has sources say soon what they are done with: a storm waits for that each time it comes to rest, and would wait 5 s otherwise. What comes
// again because nobody said so is what mustHoldLate and the shuffled deliveries are about.
func commitOften(o *kafkasource.Options) { o.CommitEvery = 200 * time.Millisecond }

// watch is how a mart's sources tell about them.
func (r *retries) watch(o *kafkasource.Options) {
	commitOften(o)
	r.open = map[delivery]kafkasource.Retry{}
	o.Retrying = func(f kafkasource.Retry) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.open[delivery{f.Source, f.Topic, f.Partition, f.Offset}] = f
	}
	o.Observe = func(e kafkasource.Report) {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.open, delivery{e.Source, e.Topic, e.Partition, e.Offset})
	}
}

// all tells every one of them.
func (r *retries) all() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for at, f := range r.open {
		all = append(all, fmt.Sprintf("%s/%d at %d has failed %d times at %s (%v) and is tried again %s after the last time",
			at.topic, at.partition, at.offset, f.Attempts, f.To, f.Reason, f.Pause.Round(time.Millisecond)))
	}
	return all
}

// of tells how one record fares.
func (r *retries) of(topic string, partition int32, offset int64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for at, f := range r.open {
		if at.topic == topic && at.partition == partition && at.offset == offset {
			return fmt.Sprintf("it has failed %d times (%v) and is tried again", f.Attempts, f.Reason)
		}
	}
	return "no retry is under way"
}
