package kafkasource

import (
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// producer is sarama's, with the client that it writes by.
type producer struct {
	sarama.SyncProducer
	client sarama.Client
}

func openProducer(brokers []string, config *sarama.Config) (*producer, error) {
	client, err := sarama.NewClient(brokers, config)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	p, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the producer: %w", err), client.Close())
	}
	return &producer{p, client}, nil
}

// meet connects to the leaders of a topic's partitions, one after the other, so that no two goroutines open a connection for the first
// time at the same moment: sarama then takes the one that is being opened for one that is lost, tries again on another, and never closes
// it. Error: a leader is not known; whoever writes to its partition is told so, too.
func (p *producer) meet(topic string) error {
	partitions, err := p.client.Partitions(topic)
	if err != nil {
		return fmt.Errorf("find the partitions of topic %s: %w", topic, err)
	}
	for _, partition := range partitions {
		if _, err := p.client.Leader(topic, partition); err != nil {
			return fmt.Errorf("find the leader of partition %d of topic %s: %w", partition, topic, err)
		}
	}
	return nil
}

// Close ends the connections when all is written.
func (p *producer) Close() error { return errors.Join(p.SyncProducer.Close(), p.client.Close()) }
