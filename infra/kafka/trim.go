package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
)

// Room is how much the embedded broker keeps of topics that it would otherwise keep whole for a week, in files and, for each batch, in memory.
type Room struct {
	Records int64         // of each partition, the newest ones; what a function still has to receive is kept, however much that is
	Segment int           // bytes of a file: one goes when all in it may
	Every   time.Duration // how often it is looked for what may go
}

// DefaultRoom keeps some hours of a developer's day, and minutes of a load test's.
var DefaultRoom = Room{Records: 2000, Segment: 1 << 20, Every: 10 * time.Second}

// AllRoom keeps everything, for whoever wants to look at all that was ever said.
var AllRoom = Room{Records: math.MaxInt64 / 2, Segment: 100 << 20, Every: time.Hour}

// ownGroups begin so: those of the mart's functions. Whoever else reads finds what there is room for, as on any Kafka.
const ownGroups = "mart."

// Trim deletes from topics what there is no room for and every function is done with. Dead letters stay: somebody has to look at them.
func Trim(ctx context.Context, brokers, topics []string, records int64) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ClientID("mart-trim"))
	if err != nil {
		return fmt.Errorf("kafka: trim topics: %w", err)
	}
	defer client.Close()
	if err := trim(ctx, kadm.NewClient(client), topics, records); err != nil {
		return fmt.Errorf("kafka: trim topics: %w", err)
	}
	return nil
}

func trim(ctx context.Context, admin *kadm.Client, topics []string, records int64) error {
	starts, err := admin.ListStartOffsets(ctx, topics...)
	if err = errors.Join(err, starts.Error()); err != nil {
		return err
	}
	ends, err := admin.ListEndOffsets(ctx, topics...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return err
	}
	done, err := doneWith(ctx, admin)
	if err != nil {
		return err
	}
	gone := kadm.Offsets{}
	ends.Each(func(end kadm.ListedOffset) {
		start, known := starts.Lookup(end.Topic, end.Partition)
		upTo := min(end.Offset-records, done.of(end))
		if end.Topic != events.DeadLetterTopic && known && upTo > start.Offset {
			gone.AddOffset(end.Topic, end.Partition, upTo, -1)
		}
	})
	if len(gone) == 0 {
		return nil
	}
	answers, err := admin.DeleteRecords(ctx, gone)
	return errors.Join(err, answers.Error())
}

// progress is how far each group is in the topics that it reads.
type progress []kadm.OffsetResponses

// doneWith asks every group of a function.
func doneWith(ctx context.Context, admin *kadm.Client) (all progress, err error) {
	groups, err := admin.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	for _, group := range groups.Groups() {
		if !strings.HasPrefix(group, ownGroups) {
			continue
		}
		offsets, err := admin.FetchOffsets(ctx, group)
		if errors.Is(err, kerr.GroupIDNotFound) {
			continue // it has just gone
		}
		if err != nil {
			return nil, err
		}
		all = append(all, offsets)
	}
	return all, nil
}

// of is up to where every group that reads the partition's topic is done with it: all of it when nobody does.
func (p progress) of(end kadm.ListedOffset) int64 {
	upTo := end.Offset
	for _, group := range p {
		if _, reads := group[end.Topic]; !reads {
			continue
		}
		at, committed := group.Lookup(end.Topic, end.Partition)
		if !committed || at.At < 0 {
			return 0 // it has received nothing of this partition yet
		}
		upTo = min(upTo, at.At)
	}
	return upTo
}

// KeepRoom trims topics now and then until what it gives is called. A round that fails is only said: the next one does what it left.
func (b *Broker) KeepRoom(topics []string, room Room, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(room.Every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := Trim(ctx, []string{b.address}, topics, room.Records); err != nil && ctx.Err() == nil {
				log.Warn("old records stay on the broker; the next round tries again", "reason", err)
			}
		}
	}()
	return func() { cancel(); <-ended }
}
