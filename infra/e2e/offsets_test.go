package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// atKafka does something at the brokers while the mart does not run: at those of the environment, or at the mart's own, which has stopped with it.
func (s *storm) atKafka(do func(context.Context, *kadm.Client) error) error {
	brokers := s.cfg.Kafka
	if len(brokers) == 0 {
		broker, err := kafka.Start(s.ctx, kafka.Config{DataDir: filepath.Join(s.cfg.Data, "kafka")})
		if err != nil {
			return err
		}
		err = s.atBrokers([]string{broker.Address()}, do)
		return errors.Join(err, broker.Close())
	}
	return s.atBrokers(brokers, do)
}

func (s *storm) atBrokers(brokers []string, do func(context.Context, *kadm.Client) error) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return fmt.Errorf("connect to Kafka: %w", err)
	}
	defer client.Close()
	return do(s.ctx, kadm.NewClient(client))
}

// setBack puts every group at the first record of this mart in each of its topics that are meant.
func (s *storm) setBack(ctx context.Context, admin *kadm.Client, meant func(topic string) bool) error {
	if err := awaitEmptyGroups(ctx, admin, s.cfg); err != nil {
		return err
	}
	for group, topics := range groups(s.cfg) {
		back := kadm.Offsets{}
		for topic, partitions := range s.startAt.from(slices.Collect(maps.Keys(topics))...) {
			for partition, from := range partitions {
				if meant(topic) {
					back.AddOffset(topic, partition, max(0, from.EpochOffset().Offset), -1)
				}
			}
		}
		if err := admin.CommitAllOffsets(ctx, group, back); err != nil {
			return fmt.Errorf("set the group %s back: %w", group, err)
		}
	}
	return nil
}

// awaitDelivered waits until every group has committed that it is through all its topics, and nothing is under way any more.
func (s *storm) awaitDelivered(t *testing.T) {
	t.Helper()
	conn, err := connect(s.ctx, s.own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(s.ctx) }()
	for _, v := range s.notQuiescent(conn, restPatience) {
		t.Error(v)
	}
}
