package topics

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Not parallel: it sets the environment, as a container does.
func TestTopics(t *testing.T) {
	broker, err := kafka.Start(t.Context(), kafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() }) // nothing is kept
	t.Setenv("KAFKA_BROKERS", broker.Address())
	t.Setenv("TOPIC_PARTITIONS", "4")
	t.Setenv("TOPIC_EVENT_PARTITIONS", "2")
	for range 2 { // the second time there is nothing to do
		if err := Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Address()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	found, err := kadm.NewClient(client).ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range events.Topics() {
		want := 2
		if strings.HasSuffix(name, ".commands") {
			want = 4
		}
		if got := len(found[name].Partitions); got != want {
			t.Errorf("%s has %d partitions, want %d", name, got, want)
		}
	}
}

// A small Kafka of three brokers keeps each partition three times: some hundreds at each are nothing to it, some thousands are.
func TestASmallKafkaCarriesThem(t *testing.T) {
	all, err := Wanted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	partitions := 0
	for _, topic := range all {
		partitions += topic.Partitions
	}
	if partitions > 900 {
		t.Errorf("%d topics have %d partitions, want 900 at most: a single broker with little memory has to open them all", len(all), partitions)
	}
}

func TestTopicsThatNobodyCouldWriteTo(t *testing.T) {
	t.Setenv("KAFKA_BROKERS", "127.0.0.1:1")
	t.Setenv("TOPIC_MIN_INSYNC_REPLICAS", "2")
	if err := Run(t.Context()); err == nil {
		t.Error("one copy and two in sync were accepted")
	}
}

// What the release before has left is counted for each function by itself, from where its group is.
func TestWhatIsLeftOfTheReleaseBefore(t *testing.T) {
	broker, err := kafka.Start(t.Context(), kafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() }) // nothing is kept
	access := bus.KafkaConfig{Brokers: []string{broker.Address()}}
	shape := Shape{Partitions: 1, OfEvents: 2, Replication: 1, MinInSync: 1}
	if err := kafka.EnsureTopicsAs(t.Context(), access, shape.Of(events.Topics())); err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Address()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	const topic = "mart.order.events"
	for i := range 10 {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: int32(i % 2), Value: []byte("{}")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	done := kadm.Offsets{}
	done.AddOffset(topic, 0, 5, -1)
	done.AddOffset(topic, 1, 3, -1)
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), "mart.inventory", done); err != nil {
		t.Fatal(err)
	}
	left, err := Left(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	want := []Rest{
		{"mart.customer.events", events.Notification, 0},
		{"mart.login.events", events.Notification, 0},
		{"mart.notification.events", events.Notification, 0},
		{topic, events.Order, 10},
		{topic, events.Notification, 10},
		{topic, events.Inventory, 2},
		{"mart.payment.events", events.Payment, 0},
		{"mart.payment.events", events.Notification, 0},
	}
	if d := cmp.Diff(want, left); d != "" {
		t.Error(d)
	}
}
