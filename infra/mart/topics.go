package main

import (
	"context"
	"fmt"
	"os"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
	wanted "github.com/onlinemart/mart/infra/topics"
)

type topics struct {
	Kafka       []string `placeholder:"HOST:PORT" help:"Brokers of the Kafka that gets the topics. Default: none; the topics are only printed." env:"MART_KAFKA"`
	Partitions  int      `placeholder:"N" help:"Partitions of each topic of commands. Default: TOPIC_PARTITIONS, else 12."`
	OfEvents    int      `name:"event-partitions" placeholder:"N" help:"Partitions of each other topic. Default: TOPIC_EVENT_PARTITIONS, else 3."`
	Replication int      `placeholder:"N" help:"Copies of each record. Default: TOPIC_REPLICATION, else 1."`
}

// Run makes every topic that is missing; those that exist are left as they are.
func (t topics) Run(ctx context.Context) error {
	all, err := wanted.Wanted(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		if commands := events.IsCommandTopic(all[i].Name); commands && t.Partitions > 0 {
			all[i].Partitions = t.Partitions
		} else if !commands && t.OfEvents > 0 {
			all[i].Partitions = t.OfEvents
		}
		if t.Replication > 0 {
			all[i].Replication = t.Replication
		}
		fmt.Fprintf(os.Stdout, "%-30s %d partitions, %d copies\n", all[i].Name, all[i].Partitions, all[i].Replication)
	}
	if len(t.Kafka) == 0 {
		return nil
	}
	if err := kafka.EnsureTopics(ctx, t.Kafka, all); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "All are there. Those that were there before are as they were.")
	left, err := wanted.Left(ctx, bus.KafkaConfig{Brokers: t.Kafka})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "\nOf the release before this one, which the next one does not read any more:")
	for _, r := range left {
		fmt.Fprintf(os.Stdout, "%-30s %d to be delivered to %s\n", r.Topic, r.Records, r.Function)
	}
	return nil
}
