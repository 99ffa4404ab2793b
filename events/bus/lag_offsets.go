package bus

import (
	"errors"
	"fmt"
	"slices"

	"github.com/IBM/sarama"
)

// leaders are the partitions of all topics that are read, by the broker that is asked about them. A topic that there is not yet has none.
func (l *lagReader) leaders() (map[*sarama.Broker][]partition, error) {
	all, topics := map[*sarama.Broker][]partition{}, topicsOf(l.lags)
	if err := l.client.RefreshMetadata(topics...); err != nil && !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		return nil, fmt.Errorf("ask Kafka who leads its topics: %w", err)
	}
	for _, topic := range topics {
		numbers, err := l.client.Partitions(topic)
		if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ask Kafka about %s: %w", topic, err)
		}
		for _, number := range numbers {
			leader, err := l.client.Leader(topic, number)
			if err != nil {
				return nil, fmt.Errorf("ask Kafka who leads partition %d of %s: %w", number, topic, err)
			}
			all[leader] = append(all[leader], partition{topic, number})
		}
	}
	return all, nil
}

func topicsOf(lags []SourceLag) (topics []string) {
	for _, lag := range lags {
		for _, t := range lag.Topics {
			topics = append(topics, t.Topic)
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// offsets are where the partitions begin, or end.
func (l *lagReader) offsets(which int64) (map[partition]int64, error) {
	offsets := map[partition]int64{}
	for leader, partitions := range l.asked {
		request := sarama.NewOffsetRequest(l.client.Config().Version)
		for _, p := range partitions {
			request.AddBlock(p.topic, p.number, which, 1)
		}
		response, err := leader.GetAvailableOffsets(request)
		if err != nil {
			return nil, fmt.Errorf("ask Kafka how long its topics are: %w", err)
		}
		for _, p := range partitions {
			block := response.GetBlock(p.topic, p.number)
			if block == nil || block.Err != sarama.ErrNoError {
				return nil, fmt.Errorf("ask Kafka how long partition %d of %s is: %w", p.number, p.topic, errOf(block))
			}
			offsets[p] = block.Offset
		}
	}
	return offsets, nil
}

func errOf(block *sarama.OffsetResponseBlock) error {
	if block == nil {
		return sarama.ErrIncompleteResponse
	}
	return block.Err
}
