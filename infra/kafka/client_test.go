package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
)

// settings are those that Mart's functions use: acks=all, murmur2, no idempotent producer.
func settings() *sarama.Config {
	cfg := sarama.NewConfig()
	cfg.Producer.RequiredAcks = sarama.WaitForAll
	cfg.Producer.Return.Successes = true
	cfg.Producer.Partitioner = sarama.NewMurmur2Partitioner
	cfg.Consumer.Offsets.Initial = sarama.OffsetOldest
	cfg.Consumer.Offsets.AutoCommit.Enable = false
	return cfg
}

// produce sends count records, keys and values counting up from first, and returns the values in order.
func produce(t *testing.T, address, topic string, first, count int) []string {
	t.Helper()
	producer, err := sarama.NewSyncProducer([]string{address}, settings())
	if err != nil {
		t.Fatal(err)
	}
	values := make([]string, 0, count)
	for n := first; n < first+count; n++ {
		value := fmt.Sprintf("record-%05d", n)
		message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(value), Value: sarama.StringEncoder(value)}
		if _, _, err := producer.SendMessage(message); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := producer.Close(); err != nil {
		t.Fatal(err)
	}
	return values
}

// produceUntilCut sends records on several lines at once until the broker is gone and returns those it acknowledged.
func produceUntilCut(t *testing.T, address, topic, prefix string, enough func(acknowledged int)) []string {
	t.Helper()
	cfg := settings()
	cfg.Producer.Retry.Max, cfg.Metadata.Retry.Max = 0, 0
	cfg.Net.DialTimeout, cfg.Net.ReadTimeout = time.Second, time.Second
	producer, err := sarama.NewSyncProducer([]string{address}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	var acknowledged []string
	var mu sync.Mutex
	var lines sync.WaitGroup
	for line := range 8 {
		lines.Go(func() {
			for n := 0; ; n++ {
				value := fmt.Sprintf("%s-%d-%05d", prefix, line, n)
				message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(value), Value: sarama.StringEncoder(value)}
				if _, _, err := producer.SendMessage(message); err != nil {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, value)
				enough(len(acknowledged))
				mu.Unlock()
			}
		})
	}
	lines.Wait()
	return acknowledged
}

// consume joins a group, reads count records, commits them, leaves, and returns the values sorted.
func consume(t *testing.T, address, group, topic string, count int) []string {
	t.Helper()
	member, err := sarama.NewConsumerGroup([]string{address}, group, settings())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	reader := &reader{enough: count, done: cancel}
	for ctx.Err() == nil {
		if err := member.Consume(ctx, []string{topic}, reader); err != nil && !looksForCoordinator(err) {
			t.Fatal(err)
		}
	}
	if err := member.Close(); err != nil {
		t.Fatal(err)
	}
	return sorted(reader.values)
}

// looksForCoordinator tells whether a Kafka that has just started has still to make up its mind which broker a group is coordinated by.
func looksForCoordinator(err error) bool {
	return errors.Is(err, sarama.ErrNotCoordinatorForConsumer) || errors.Is(err, sarama.ErrConsumerCoordinatorNotAvailable) || errors.Is(err, sarama.ErrOffsetsLoadInProgress)
}

// consumeAll reads every partition to its end.
func consumeAll(t *testing.T, address, topic string) []string {
	t.Helper()
	client, err := sarama.NewClient([]string{address}, settings())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	partitions, err := client.Partitions(topic)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, partition := range partitions {
		end, err := client.GetOffset(topic, partition, sarama.OffsetNewest)
		if err != nil {
			t.Fatal(err)
		}
		if end == 0 {
			continue
		}
		claim, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		if err != nil {
			t.Fatal(err)
		}
		for message := range claim.Messages() {
			values = append(values, string(message.Value))
			if message.Offset == end-1 {
				break
			}
		}
		if err := claim.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

type reader struct {
	mu     sync.Mutex
	values []string
	enough int
	done   func()
}

func (*reader) Setup(sarama.ConsumerGroupSession) error { return nil }

func (*reader) Cleanup(session sarama.ConsumerGroupSession) error {
	session.Commit()
	return nil
}

func (r *reader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		session.MarkMessage(message, "")
		r.take(string(message.Value))
	}
	return nil
}

func (r *reader) take(value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values = append(r.values, value)
	if len(r.values) == r.enough {
		r.done()
	}
}

func sorted(values []string) []string { return slices.Sorted(slices.Values(values)) }
