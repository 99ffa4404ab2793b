// Package deadletters reads what could not be delivered, and sends it again once the reason is gone.
//
// It receives the dead letter topic's records, which KafkaSource and the functions write alike, and emits the events in them, each once,
// to the one function that failed, and marks beside the letters that say so (marks.go).
package deadletters

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Letter is one dead letter.
type Letter struct {
	Place   string    `json:"place"` // partition:offset in the dead letter topic
	At      time.Time `json:"at"`    // when it was given up
	ID      string    `json:"id"`    // of the event in it, as the next ones
	Source  string    `json:"source"`
	Type    string    `json:"type"`
	Subject string    `json:"subject"`
	Event   time.Time `json:"time,omitzero"` // when it was sent
	Failed  string    `json:"failed"`        // the address that could not take it
	Code    string    `json:"code"`          // the HTTP status of the last answer; "" when there was none in time
	Reason  string    `json:"reason"`        // that answer, or what the function said of it
	Topic   string    `json:"topic"`         // where it came from; "" when it is no event of ours and cannot be sent again
	// Function is who failed, and who alone gets it again; "" when the letter does not tell.
	Function    events.Function `json:"function"`
	Correlation string          `json:"correlation,omitempty"` // what the event came of, which mart why tells
	Replayed    *time.Time      `json:"replayed,omitempty"`    // when it was sent again; another failure after that has a letter of its own
	Trace       string          `json:"trace,omitempty"`       // that the event is of, as traces and logs have it
	Discarded   *time.Time      `json:"discarded,omitempty"`   // when somebody found that it need not be sent again
	ReplayedBy  string          `json:"replayedBy,omitempty"`  // who has sent it, and who has discarded it
	DiscardedBy string          `json:"discardedBy,omitempty"`

	fate   fate
	record *kgo.Record
}

// Filter says which letters are meant; what is empty matches all.
type Filter struct {
	Since time.Duration // given up within
	Type  string        // or its beginning
	IDs   []string
	Place []string

	Discarded bool // also those that were discarded
}

func (f Filter) means(l Letter, now time.Time) bool {
	among := func(all []string, one string) bool { return len(all) == 0 || slices.Contains(all, one) }
	return (f.Discarded || l.Discarded == nil) && (f.Since == 0 || now.Sub(l.At) <= f.Since) && strings.HasPrefix(l.Type, f.Type) && among(f.IDs, l.ID) && among(f.Place, l.Place)
}

// Read gives the letters that are there now, oldest first in each partition. Error: Kafka does not answer.
func Read(ctx context.Context, access bus.KafkaConfig, f Filter) ([]Letter, error) {
	records, err := readAll(ctx, access)
	if err != nil {
		return nil, err
	}
	fates := map[string]fate{} // by place
	for _, r := range records {
		if m, marks := markOf(r); marks {
			fates[m.letter] = fates[m.letter].after(m)
		}
	}
	var letters []Letter
	now := time.Now()
	for _, r := range records {
		if IsMark(r) {
			continue
		}
		l := letterOf(r)
		l.fate = fates[l.Place]
		if !l.fate.sent.IsZero() {
			l.Replayed, l.ReplayedBy = &l.fate.sent, l.fate.sentBy
		}
		if !l.fate.discarded.IsZero() {
			l.Discarded, l.DiscardedBy = &l.fate.discarded, l.fate.discardedBy
		}
		if f.means(l, now) {
			letters = append(letters, l)
		}
	}
	return letters, nil
}

// readAll reads the dead letter topic to its present end.
func readAll(ctx context.Context, access bus.KafkaConfig) (records []*kgo.Record, err error) {
	letters := kafka.Stretch{Access: access, ClientID: clientID, Topics: []string{events.DeadLetterTopic}}
	err = letters.Each(ctx, func(r *kgo.Record) { records = append(records, r) })
	return records, err
}

func letterOf(r *kgo.Record) Letter {
	facts := bus.LetterOf(fmt.Sprintf("%d:%d", r.Partition, r.Offset), attributesOf(r))
	return Letter{
		Place: facts.Place, At: r.Timestamp, ID: facts.EventID, Source: facts.Source, Type: facts.Type, Subject: facts.Subject, Event: facts.SentAt,
		Failed: facts.Failed, Code: facts.Code, Reason: facts.Reason, Topic: facts.Topic, Function: facts.Function,
		Correlation: facts.Correlation, Trace: bus.TraceID(facts.Traceparent), record: r,
	}
}

// attributesOf is a record's attributes as a CloudEvent.
func attributesOf(r *kgo.Record) bus.Attribute {
	return func(name string) string { return headerOf(r, "ce_"+name) }
}

func headerOf(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

// again is the record as it was before it failed, under its own key, without what was added since, and marked as sent again. It goes to the
// topic that only the function reads.
func (l Letter) again() *kgo.Record {
	r := &kgo.Record{Topic: events.ReplayTopic(l.Function), Value: l.record.Value}
	for _, h := range l.record.Headers {
		if strings.HasPrefix(h.Key, "ce_knative") || h.Key == "ce_"+bus.ReceiverExtension || h.Key == replayOf {
			continue
		}
		if h.Key == "ce_partitionkey" {
			r.Key = h.Value
		}
		r.Headers = append(r.Headers, h)
	}
	r.Headers = append(r.Headers, stringHeader(replayOf, l.Place))
	return r
}

// replayOf is the header by which a record that was sent again is found in its topic.
const replayOf = "ce_" + bus.ReplayOfExtension

func stringHeader(name, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: name, Value: []byte(value)}
}
