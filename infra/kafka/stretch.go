package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onlinemart/mart/events/bus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Stretch is what topics hold from a moment to the end that they have when it is read; what comes meanwhile is not meant.
type Stretch struct {
	Access   bus.KafkaConfig
	ClientID string
	Topics   []string
	Since    time.Time // zero: from the beginning
}

// lookAgain is how long nothing may come before it is asked whether the rest was deleted.
const lookAgain = time.Second

// Each gives every record to take, those of a partition in their order. Records that are deleted while it reads are left out. Error: Kafka
// does not answer.
func (s Stretch) Each(ctx context.Context, take func(*kgo.Record)) error {
	client, err := Connect(ctx, s.Access, kgo.ClientID(s.ClientID), kgo.FetchMaxBytes(16<<20), kgo.KeepControlRecords())
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := s.begin(ctx, client)
	if err == nil {
		err = r.finish(ctx, take)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", strings.Join(s.Topics, ", "), err)
	}
	return nil
}

type partition struct {
	topic  string
	number int32
}

// reading is a stretch that is being read: by partition, the offsets at which to stop.
type reading struct {
	client *kgo.Client
	left   map[partition]int64
}

// begin has the client read every partition from its first record that is meant.
func (s Stretch) begin(ctx context.Context, client *kgo.Client) (reading, error) {
	r, admin := reading{client, map[partition]int64{}}, kadm.NewClient(client)
	var starts kadm.ListedOffsets
	var err error
	if s.Since.IsZero() {
		starts, err = admin.ListStartOffsets(ctx, s.Topics...)
	} else {
		starts, err = admin.ListOffsetsAfterMilli(ctx, s.Since.UnixMilli(), s.Topics...)
	}
	if err = errors.Join(err, starts.Error()); err != nil {
		return r, fmt.Errorf("find the beginning: %w", err)
	}
	ends, err := admin.ListEndOffsets(ctx, s.Topics...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return r, fmt.Errorf("find the end: %w", err)
	}
	from := map[string]map[int32]kgo.Offset{}
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		if start.Offset >= end.Offset {
			return
		}
		r.left[partition{end.Topic, end.Partition}] = end.Offset
		if from[end.Topic] == nil {
			from[end.Topic] = map[int32]kgo.Offset{}
		}
		from[end.Topic][end.Partition] = kgo.NewOffset().At(start.Offset)
	})
	client.AddConsumePartitions(from)
	return r, nil
}

// finish reads until every partition has come to where it is to stop.
func (r reading) finish(ctx context.Context, take func(*kgo.Record)) error {
	for len(r.left) > 0 {
		waiting, cancel := context.WithTimeout(ctx, lookAgain)
		fetched := r.client.PollFetches(waiting)
		silent := waiting.Err() != nil && ctx.Err() == nil
		cancel()
		if silent && fetched.NumRecords() == 0 {
			if err := r.dropDeleted(ctx); err != nil {
				return err
			}
			continue
		}
		if err := fetched.Err(); err != nil && !silent {
			return err
		}
		fetched.EachRecord(func(record *kgo.Record) { r.pass(record, take) })
	}
	return nil
}

// pass takes a record that is meant, and notes where it was the last one. The end of a transaction is a record, too.
func (r reading) pass(record *kgo.Record, take func(*kgo.Record)) {
	at := partition{record.Topic, record.Partition}
	end, wanted := r.left[at]
	if wanted && record.Offset < end && !record.Attrs.IsControl() {
		take(record)
	}
	if record.Offset >= end-1 {
		delete(r.left, at)
	}
}

// dropDeleted leaves out the partitions of which nothing is there any more that was meant.
func (r reading) dropDeleted(ctx context.Context) error {
	var topics []string
	for at := range r.left {
		topics = append(topics, at.topic)
	}
	starts, err := kadm.NewClient(r.client).ListStartOffsets(ctx, topics...)
	if err = errors.Join(err, starts.Error()); err != nil {
		return fmt.Errorf("look whether the rest was deleted: %w", err)
	}
	for at, end := range r.left {
		if start, ok := starts.Lookup(at.topic, at.number); ok && start.Offset >= end {
			delete(r.left, at)
		}
	}
	return nil
}
