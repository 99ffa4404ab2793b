package kafkasource

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/IBM/sarama"
)

// Outcome is how the delivery of one record ended.
type Outcome string

const (
	Delivered    Outcome = "delivered"     // the sink accepted it
	DeadLettered Outcome = "dead-lettered" // the dead letter sink accepted it
	Dropped      Outcome = "dropped"       // neither did, or there is no dead letter sink: the event is gone
	Abandoned    Outcome = "abandoned"     // shut down first: its offset is not committed, it comes again
)

// Report tells Options.Observe how one record ended.
type Report struct {
	Source    string // namespace/name
	Topic     string
	Partition int32
	Offset    int64
	Outcome   Outcome
	Attempts  int           // at the sink
	Code      int           // the sink's last answer, 0 if it gave none
	Took      time.Duration // from the record's arrival here to its outcome
}

// Retry tells Options.Retrying that an attempt has failed and that another one follows.
type Retry struct {
	Source    string // namespace/name
	Topic     string
	Partition int32
	Offset    int64
	To        string // the sink or the dead letter sink
	Attempts  int    // there
	Reason    error
	Pause     time.Duration // before the next
}

// deliverer brings the records of one source to its sink, or to its dead letter sink.
type deliverer struct {
	source     *KafkaSource
	sink       destination
	deadLetter destination // nil if the source has none
	policy     policy
	wait       func(ctx context.Context, d time.Duration) error
	observe    func(Report)
	retrying   func(Retry)
	hangUp     func() // closes idle connections to the sinks
	log        *slog.Logger
}

// parcel is one record on its way.
type parcel struct {
	record *sarama.ConsumerMessage
	event  event
}

// logOf names the record in what is said of it. Of most nothing is said.
func (d *deliverer) logOf(p parcel) *slog.Logger {
	return d.log.With("topic", p.record.Topic, "partition", p.record.Partition, "offset", p.record.Offset)
}

// deliver returns true once the record is done with and its offset may be committed. Attempts end with
// sending; pauses between them end with draining, which leaves the record for the next start.
func (d *deliverer) deliver(sending, draining context.Context, r *sarama.ConsumerMessage) bool {
	begun := time.Now()
	p := parcel{r, d.source.eventOf(r)}
	last, attempts, finished := d.try(sending, draining, p, d.sink)
	outcome := Abandoned
	switch {
	case last.ok():
		outcome = Delivered
	case finished:
		outcome = d.bury(sending, draining, p, last)
	}
	if d.observe != nil {
		d.observe(Report{
			Source: d.name(), Topic: r.Topic, Partition: r.Partition, Offset: r.Offset,
			Outcome: outcome, Attempts: attempts, Code: last.code, Took: time.Since(begun),
		})
	}
	return outcome != Abandoned
}

func (d *deliverer) name() string {
	return d.source.Metadata.Namespace + "/" + d.source.Metadata.Name
}

// bury hands an event that the sink will not take to the dead letter sink.
func (d *deliverer) bury(sending, draining context.Context, p parcel, last answer) Outcome {
	e := p.event
	log := d.logOf(p).With("type", e.header.Get("ce-type"), "id", e.header.Get("ce-id"), "sink", d.sink.String(), "reason", last.problem())
	if d.deadLetter == nil {
		log.Error("Event dropped: the sink did not take it and the source has no dead letter sink")
		return Dropped
	}
	letter := parcel{p.record, e.with(last.errorExtensions(d.sink))}
	dead, _, finished := d.try(sending, draining, letter, d.deadLetter)
	switch {
	case dead.ok():
		log.Warn("Event sent to the dead letter sink")
		return DeadLettered
	case finished:
		log.Error("Event dropped: neither the sink nor the dead letter sink took it", "deadLetterSink", d.deadLetter.String(), "deadLetterReason", dead.problem())
		return Dropped
	}
	return Abandoned
}

// try attempts until the destination accepts, refuses for good, or the retries are used up. finished is
// false if it was stopped before that.
func (d *deliverer) try(sending, draining context.Context, p parcel, to destination) (last answer, attempts int, finished bool) {
	for n := 1; ; n++ {
		last = d.attempt(sending, to, p.event)
		switch {
		case last.ok():
			return last, n, true
		case sending.Err() != nil:
			return last, n, false
		case !last.worthRetry() || n > d.policy.retry:
			return last, n, true
		}
		pause := d.policy.pause(n)
		if n == 1 {
			d.logOf(p).Warn("Delivery failed, it will be tried again", "to", to.String(), "reason", last.problem(), "in", pause, "retries", d.policy.retry)
		}
		if d.retrying != nil {
			d.retrying(Retry{d.name(), p.record.Topic, p.record.Partition, p.record.Offset, to.String(), n, last.problem(), pause})
		}
		if err := d.wait(draining, pause); err != nil {
			return last, n, false
		}
	}
}

func (d *deliverer) attempt(ctx context.Context, to destination, e event) answer {
	ctx, cancel := context.WithTimeout(ctx, d.policy.timeout)
	defer cancel()
	return to.send(ctx, e)
}

// pause is the time before retry n (from 1): delay·2^n, without jitter or cap.
func (p policy) pause(n int) time.Duration {
	if d := float64(p.delay) * math.Exp2(float64(n)); d < math.MaxInt64 {
		return time.Duration(d)
	}
	return math.MaxInt64
}

// wait sleeps for d or until ctx ends, which is its error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
