package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/deadletters"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// records reads all topics to their present ends.
func (s *storm) records(ctx context.Context) ([]*kgo.Record, error) {
	return s.recordsOf(ctx, topicsIn(s.cfg)...)
}

func (s *storm) recordsOf(ctx context.Context, topics ...string) ([]*kgo.Record, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...))
	if err != nil {
		return nil, fmt.Errorf("read the topics' ends: %w", err)
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topics...)
	if err = errors.Join(err, ends.Error()); err != nil {
		return nil, fmt.Errorf("read the topics' ends: %w", err)
	}
	return s.recordsUntil(ctx, ends)
}

// recordsUntil reads topics from the start offsets to ends, and nothing that has come after them.
func (s *storm) recordsUntil(ctx context.Context, ends kadm.ListedOffsets) (all []*kgo.Record, err error) {
	from := s.startAt.from(topicsOf(ends)...)
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...), kgo.ConsumePartitions(from), kgo.FetchMaxBytes(16<<20))
	if err != nil {
		return nil, fmt.Errorf("read the topics: %w", err)
	}
	defer reader.Close()
	left := int64(0)
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset - max(0, from[o.Topic][o.Partition].EpochOffset().Offset) })
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for int64(len(all)) < left {
		fetched := reader.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read the topics: %d of %d records: %w", len(all), left, err)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			if end, _ := ends.Lookup(r.Topic, r.Partition); r.Offset < end.Offset {
				all = append(all, r)
			}
		})
	}
	return all, nil
}

func topicsOf(ends kadm.ListedOffsets) (topics []string) {
	for topic := range ends {
		topics = append(topics, topic)
	}
	return topics
}

func header(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

const (
	// carriedOutAndRefused is what a buyer sees as an error about something that was done all the same.
	carriedOutAndRefused = "a command was carried out and refused"
	// lost is the one thing that must never be said of what was accepted.
	lost = "a command was accepted and is lost"
	// onItsWay is said of what a storm was too short for.
	onItsWay = "a command was accepted and has no outcome yet"
)

func refuses(kind string) bool {
	return strings.HasSuffix(kind, ".rejected.v1") || strings.HasSuffix(kind, ".failed.v1")
}

// spoken is what the topics say, by ids.
type spoken struct {
	commands map[string][]*kgo.Record
	letters  map[string][]*kgo.Record
	said     map[string][]byte
	outcomes map[string]map[bool]string // by command, and by whether they refuse it
}

// checkTopics: every accepted command has exactly one outcome, and one entry in the journal, every outcome is of a command, the same event is always the same bytes.
func (s *storm) checkTopics(ctx context.Context, conn *pgx.Conn, now standing) (found []string, err error) {
	records, err := s.recordsUntil(ctx, now.ends)
	if err != nil {
		return nil, err
	}
	decided, quiet, err := decisions(ctx, conn) // after what is committed was looked at: what counts as done is in it
	if err != nil {
		return nil, err
	}
	for id, times := range decided {
		if times > 1 {
			found = append(found, fmt.Sprintf("the command %s was carried out more than once", id))
		}
	}
	topics, more := listen(records)
	found = append(found, more...)
	for id, copies := range topics.commands {
		kind := header(copies[0], "ce_type")
		if both := topics.outcomes[id]; len(both) == 2 {
			found = append(found, fmt.Sprintf("%s: %s %s: %s and %s", carriedOutAndRefused, kind, id, both[false], both[true]))
		}
		if decided[id] > 0 {
			if topics.outcomes[id] == nil && !quiet[id] {
				found = append(found, fmt.Sprintf("the outcome of %s %s is not in the topics", kind, id))
			}
			continue
		}
		what := onItsWay
		if s.handled(now, copies) && len(topics.letters[id]) == 0 {
			what = lost
		}
		found = append(found, fmt.Sprintf("%s: %s %s: %s", what, kind, id, s.where(now, copies, topics.letters[id])))
	}
	return found, nil
}

// listen sorts records, and tells of letters and of what was said in two ways.
func listen(records []*kgo.Record) (topics spoken, found []string) {
	topics = spoken{map[string][]*kgo.Record{}, map[string][]*kgo.Record{}, map[string][]byte{}, map[string]map[bool]string{}}
	for _, r := range records {
		id, kind := header(r, "ce_id"), header(r, "ce_type")
		switch {
		case deadletters.IsMark(r), events.IsReplayTopic(r.Topic): // what is sent again was said before
		case r.Topic == events.DeadLetterTopic:
			topics.letters[id] = append(topics.letters[id], r)
			found = append(found, fmt.Sprintf("a dead letter: %s %s: %s", kind, id, header(r, "ce_knativeerrordata")))
		case strings.HasSuffix(r.Topic, ".commands"):
			topics.commands[id] = append(topics.commands[id], r)
		default:
			if before, twice := topics.said[id]; twice && !bytes.Equal(before, r.Value) {
				found = append(found, fmt.Sprintf("%s %s was published with two contents", kind, id))
			}
			topics.said[id] = r.Value
			cause := header(r, "ce_causationid")
			if topics.outcomes[cause] == nil {
				topics.outcomes[cause] = map[bool]string{}
			}
			topics.outcomes[cause][refuses(kind)] = kind
		}
	}
	return topics, found
}
