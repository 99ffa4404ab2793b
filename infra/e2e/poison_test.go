package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// poison is a record that can never be processed, and what its dead letter says.
type poison struct {
	record *kgo.Record
	says   string
}

func poisons() map[string]poison {
	event := func(change map[string]string, value, says string) poison {
		headers := map[string]string{
			"ce_specversion": "1.0", "ce_id": unique("poison"), "ce_source": "/mart/brand", "ce_type": events.CreateBrand.Type(),
			"ce_time": "2026-01-01T00:00:00Z", "ce_subject": "x", "content-type": "application/json",
		}
		maps.Copy(headers, change)
		r := &kgo.Record{Topic: events.CreateBrand.Topic(), Value: []byte(value)}
		for name, value := range headers {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
		}
		return poison{r, says}
	}
	other := func(contentType, value string) poison {
		r := &kgo.Record{Topic: events.CreateBrand.Topic(), Value: []byte(value)}
		if contentType != "" {
			r.Headers = []kgo.RecordHeader{{Key: "content-type", Value: []byte(contentType)}}
		}
		return poison{r, "no CloudEvent"}
	}
	return map[string]poison{
		"a bad time":                       event(map[string]string{"ce_time": "yesterday"}, `{"name":"x"}`, "no CloudEvent"),
		"a forged event":                   event(nil, `{"name":"x"}`, "seal"),
		"an unknown type":                  event(map[string]string{"ce_type": "com.onlinemart.brand.explode.v1"}, `{}`, "seal"),
		"deep JSON":                        event(nil, strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000), "seal"),
		"a NUL":                            event(nil, "{\"name\":\"x\x00\"}", "seal"),
		"an event without a type":          event(map[string]string{"ce_type": ""}, `{}`, "type"),
		"as much as may be":                event(nil, `"`+strings.Repeat("x", bus.MaxBytes-2)+`"`, "seal"),
		"a byte more":                      event(nil, `"`+strings.Repeat("x", bus.MaxBytes-1)+`"`, fmt.Sprintf("at most %d", bus.MaxBytes)),
		"as much as the topic takes":       event(nil, `"`+strings.Repeat("x", bus.MaxRecordBytes-512)+`"`, fmt.Sprintf("at most %d", bus.MaxBytes)),
		"junk as large as the topic takes": other("", strings.Repeat("x", bus.MaxRecordBytes-largestOverhead)),
		"junk":                             other("", "\xff\xfejunk"),
		"nothing":                          other("", ""),
		"a batch":                          other("application/cloudevents-batch+json", `[{},{}]`),
		"structured junk":                  other("application/cloudevents+json", `{"specversion":"1.0"`),
	}
}

// largestOverhead is what Kafka adds to a record without headers that is a batch of its own.
const largestOverhead = 61 + 11

// Each poison becomes one dead letter with its reason, no function answers 5xx, and what comes beside it is not held up.
func TestStormPoison(t *testing.T) {
	d := newTwice(t, time.Millisecond)
	d.copies = 1
	s := newStorm(t, 1, func(c *laptop.Config) { c.Deliver = d.deliver })
	producer, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...), kgo.ProducerBatchMaxBytes(2<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	all := poisons()
	for name, p := range all {
		if err := producer.ProduceSync(s.ctx, p.record).FirstErr(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	over := &kgo.Record{Topic: events.CreateBrand.Topic(), Value: make([]byte, bus.MaxRecordBytes-largestOverhead+1)}
	if err := producer.ProduceSync(s.ctx, over).FirstErr(); !errors.Is(err, kerr.MessageTooLarge) {
		t.Errorf("a record for which no letter would have room: %v, want it to be refused by the topic", err)
	}
	for range 20 { // the neighbours
		a := send(s.ctx, t, s.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Beside")})
		if a.Status != http.StatusCreated {
			t.Errorf("beside the poison: %d after %s", a.Status, a.Took)
		}
	}
	letters := s.awaitDeadLetters(t, len(all))
	for name, p := range all {
		r, ok := letters[header(p.record, "ce_id")]
		if !ok {
			r, ok = letters[fmt.Sprintf("partition:%d/offset:%d", p.record.Partition, p.record.Offset)] // as a KafkaSource names it
		}
		switch why := reason(r); {
		case !ok:
			t.Errorf("%s is not among the dead letters", name)
		case !strings.Contains(why, p.says):
			t.Errorf("%s: the dead letter's reason is %q, want something with %q", name, why, p.says)
		case !bytes.Equal(r.Value, p.record.Value):
			t.Errorf("%s: the dead letter has %d bytes, the record had %d", name, len(r.Value), len(p.record.Value))
		}
	}
	if n := d.faults.Load(); n != 0 {
		t.Errorf("%d deliveries were answered 5xx", n)
	}
}

// Posted straight at a function's port, what is too large, malformed or not sealed by one of ours is refused at once.
func TestStormForgeries(t *testing.T) {
	s := newStorm(t, 1, func(*laptop.Config) {})
	ce := func(name, value string) client.Header { return client.Header{Name: "Ce-" + name, Value: value} }
	for _, f := range []events.Function{events.DB, events.Order, events.Payment, events.Inventory, events.Notification} {
		port := client.New(s.own.At(f))
		forged := []client.Header{ce("Specversion", "1.0"), ce("Id", "1"), ce("Source", "/mart/db"), ce("Type", events.OrderPaid.Type()), ce("Subject", "x"), ce("Time", "2026-01-01T00:00:00Z")}
		for name, c := range map[string]struct {
			body string
			want int
		}{
			"forged":    {`{}`, http.StatusUnauthorized},
			"1 MiB + 1": {`"` + strings.Repeat("x", 1<<20-1) + `"`, http.StatusRequestEntityTooLarge},
		} {
			if a := send(s.ctx, t, port, http.MethodPost, "/", raw(c.body), forged...); a.Status != c.want {
				t.Errorf("%s at %s: %d %.200s, want %d", name, f, a.Status, a.Body, c.want)
			}
		}
	}
}

// reason is what a dead letter says, in clear.
func reason(r *kgo.Record) string {
	if r == nil {
		return ""
	}
	text, err := base64.StdEncoding.DecodeString(header(r, "ce_knativeerrordata"))
	if err != nil {
		return header(r, "ce_knativeerrordata")
	}
	return string(text)
}

// awaitDeadLetters waits until there are so many, and gives them by their ids.
func (s *storm) awaitDeadLetters(t *testing.T, want int) map[string]*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	for {
		records, err := s.recordsOf(ctx, events.DeadLetterTopic)
		if err != nil {
			t.Fatal(err)
		}
		letters := map[string]*kgo.Record{}
		for _, r := range records {
			letters[header(r, "ce_id")] = r
		}
		if len(letters) >= want {
			return letters
		}
		select {
		case <-ctx.Done():
			t.Errorf("%d of %d dead letters came", len(letters), want)
			return letters
		case <-time.After(50 * time.Millisecond):
		}
	}
}
