package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/poll"
)

// BoundsOf is what keeps records of a topic of the mart within what every reader can handle: set when the topic is made, and on a topic
// that exists. Kafka keeps them uncompressed, because it measures a record as it is stored: a compressed one could have any size.
func BoundsOf(topic string) map[string]string {
	most := bus.MaxRecordBytes
	switch {
	case topic == events.DeadLetterTopic:
		most = bus.MaxLetterBytes
	case events.IsReplayTopic(topic):
		most = bus.MaxReplayBytes
	}
	return map[string]string{"max.message.bytes": strconv.Itoa(most), "compression.type": "uncompressed"}
}

// Topic is one topic as it should be. Zero Partitions or Replication means the broker's default; Config holds the
// broker's names and values, such as "retention.ms": "1209600000". Bounds are more of them, which a topic that exists is given, too.
type Topic struct {
	Name        string
	Partitions  int
	Replication int
	Config      map[string]string
	Bounds      map[string]string
}

// EnsureTopics creates the topics that are missing and returns once every partition of every topic has a leader, so that
// the first record can be sent at once. Of a topic that exists only the Bounds are set. Running it twice, or in two processes at
// the same moment, does no harm. It gives up when ctx ends.
func EnsureTopics(ctx context.Context, brokers []string, topics []Topic) error {
	return EnsureTopicsAs(ctx, bus.KafkaConfig{Brokers: brokers}, topics)
}

// EnsureTopicsAs is EnsureTopics on brokers that want TLS or a user.
func EnsureTopicsAs(ctx context.Context, access bus.KafkaConfig, topics []Topic) error {
	if len(topics) == 0 {
		return nil
	}
	client, err := Connect(ctx, access, kgo.ClientID("mart-topics"), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	missing, err := missingTopics(ctx, admin, topics)
	if err != nil {
		return err
	}
	for _, alike := range byShape(missing) {
		if err := create(ctx, admin, alike); err != nil {
			return err
		}
	}
	if err := awaitLeaders(ctx, admin, topics); err != nil {
		return err
	}
	return bound(ctx, admin, topics)
}

func missingTopics(ctx context.Context, admin *kadm.Client, topics []Topic) ([]Topic, error) {
	found, err := admin.ListTopics(ctx, names(topics)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: list topics: %w", err)
	}
	var missing []Topic
	for _, topic := range topics {
		if !found.Has(topic.Name) {
			missing = append(missing, topic)
		}
	}
	return missing, nil
}

// byShape puts topics together that one request can make.
func byShape(topics []Topic) map[string][]Topic {
	all := map[string][]Topic{}
	for _, t := range topics {
		shape := fmt.Sprint(t.Partitions, t.Replication, t.Config, t.Bounds)
		all[shape] = append(all[shape], t)
	}
	return all
}

// create makes topics of one shape.
func create(ctx context.Context, admin *kadm.Client, alike []Topic) error {
	topic := alike[0]
	configs := make(map[string]*string, len(topic.Config)+len(topic.Bounds))
	for _, settings := range []map[string]string{topic.Config, topic.Bounds} {
		for name, value := range settings {
			configs[name] = &value
		}
	}
	made, err := admin.CreateTopics(ctx, orDefault(topic.Partitions), int16(orDefault(topic.Replication)), configs, names(alike)...)
	if err != nil {
		return fmt.Errorf("kafka: create topics: %w", err)
	}
	for _, one := range made.Sorted() {
		if one.Err != nil && !errors.Is(one.Err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("kafka: create topic %s: %w", one.Topic, one.Err)
		}
	}
	return nil
}

// bound gives topics that were made by somebody else, or by an earlier release, their bounds.
func bound(ctx context.Context, admin *kadm.Client, topics []Topic) error {
	found, err := admin.DescribeTopicConfigs(ctx, names(topics)...)
	if err != nil {
		return fmt.Errorf("kafka: read the settings of topics: %w", err)
	}
	for _, topic := range topics {
		now, err := found.On(topic.Name, nil)
		if err == nil {
			err = now.Err
		}
		if err != nil {
			return fmt.Errorf("kafka: read the settings of topic %s: %w", topic.Name, err)
		}
		var changes []kadm.AlterConfig
		for name, value := range topic.Bounds {
			differs := func(c kadm.Config) bool { return c.Key == name && c.MaybeValue() != value }
			if slices.ContainsFunc(now.Configs, differs) {
				changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value})
			}
		}
		if len(changes) == 0 {
			continue
		}
		if err := change(ctx, admin, topic.Name, changes); err != nil {
			return err
		}
	}
	return nil
}

func change(ctx context.Context, admin *kadm.Client, topic string, changes []kadm.AlterConfig) error {
	answers, err := admin.AlterTopicConfigs(ctx, changes, topic)
	if err == nil && len(answers) > 0 {
		err = answers[0].Err
	}
	if err != nil {
		return fmt.Errorf("kafka: change the settings of topic %s: %w", topic, err)
	}
	return nil
}

// orDefault gives Kafka's own spelling of "the broker's default".
func orDefault(n int) int32 {
	if n <= 0 {
		return -1
	}
	return int32(n)
}

func awaitLeaders(ctx context.Context, admin *kadm.Client, topics []Topic) error {
	var waiting string
	var fault error
	err := poll.Until(ctx, 20*time.Millisecond, func(ctx context.Context) (bool, error) {
		waiting, fault = leaderless(ctx, admin, topics)
		return waiting == "", fault
	})
	if err != nil && fault == nil {
		return fmt.Errorf("kafka: topic %s has no leader yet: %w", waiting, err)
	}
	return err
}

func leaderless(ctx context.Context, admin *kadm.Client, topics []Topic) (string, error) {
	found, err := admin.ListTopics(ctx, names(topics)...)
	if err != nil {
		return "", fmt.Errorf("kafka: list topics: %w", err)
	}
	for _, topic := range topics {
		detail := found[topic.Name]
		if detail.Err != nil || len(detail.Partitions) == 0 {
			return topic.Name, nil
		}
		for _, partition := range detail.Partitions {
			if partition.Err != nil || partition.Leader < 0 {
				return topic.Name, nil
			}
		}
	}
	return "", nil
}

func names(topics []Topic) []string {
	list := make([]string, 0, len(topics))
	for _, topic := range topics {
		list = append(list, topic.Name)
	}
	return list
}
