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
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/settings"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/poll"
	"github.com/sethvargo/go-envconfig"
)

// Settings is what Run reads from its environment.
type Settings struct {
	Kafka bus.KafkaConfig
	Shape Shape
	Wait  time.Duration `env:"TOPIC_WAIT, default=2m" doc:"How long it waits for brokers that are still starting."`
}

// Shape is what the topics are like.
type Shape struct {
	Partitions  int           `env:"TOPIC_PARTITIONS, default=12" doc:"Of a topic of commands: enough to spread db's consumers; unordered delivery needs no more."`
	OfEvents    int           `env:"TOPIC_EVENT_PARTITIONS, default=3" doc:"Of every other topic. There is one for each event, so that few are enough to spread a function's consumers."`
	Replication int           `env:"TOPIC_REPLICATION, default=1" doc:"Copies of each record; in production 3."`
	MinInSync   int           `env:"TOPIC_MIN_INSYNC_REPLICAS, default=1" doc:"Copies that an acknowledged record has; in production 2."`
	Retention   time.Duration `env:"TOPIC_RETENTION, default=168h" doc:"How long records are kept: well below INBOX_HORIZON, or a replay is refused as too old."`
	DeadLetters time.Duration `env:"DEAD_LETTER_RETENTION, default=720h" doc:"How long dead letters are kept: until somebody has looked."`
}

// Run reads its settings from the environment and makes the topics, trying until the brokers answer. Running it again does no harm.
// Error: a setting is wrong, or Kafka did not answer within TOPIC_WAIT.
func Run(ctx context.Context) error {
	var c Settings
	if err := settings.Fill(ctx, envconfig.OsLookuper(), &c); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	if err := c.Shape.check(); err != nil {
		return err
	}
	topics := c.Shape.Of(events.Topics())
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	var err error
	_ = poll.Until(ctx, time.Second, func(ctx context.Context) (bool, error) { // err says why the wait was in vain
		if err = kafka.EnsureTopicsAs(ctx, c.Kafka, topics); err != nil && ctx.Err() == nil {
			slog.Warn("trying again", "reason", err)
		}
		return err == nil, nil
	})
	if err == nil {
		slog.Info("every topic is there", "topics", len(topics))
	}
	return err
}

// Wanted is every topic of the mart as the settings in the environment have it, or their defaults. Error: a setting is wrong.
func Wanted(ctx context.Context) ([]kafka.Topic, error) {
	var s Shape
	if err := envconfig.Process(ctx, &s); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return s.Of(events.Topics()), s.check()
}

func (s Shape) check() error {
	if s.MinInSync > s.Replication {
		return fmt.Errorf("TOPIC_MIN_INSYNC_REPLICAS is %d and TOPIC_REPLICATION %d: nothing could be written; raise the second", s.MinInSync, s.Replication)
	}
	return nil
}

// Of is the topics of those names in this shape.
func (s Shape) Of(names []string) (all []kafka.Topic) {
	for _, name := range names {
		retention := s.Retention
		if name == events.DeadLetterTopic {
			retention = s.DeadLetters
		}
		partitions := s.OfEvents
		if events.IsCommandTopic(name) {
			partitions = s.Partitions
		}
		all = append(all, kafka.Topic{Name: name, Partitions: partitions, Replication: s.Replication, Config: map[string]string{
			"retention.ms":        strconv.FormatInt(retention.Milliseconds(), 10),
			"min.insync.replicas": strconv.Itoa(s.MinInSync),
		}, Bounds: kafka.BoundsOf(name)})
	}
	return all
}
