package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/knative"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// startOffsets is where the records of one mart begin on brokers that have served others before. The zero value is the beginning.
type startOffsets map[string]map[int32]kgo.Offset

// startAtEnds puts the consumer groups behind whatever earlier marts have left in the topics: it is sealed with keys that a new mart
// does not have, and about a database that it does not know. Two suites at a time on the same brokers disturb each other.
func startAtEnds(ctx context.Context, c laptop.Config) (startOffsets, error) {
	if len(c.Kafka) == 0 {
		return startOffsets{}, nil
	}
	if err := kafka.EnsureTopics(ctx, c.Kafka, laptop.Topics(c)); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Kafka...))
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if err := awaitEmptyGroups(ctx, admin, c); err != nil {
		return nil, err
	}
	ends, err := admin.ListEndOffsets(ctx, topicsIn(c)...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return nil, fmt.Errorf("read the topics' ends: %w", err)
	}
	from := startOffsets{}
	ends.Each(func(o kadm.ListedOffset) {
		if from[o.Topic] == nil {
			from[o.Topic] = map[int32]kgo.Offset{}
		}
		from[o.Topic][o.Partition] = kgo.NewOffset().At(o.Offset)
	})
	now := groups(laptop.Config{})
	for group, topics := range groups(c) {
		passed := ends.Offsets()
		passed.KeepFunc(func(o kadm.Offset) bool { return topics[o.Topic] || now[group][o.Topic] }) // it may become this release
		if err := admin.CommitAllOffsets(ctx, group, passed); err != nil {
			return nil, fmt.Errorf("put the group %s behind what is left: %w", group, err)
		}
	}
	return from, nil
}

// topicsIn is every topic of a mart, those of another release among them where its sources list such.
func topicsIn(c laptop.Config) (names []string) {
	for _, topic := range laptop.Topics(c) {
		names = append(names, topic.Name)
	}
	return names
}

// groups is the consumer group of every function that something arrives for, and that of the dead letters, with its topics.
func groups(c laptop.Config) map[string]map[string]bool {
	all := map[string]map[string]bool{"mart." + knative.LettersSource: {events.DeadLetterTopic: true}}
	for _, f := range events.Functions() {
		reads := events.TopicsFor
		if c.Reads != nil {
			reads = c.Reads
		}
		for _, topic := range reads(f) {
			name := "mart." + string(f)
			if all[name] == nil {
				all[name] = map[string]bool{}
			}
			all[name][topic] = true
		}
	}
	return all
}

// partitionsOf is how many partitions a topic has where a mart of this suite makes it itself.
func partitionsOf(topic string) int {
	all := laptop.Topics(laptop.Config{})
	if i := slices.IndexFunc(all, func(t kafka.Topic) bool { return t.Name == topic }); i >= 0 {
		return all[i].Partitions
	}
	return 1 // of another release
}

// awaitEmptyGroups waits until the members of a mart that was killed have been given up.
func awaitEmptyGroups(ctx context.Context, admin *kadm.Client, c laptop.Config) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var names []string
	for name := range groups(c) {
		names = append(names, name)
	}
	for {
		described, err := admin.DescribeGroups(ctx, names...) // a new Kafka has no coordinator yet
		busy := ""
		for _, g := range described {
			if len(g.Members) > 0 {
				busy = g.Group
			}
		}
		if busy == "" && err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			if err != nil {
				return fmt.Errorf("look at the consumer groups: %w", err)
			}
			return fmt.Errorf("the consumer group %s has members: another mart runs on these brokers", busy)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// from is the place at which to read each partition of topics.
func (o startOffsets) from(topics ...string) map[string]map[int32]kgo.Offset {
	all := map[string]map[int32]kgo.Offset{}
	for _, topic := range topics {
		if all[topic] = o[topic]; all[topic] != nil {
			continue
		}
		all[topic] = map[int32]kgo.Offset{}
		for partition := range partitionsOf(topic) {
			all[topic][int32(partition)] = kgo.NewOffset().AtStart()
		}
	}
	return all
}
