// Package deadletters reads what could not be delivered, and sends it again once the reason is gone.
//
// It receives the dead letter topic's records, which KafkaSource and the functions write alike, and emits the events in them to the
// topics they came from. Nothing happens twice: an event keeps its id and source, and db knows the commands it has carried out.
package deadletters

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Letter is one dead letter.
type Letter struct {
	Place   string    `json:"place"` // partition:offset in the dead letter topic
	At      time.Time `json:"at"`    // when it was given up
	ID      string    `json:"id"`    // of the event in it, as the next two
	Type    string    `json:"type"`
	Subject string    `json:"subject"`
	Failed  string    `json:"failed"` // who could not take it
	Code    string    `json:"code"`   // the HTTP status of the last answer; "" when there was none in time
	Reason  string    `json:"reason"` // that answer, or what the function said of it
	Topic   string    `json:"topic"`  // where it belongs; "" when it is no event of ours and cannot be sent again

	record *kgo.Record
}

// Filter says which letters are meant; what is empty matches all.
type Filter struct {
	Since time.Duration // given up within
	Type  string        // or its beginning
	IDs   []string
	Place []string
}

func (f Filter) means(l Letter, now time.Time) bool {
	among := func(all []string, one string) bool {
		if len(all) == 0 {
			return true
		}
		for _, a := range all {
			if a == one {
				return true
			}
		}
		return false
	}
	return (f.Since == 0 || now.Sub(l.At) <= f.Since) && strings.HasPrefix(l.Type, f.Type) && among(f.IDs, l.ID) && among(f.Place, l.Place)
}

// Read gives the letters that are there now, oldest first in each partition. Error: Kafka does not answer.
func Read(ctx context.Context, access events.KafkaConfig, f Filter) ([]Letter, error) {
	client, err := kafka.Connect(ctx, access, kgo.ClientID("mart-dead-letters"), kgo.FetchMaxBytes(16<<20), kgo.KeepControlRecords())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	left, err := span(ctx, client)
	if err != nil {
		return nil, err
	}
	var letters []Letter
	now := time.Now()
	for len(left) > 0 {
		fetched := client.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			return nil, fmt.Errorf("read %s: %w", events.DeadLetterTopic, err)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			end, reading := left[r.Partition]
			if !reading || r.Offset >= end {
				return
			}
			if l := letterOf(r); !r.Attrs.IsControl() && f.means(l, now) { // the end of a transaction is a record too
				letters = append(letters, l)
			}
			if r.Offset == end-1 {
				delete(left, r.Partition)
			}
		})
	}
	return letters, nil
}

// span begins to read all partitions from their first record, and gives the offsets at which to stop: those of records that come
// meanwhile are not meant.
func span(ctx context.Context, client *kgo.Client) (map[int32]int64, error) {
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, events.DeadLetterTopic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", events.DeadLetterTopic, err)
	}
	ends, err := admin.ListEndOffsets(ctx, events.DeadLetterTopic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", events.DeadLetterTopic, err)
	}
	left, from := map[int32]int64{}, map[int32]kgo.Offset{}
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		if start.Offset < end.Offset {
			left[end.Partition], from[end.Partition] = end.Offset, kgo.NewOffset().At(start.Offset)
		}
	})
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{events.DeadLetterTopic: from})
	return left, nil
}

// Replay sends the letters to the topics they came from, as they were, and tells how many it sent; those that hold no event of ours
// have nowhere to go and are left out. Error: Kafka did not take one, and it and those after it were not sent.
func Replay(ctx context.Context, access events.KafkaConfig, letters []Letter) (sent int, err error) {
	client, err := kafka.Connect(ctx, access, kgo.ClientID("mart-dead-letters"), kgo.ProducerBatchMaxBytes(events.MaxRecordBytes))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	for _, l := range letters {
		if l.Topic == "" {
			continue
		}
		if err := client.ProduceSync(ctx, l.again()).FirstErr(); err != nil {
			return sent, fmt.Errorf("send %s of %s to %s: %w", l.ID, l.Place, l.Topic, err)
		}
		sent++
	}
	return sent, nil
}

func letterOf(r *kgo.Record) Letter {
	header := func(name string) string {
		for _, h := range r.Headers {
			if h.Key == name {
				return string(h.Value)
			}
		}
		return ""
	}
	l := Letter{
		Place: fmt.Sprintf("%d:%d", r.Partition, r.Offset), At: r.Timestamp, ID: header("ce_id"), Type: header("ce_type"), Subject: header("ce_subject"),
		Failed: header("ce_knativeerrordest"), Code: header("ce_knativeerrorcode"), Reason: header("ce_knativeerrordata"), record: r,
	}
	if text, err := base64.StdEncoding.DecodeString(l.Reason); err == nil {
		l.Reason = string(text)
	}
	if declared, ours := events.ByType(l.Type); ours {
		l.Topic = declared.Topic()
	}
	return l
}

// again is the record as it was before it failed: without what was added when it was given up, and under its own key.
func (l Letter) again() *kgo.Record {
	r := &kgo.Record{Topic: l.Topic, Value: l.record.Value}
	for _, h := range l.record.Headers {
		switch {
		case strings.HasPrefix(h.Key, "ce_knative"):
			continue
		case h.Key == "ce_partitionkey":
			r.Key = h.Value
		}
		r.Headers = append(r.Headers, h)
	}
	return r
}
