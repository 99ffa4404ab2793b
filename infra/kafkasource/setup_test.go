package kafkasource

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
)

const patience = 2 * time.Minute

// broker is an embedded Kafka with a producer.
type broker struct {
	*kfake.Cluster
	producer *producer
	real     []string // the addresses of a Kafka that stands in for kfake
}

func (b *broker) ListenAddrs() []string {
	if b.real != nil {
		return b.real
	}
	return b.Cluster.ListenAddrs()
}

func newBroker(t testing.TB, options ...kfake.Opt) *broker {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, options...)...)
	if err != nil {
		t.Fatalf("start kfake: %v", err)
	}
	t.Cleanup(cluster.Close)
	return &broker{Cluster: cluster, producer: newProducer(t, cluster.ListenAddrs())}
}

// newBrokerWith has one topic of 12 partitions: on the Kafka at KAFKA_BROKERS if that is set, else embedded.
func newBrokerWith(t testing.TB, topic string) *broker {
	t.Helper()
	real := os.Getenv("KAFKA_BROKERS")
	if real == "" {
		return newBroker(t, kfake.SeedTopics(12, topic))
	}
	b := &broker{real: strings.Split(real, ",")}
	config := newConfig("test")
	config.Metadata.Full = true
	admin, err := sarama.NewClusterAdmin(b.real, config)
	if err != nil {
		t.Fatalf("connect to the Kafka at KAFKA_BROKERS=%s: %v", real, err)
	}
	defer admin.Close()
	if err := admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 12, ReplicationFactor: 1}, false); err != nil {
		t.Fatalf("create topic %s: %v", topic, err)
	}
	b.producer = newProducer(t, b.real)
	return b
}

func newProducer(t testing.TB, brokers []string) *producer {
	t.Helper()
	config := newConfig("test")
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.MaxMessageBytes = 4 << 20
	opened, err := openProducer(brokers, config)
	if err != nil {
		t.Fatalf("connect to %v: %v", brokers, err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}

func (b *broker) write(t testing.TB, messages ...*sarama.ProducerMessage) {
	t.Helper()
	for _, m := range messages {
		if err := b.producer.meet(m.Topic); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.producer.SendMessages(messages); err != nil {
		t.Fatalf("write to Kafka: %v", err)
	}
}

func (b *broker) committed(group, topic string, partition int32) int64 {
	info := b.GroupInfo(group)
	if info == nil {
		return 0
	}
	return info.Commits[topic][partition].Offset
}

// ce is a CloudEvent record in binary mode.
func ce(topic string, partition int32, id string) *sarama.ProducerMessage {
	m := &sarama.ProducerMessage{Topic: topic, Partition: partition, Value: sarama.StringEncoder(`{"id":"` + id + `"}`)}
	for _, h := range [][2]string{
		{"ce_specversion", "1.0"},
		{"ce_id", id},
		{"ce_type", "mart.test"},
		{"ce_source", "/test"},
		{"content-type", "application/json"},
	} {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(h[0]), Value: []byte(h[1])})
	}
	return m
}

// sourceYAML is a KafkaSource; fields are lines below spec.
func sourceYAML(name string, topics []string, sink string, fields ...string) string {
	return fmt.Sprintf(`
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: %s, namespace: mart}
spec:
  consumerGroup: %s
  bootstrapServers: [kafka:9092]
  topics: [%s]
  initialOffset: earliest
  sink: {uri: %q}
  %s
---
`, name, name, strings.Join(topics, ", "), sink, strings.Join(fields, "\n  "))
}

const (
	isUnordered = "ordering: unordered"
	sinkYAML    = `
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: dead, namespace: mart}
spec: {topic: dead-letters, bootstrapServers: [kafka:9092]}
---
`
)

func deliveryYAML(retry int, deadLetterSink string) string {
	return fmt.Sprintf("delivery: {retry: %d, backoffDelay: PT0.001S, timeout: PT5S, deadLetterSink: %s}", retry, deadLetterSink)
}

// started is a Run that is ready; stop drains it.
type started struct {
	stop    func()
	reports chan Report
}

func start(t testing.TB, b *broker, yaml string, options ...func(*Options)) *started {
	t.Helper()
	s, ready := launch(t, b, yaml, options...)
	select {
	case <-ready:
	case <-time.After(patience):
		t.Fatal("the sources did not become ready")
	}
	return s
}

func launch(t testing.TB, b *broker, yaml string, options ...func(*Options)) (*started, <-chan struct{}) {
	t.Helper()
	objects, err := Parse(strings.NewReader(yaml))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	ready := make(chan struct{})
	s := &started{reports: make(chan Report, 100_000)}
	o := Options{
		Brokers: b.ListenAddrs(),
		Log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
		Ready:   func() { close(ready) },
		Observe: func(r Report) { s.reports <- r },
	}
	for _, option := range options {
		option(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o, objects) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("Run did not end")
		}
	})
	t.Cleanup(s.stop)
	return s, ready
}

func (s *started) report(t testing.TB) Report {
	t.Helper()
	select {
	case r := <-s.reports:
		return r
	case <-time.After(patience):
		t.Fatal("no record was settled")
		return Report{}
	}
}

func equal[T any](t testing.TB, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("differs (-want +got):\n%s", diff)
	}
}

// eventually polls for what no signal announces.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func replace(yaml, old, with string) string { return strings.Replace(yaml, old, with, 1) }

func portOf(t testing.TB, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
