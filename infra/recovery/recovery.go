// Package recovery gives db the commands again that it decided after a backup, once that is restored: they are in Kafka's topics.
//
// It receives the records of all command topics since a moment, and posts them to db one after the other, in the order in which they
// were accepted. Sources deliver in no order, which is well while every command is sent because of what went before it; when all of
// a day are there at once, a payment would come before its order. What was decided before the backup is not decided twice.
package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
)

// Read gives the commands that Kafka has taken since then, oldest first; those that come meanwhile are not meant. Error: Kafka does not
// answer.
func Read(ctx context.Context, access bus.KafkaConfig, since time.Time) ([]*kgo.Record, error) {
	var commands []*kgo.Record
	told := kafka.Stretch{Access: access, ClientID: "mart-recovery", Topics: events.TopicsFor(events.DB), Since: since}
	if err := told.Each(ctx, func(r *kgo.Record) {
		if !r.Timestamp.Before(since) {
			commands = append(commands, r)
		}
	}); err != nil {
		return nil, err
	}
	slices.SortStableFunc(commands, func(a, b *kgo.Record) int {
		return cmp.Or(a.Timestamp.Compare(b.Timestamp), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return commands, nil
}

const (
	patience = 2 * time.Minute // with a db that does not answer, for one command
	longest  = 5 * time.Second // between two tries
	answer   = 30 * time.Second
)

// Decide posts the commands to db at url, each when the one before is decided, and calls done after each. Error: the first one that db
// does not take; nothing after it was sent, and all may be sent again.
func Decide(ctx context.Context, url string, commands []*kgo.Record, done func(*kgo.Record)) error {
	client := &http.Client{Timeout: answer}
	defer client.CloseIdleConnections()
	for _, r := range commands {
		if err := insist(ctx, client, url, r); err != nil {
			return fmt.Errorf("%s %s of %s: %w", header(r, "ce_type"), header(r, "ce_id"), r.Timestamp.UTC().Format(time.RFC3339), err)
		}
		done(r)
	}
	return nil
}

// insist posts one command until it is decided, while db is away or busy.
func insist(ctx context.Context, client *http.Client, url string, r *kgo.Record) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, longest) {
		again, err := post(ctx, client, url, r)
		if !again {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("db did not take it within %s: %w", patience, err)
		case <-time.After(pause):
		}
	}
}

// post tells whether it is worth another try when there is an error.
func post(ctx context.Context, client *http.Client, url string, r *kgo.Record) (again bool, err error) {
	e, err := eventOf(r)
	if err != nil {
		return false, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return false, fmt.Errorf("--db is no address: %w", err)
	}
	if err := cehttp.WriteRequest(ctx, binding.ToMessage(&e), req); err != nil {
		return false, fmt.Errorf("write it: %w", err)
	}
	res, err := client.Do(req)
	if err != nil {
		return true, err
	}
	defer func() { _ = res.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	switch {
	case res.StatusCode < http.StatusMultipleChoices:
		return false, nil
	case res.StatusCode >= http.StatusInternalServerError || res.StatusCode == http.StatusTooManyRequests:
		return true, errors.Join(err, fmt.Errorf("db answers %d", res.StatusCode))
	}
	return false, fmt.Errorf("db answers %d: %s", res.StatusCode, strings.TrimSpace(string(said)))
}

// eventOf reads a record as KafkaSource does. Error: it is no event.
func eventOf(r *kgo.Record) (cloudevents.Event, error) {
	e := cloudevents.NewEvent()
	e.DataEncoded = r.Value
	for _, h := range r.Headers {
		name, attribute := strings.CutPrefix(h.Key, "ce_")
		value := string(h.Value)
		switch {
		case h.Key == "content-type":
			e.SetDataContentType(value)
		case !attribute || name == "specversion":
		case name == "id":
			e.SetID(value)
		case name == "type":
			e.SetType(value)
		case name == "source":
			e.SetSource(value)
		case name == "subject":
			e.SetSubject(value)
		case name == "dataschema":
			e.SetDataSchema(value)
		case name == "time":
			at, err := time.Parse(time.RFC3339Nano, value)
			if err != nil {
				return e, errors.New("its time cannot be read")
			}
			e.SetTime(at)
		default:
			e.SetExtension(name, value)
		}
	}
	if err := e.Validate(); err != nil {
		return e, errors.New("it is no event")
	}
	return e, nil
}

func header(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}
