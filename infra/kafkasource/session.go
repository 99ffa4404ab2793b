package kafkasource

import (
	"context"

	"github.com/IBM/sarama"
)

// session holds the partitions of one generation of the group; sarama calls it.
type session struct {
	*consumer
	*backoffLogger
}

// Setup learns which partitions are ours.
func (s *session) Setup(joined sarama.ConsumerGroupSession) error {
	s.over()
	claims := 0
	for _, partitions := range joined.Claims() {
		claims += len(partitions)
	}
	s.consumer.log.Info("Joined the consumer group", "group", s.source.Spec.ConsumerGroup, "claims", joined.Claims())
	s.unstarted.Store(int64(claims))
	if claims == 0 {
		s.setReady(true)
	}
	return nil
}

// Cleanup runs when all claims of the session have returned.
func (s *session) Cleanup(sarama.ConsumerGroupSession) error {
	s.setReady(false)
	return nil
}

// ConsumeClaim reads one partition until it is revoked, when it returns at once (what is in flight will be
// delivered again by the next owner), or until shutdown, when it waits for what is in flight.
func (s *session) ConsumeClaim(joined sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	p := &progress{mark: func(next int64) { joined.MarkOffset(claim.Topic(), claim.Partition(), next, "") }}
	defer p.end()
	if s.unstarted.Add(-1) == 0 {
		s.setReady(true)
	}
	s.read(joined.Context(), claim.Messages(), p)
	if s.draining.Err() != nil {
		p.running.Wait()
	}
	return nil
}

// read hands records to dispatch in the order of their offsets.
func (c *consumer) read(ctx context.Context, messages <-chan *sarama.ConsumerMessage, p *progress) {
	for m := range messages {
		p.begin(m.Offset)
		t := task{claim: p, message: m, session: ctx}
		select {
		case c.polled <- t:
		case <-ctx.Done():
			p.finish(m.Offset, false)
			return
		}
	}
}

// dispatch is the poll loop of a consumer: while fewer than maxPoll records are in flight it
// takes up to maxPoll more, so that twice that less one are out at most.
func (c *consumer) dispatch(stopped <-chan struct{}) {
	for {
		for c.inFlight.Load() >= int64(c.maxPoll) {
			select {
			case <-c.freed:
			case <-stopped:
				return
			}
		}
		select {
		case t := <-c.polled:
			c.start(t)
		case <-stopped:
			return
		}
		for range c.maxPoll - 1 {
			select {
			case t := <-c.polled:
				c.start(t)
				continue
			default:
			}
			break
		}
	}
}

// start delivers in the background, unless the partition was revoked in the meantime.
func (c *consumer) start(t task) {
	if t.session.Err() != nil {
		t.claim.finish(t.message.Offset, false)
		return
	}
	c.inFlight.Add(1)
	c.running.Go(func() {
		c.handle(t)
		if c.inFlight.Add(-1) < int64(c.maxPoll) {
			select {
			case c.freed <- struct{}{}:
			default:
			}
		}
	})
}
