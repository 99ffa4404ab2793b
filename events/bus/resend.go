package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/onlinemart/mart/events"
)

// Resend writes an event once more, as it was, to the topic that only the function reads which could not take it; place is its letter's.
// Error: ErrUnknownOutcome, or why nothing was sent.
func (p *Publisher) Resend(ctx context.Context, to events.Function, place string, e events.Envelope) error {
	c := CloudEvent(e)
	c.SetExtension(ReplayOfExtension, place)
	record, err := recordOf(ctx, events.ReplayTopic(to), c)
	if err != nil {
		return err
	}
	if p.deliver != nil {
		return p.handOver(ctx, []events.Envelope{e})
	}
	began := time.Now()
	err = p.write([]*sarama.ProducerMessage{record})
	p.measures.sent([]events.Envelope{e}, time.Since(began), err)
	return err
}

// ErrNoPlace means that a letter's partition is none of its topic's: that was made anew, with fewer.
var ErrNoPlace = errors.New("the dead letters have no such partition")

// Mark writes beside a letter what was done about it. Error: ErrNoPlace, ErrUnknownOutcome, or that the letter has no place.
func (p *Publisher) Mark(_ context.Context, m events.PlacedMark) error {
	partition, _, ok := PlaceOf(m.Place)
	if !ok {
		return fmt.Errorf("%q is no letter's place", m.Place)
	}
	if p.deliver != nil {
		return nil // without Kafka there are no letters
	}
	record := &sarama.ProducerMessage{Topic: events.DeadLetterTopic, Timestamp: m.At, Metadata: beside(partition)}
	for name, value := range MarkAttributes(m, p.self.Source()) {
		record.Headers = append(record.Headers, sarama.RecordHeader{Key: []byte("ce_" + name), Value: []byte(value)})
	}
	p.sending.RLock()
	defer p.sending.RUnlock()
	if p.closed {
		return errClosed
	}
	err := p.letters.write(record)
	if errors.Is(err, sarama.ErrInvalidPartition) {
		return fmt.Errorf("%w: %s", ErrNoPlace, m.Place)
	}
	return err
}

// PlaceOf reads a place, partition:offset. It reports false for what is none.
func PlaceOf(place string) (partition int32, offset int64, ok bool) {
	of, at, found := strings.Cut(place, ":")
	p, err := strconv.ParseInt(of, 10, 32)
	o, wrong := strconv.ParseInt(at, 10, 64)
	return int32(p), o, found && err == nil && wrong == nil && p >= 0 && o >= 0
}

// beside is the partition of a record that belongs beside another one.
type beside int32

// placing puts such a record there, and every other as the partitioner does that it has.
type placing struct{ sarama.Partitioner }

func newPlacing(topic string) sarama.Partitioner {
	return placing{sarama.NewMurmur2Partitioner(topic)}
}

// Partition is where a record goes.
func (p placing) Partition(m *sarama.ProducerMessage, partitions int32) (int32, error) {
	if to, fixed := m.Metadata.(beside); fixed {
		return int32(to), nil
	}
	return p.Partitioner.Partition(m, partitions)
}

// MessageRequiresConsistency tells whether a record must wait for its partition while that has no leader.
func (placing) MessageRequiresConsistency(m *sarama.ProducerMessage) bool {
	_, fixed := m.Metadata.(beside)
	return fixed || m.Key != nil
}
