package main

import (
	"context"
	"fmt"
	"os"

	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/laptop"
)

type topics struct {
	Kafka       []string `placeholder:"HOST:PORT" help:"Brokers. Without them the topics are only listed." env:"MART_KAFKA"`
	Replication int      `default:"1" help:"Copies of each record."`
}

// Run makes every topic that is missing.
func (t topics) Run(ctx context.Context) error {
	wanted := laptop.Topics()
	for i := range wanted {
		wanted[i].Replication = t.Replication
		fmt.Fprintf(os.Stdout, "%-30s %d partitions\n", wanted[i].Name, wanted[i].Partitions)
	}
	if len(t.Kafka) == 0 {
		return nil
	}
	return kafka.EnsureTopics(ctx, t.Kafka, wanted)
}
