package kafka_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/kafka"
)

func TestEnsureTopicsCreatesWhatIsMissingOnce(t *testing.T) {
	t.Parallel()
	broker := start(t, kafka.Config{})
	topics := []kafka.Topic{
		{Name: "commands", Partitions: 12, Replication: 1, Config: map[string]string{"retention.ms": "86400000"}},
		{Name: "results"},
	}
	var all sync.WaitGroup
	for range 4 { // at the same moment
		all.Go(func() { ensure(t, broker.Address(), topics...) })
	}
	all.Wait()
	topics[0].Partitions = 3 // an existing topic is left as it is
	ensure(t, broker.Address(), topics...)

	admin, err := sarama.NewClusterAdmin([]string{broker.Address()}, settings())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	found, err := admin.ListTopics()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int32{}
	for name, detail := range found {
		got[name] = detail.NumPartitions
	}
	if diff := cmp.Diff(map[string]int32{"commands": 12, "results": 1}, got); diff != "" {
		t.Errorf("topics and partitions (-want +got):\n%s", diff)
	}
	if retention := found["commands"].ConfigEntries["retention.ms"]; retention == nil || *retention != "86400000" {
		t.Errorf("retention.ms of commands: got %v, want 86400000", retention)
	}
}

// A topic of an earlier release takes on the bounds of this one, and keeps what its operator has set.
func TestATopicThatExistsIsGivenItsBounds(t *testing.T) {
	t.Parallel()
	broker := start(t, kafka.Config{})
	ensure(t, broker.Address(), kafka.Topic{Name: "commands", Config: map[string]string{"retention.ms": "1000", "max.message.bytes": "2097152"}})
	now := kafka.Topic{Name: "commands", Config: map[string]string{"retention.ms": "2000"}, Bounds: kafka.BoundsOf("commands")}
	for range 2 { // the second time there is nothing to do
		ensure(t, broker.Address(), now)
	}
	admin, err := sarama.NewClusterAdmin([]string{broker.Address()}, settings())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	described, err := admin.DescribeConfigs([]*sarama.ConfigResource{{Type: sarama.TopicResource, Name: "commands"}}, sarama.DescribeConfigsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range described[0].Configs {
		got[e.Name] = e.Value
	}
	for name, want := range map[string]string{"retention.ms": "1000", "max.message.bytes": "1040384", "compression.type": "uncompressed"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestTheBrokerCreatesNoTopicByItself(t *testing.T) {
	t.Parallel()
	broker := start(t, kafka.Config{})
	cfg := settings()
	cfg.Metadata.Retry.Max = 0
	client, err := sarama.NewClient([]string{broker.Address()}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.RefreshMetadata("nobody-made-this"); !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		t.Errorf("got %v, want an unknown topic", err)
	}
	topics, err := client.Topics()
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(topics, "nobody-made-this") {
		t.Error("the topic is there")
	}
}

func TestEnsureTopicsNamesAnUnreachableBroker(t *testing.T) {
	t.Parallel()
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	err = kafka.EnsureTopics(ctx, []string{address}, []kafka.Topic{{Name: "orders"}})
	var unreachable *kafka.UnreachableError
	if !errors.As(err, &unreachable) {
		t.Fatalf("got %v, want an UnreachableError", err)
	}
	if !strings.Contains(err.Error(), address) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want one line that names %s", err, address)
	}
	t.Log(err)
}
