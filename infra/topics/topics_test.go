package topics

import (
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
	t.Setenv("TOPIC_PARTITIONS", "3")
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
		if got := len(found[name].Partitions); got != 3 {
			t.Errorf("%s has %d partitions, want 3", name, got)
		}
	}
}

func TestTopicsThatNobodyCouldWriteTo(t *testing.T) {
	t.Setenv("KAFKA_BROKERS", "127.0.0.1:1")
	t.Setenv("TOPIC_MIN_INSYNC_REPLICAS", "2")
	if err := Run(t.Context()); err == nil {
		t.Error("one copy and two in sync were accepted")
	}
}
