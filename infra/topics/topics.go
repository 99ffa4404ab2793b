// Package topics makes the Kafka topics that are missing, with what a mart needs of them, and ends when each has its leaders.
//
// It receives only settings and emits nothing: a job before the first start and after an upgrade that brought a new topic.
package topics

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/sethvargo/go-envconfig"
)

type config struct {
	Kafka events.KafkaConfig

	Partitions  int           `env:"TOPIC_PARTITIONS, default=12"`         // enough to spread consumers; unordered delivery needs no more
	Replication int           `env:"TOPIC_REPLICATION, default=1"`         // in production 3
	MinInSync   int           `env:"TOPIC_MIN_INSYNC_REPLICAS, default=1"` // in production 2: with acks=all a record is on two disks
	Retention   time.Duration `env:"TOPIC_RETENTION, default=168h"`        // well below INBOX_HORIZON, or a replay is refused as too old
	DeadLetters time.Duration `env:"DEAD_LETTER_RETENTION, default=720h"`  // long enough for somebody to look
	Wait        time.Duration `env:"TOPIC_WAIT, default=2m"`               // for brokers that are still starting
}

// Run reads its settings from the environment and makes the topics, trying until the brokers answer. Running it again does no harm.
// Error: a setting is wrong, or Kafka did not answer within TOPIC_WAIT.
func Run(ctx context.Context) error {
	var c config
	if err := envconfig.Process(ctx, &c); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if c.MinInSync > c.Replication {
		return fmt.Errorf("TOPIC_MIN_INSYNC_REPLICAS is %d and TOPIC_REPLICATION %d: nothing could be written; raise the second", c.MinInSync, c.Replication)
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	topics := c.topics()
	for {
		err := kafka.EnsureTopicsAs(ctx, c.Kafka, topics)
		if err == nil {
			slog.Info("every topic is there", "topics", len(topics))
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		slog.Warn("trying again", "reason", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}

func (c config) topics() []kafka.Topic {
	var all []kafka.Topic
	for _, name := range events.Topics() {
		retention := c.Retention
		if name == events.DeadLetterTopic {
			retention = c.DeadLetters
		}
		all = append(all, kafka.Topic{Name: name, Partitions: c.Partitions, Replication: c.Replication, Config: map[string]string{
			"retention.ms":        strconv.FormatInt(retention.Milliseconds(), 10),
			"min.insync.replicas": strconv.Itoa(c.MinInSync),
			"max.message.bytes":   strconv.Itoa(kafka.MaxMessageBytes),
		}})
	}
	return all
}
