package kafkasource

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

const (
	firstRetry = 200 * time.Millisecond // of a lost or absent Kafka
	lastRetry  = 2 * time.Second
)

// consumer is one member of a source's consumer group.
type consumer struct {
	source  *KafkaSource
	deliver *deliverer
	brokers []string
	config  *sarama.Config
	maxPoll int
	log     *slog.Logger

	polled   chan task // what the claims have read, at most one poll's worth
	inFlight atomic.Int64
	freed    chan struct{} // a signal that inFlight fell below maxPoll
	running  sync.WaitGroup

	sending, draining context.Context
	ready             *readiness
	unstarted         atomic.Int64 // claims of this session that do not read yet
	isReady           bool
}

// task is a record on its way, and the claim it counts for.
type task struct {
	claim   *progress
	message *sarama.ConsumerMessage
	session context.Context
}

func newConsumer(o Options, s *KafkaSource, d *deliverer, config *sarama.Config, log *slog.Logger) *consumer {
	return &consumer{
		source: s, deliver: d, config: config, log: log,
		brokers: o.brokers(s.Spec.BootstrapServers),
		maxPoll: o.MaxPollRecords,
		polled:  make(chan task, o.MaxPollRecords),
		freed:   make(chan struct{}, 1),
	}
}

// run takes part in the group until draining, which is Run's context, ends; it returns when nothing is in
// flight any more. Attempts use sending.
func (c *consumer) run(draining, sending context.Context, ready *readiness) {
	c.draining, c.sending, c.ready = draining, sending, ready
	stopped := make(chan struct{})
	c.running.Go(func() { c.dispatch(stopped) })
	t := backoffLogger{log: c.log, topics: c.source.Spec.Topics}
	for draining.Err() == nil {
		group, err := sarama.NewConsumerGroup(c.brokers, c.source.Spec.ConsumerGroup, c.config)
		if err != nil {
			t.pause(draining, err)
			continue
		}
		c.join(group, &t)
	}
	close(stopped)
	c.running.Wait()
	c.deliver.hangUp()
}

// join takes part in one session after the other until draining or until the client must be made anew.
func (c *consumer) join(group sarama.ConsumerGroup, t *backoffLogger) {
	var logging sync.WaitGroup
	logging.Go(func() { c.logErrors(group.Errors()) })
	for c.draining.Err() == nil {
		err := group.Consume(c.draining, c.source.Spec.Topics, &session{consumer: c, backoffLogger: t})
		if errors.Is(err, sarama.ErrClosedConsumerGroup) {
			break
		}
		if err != nil {
			t.pause(c.draining, err)
		}
	}
	if err := group.Close(); err != nil && c.draining.Err() == nil {
		c.log.Warn("Leaving the consumer group failed", "error", err)
	}
	logging.Wait()
}

// logErrors logs at most one error in ten seconds; a lost broker makes one per partition and attempt.
func (c *consumer) logErrors(errs <-chan error) {
	var quietUntil time.Time
	unlogged := 0
	for err := range errs {
		if time.Now().Before(quietUntil) {
			unlogged++
			continue
		}
		c.log.Warn("Trouble with Kafka, reading goes on when it is over", "error", err, "unlogged", unlogged)
		quietUntil, unlogged = time.Now().Add(10*time.Second), 0
	}
}

// setReady is called by one session at a time.
func (c *consumer) setReady(ready bool) {
	switch {
	case ready && !c.isReady:
		c.ready.change(-1)
	case !ready && c.isReady:
		c.ready.change(+1)
	}
	c.isReady = ready
}

// handle delivers one record and settles it, unless it was left for the next start.
func (c *consumer) handle(t task) {
	t.claim.finish(t.message.Offset, c.deliver.deliver(c.sending, c.draining, t.message))
}

// backoffLogger paces and logs the attempts to reach Kafka: once per kind of trouble, then every tenth time.
type backoffLogger struct {
	log    *slog.Logger
	topics []string
	last   string
	times  int
	delay  time.Duration
}

func (t *backoffLogger) pause(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if err.Error() != t.last {
		t.times, t.last = 0, err.Error()
	}
	if t.times%10 == 0 {
		if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			t.log.Warn("A topic does not exist yet: create it; the source waits for it", "topics", t.topics)
		} else {
			t.log.Warn("Kafka cannot be reached, trying again", "error", err)
		}
	}
	t.times++
	t.delay = min(max(2*t.delay, firstRetry), lastRetry)
	_ = wait(ctx, t.delay) // the caller looks at ctx
}

func (t *backoffLogger) over() { t.last, t.times, t.delay = "", 0, 0 }
