package topics

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Rest is what a topic of the release before this one still holds for a function.
type Rest struct {
	Topic    string
	Function events.Function
	Records  int64 // not delivered yet, or not committed as delivered
}

// Left tells of each topic of the release before this one how much there is to deliver, by function. Error: Kafka does not answer.
func Left(ctx context.Context, access bus.KafkaConfig) ([]Rest, error) {
	client, err := kafka.Connect(ctx, access, kgo.ClientID("mart-topics"))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, events.Former()...)
	ends, endErr := admin.ListEndOffsets(ctx, events.Former()...)
	if err = errors.Join(err, endErr, starts.Error(), ends.Error()); err != nil {
		return nil, fmt.Errorf("look at the topics of the release before: %w", err)
	}
	var all []Rest
	for _, topic := range events.Former() {
		for _, f := range events.Functions() {
			if !slices.Contains(events.FormerFor(f), topic) {
				continue
			}
			done, err := admin.FetchOffsets(ctx, events.SourceGroup(f))
			if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
				return nil, fmt.Errorf("look at what %s has done: %w", f, err)
			}
			all = append(all, Rest{topic, f, left(starts[topic], ends[topic], done[topic])})
		}
	}
	return all, nil
}

func left(starts, ends map[int32]kadm.ListedOffset, done map[int32]kadm.OffsetResponse) (records int64) {
	for partition, end := range ends {
		from := starts[partition].Offset
		if at, said := done[partition]; said {
			from = max(from, at.At)
		}
		records += max(0, end.Offset-from)
	}
	return records
}
