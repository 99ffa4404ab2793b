package topics

import (
	"strings"
	"testing"

	"github.com/onlinemart/mart/events"
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
	if partitions > 500 {
		t.Errorf("%d topics have %d partitions, want 500 at most: a single broker with little memory has to open them all", len(all), partitions)
	}
}

func TestTopicsThatNobodyCouldWriteTo(t *testing.T) {
	t.Setenv("KAFKA_BROKERS", "127.0.0.1:1")
	t.Setenv("TOPIC_MIN_INSYNC_REPLICAS", "2")
	if err := Run(t.Context()); err == nil {
		t.Error("one copy and two in sync were accepted")
	}
}
