package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/twmb/franz-go/pkg/kgo"
)

// poisons are records that can never be processed. Each must become a dead letter that says why.
func poisons() map[string]*kgo.Record {
	event := func(change map[string]string, value string) *kgo.Record {
		headers := map[string]string{
			"ce_specversion": "1.0", "ce_id": "poison", "ce_source": "/mart/brand", "ce_type": events.CreateBrand.Type(),
			"ce_time": "2026-01-01T00:00:00Z", "ce_subject": "x", "content-type": "application/json",
		}
		for name, value := range change {
			headers[name] = value
		}
		r := &kgo.Record{Topic: events.CreateBrand.Topic(), Value: []byte(value)}
		for name, value := range headers {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
		}
		return r
	}
	return map[string]*kgo.Record{
		"a bad time":      event(map[string]string{"ce_time": "yesterday"}, `{"name":"x"}`),
		"a forged event":  event(nil, `{"name":"x"}`),
		"an unknown type": event(map[string]string{"ce_type": "com.onlinemart.brand.explode.v1"}, `{}`),
		"deep JSON":       event(nil, strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)),
		"a NUL":           event(nil, "{\"name\":\"x\x00\"}"),
		"nearly 1 MiB":    event(nil, `{"name":"`+strings.Repeat("x", 900<<10)+`"}`),
		"junk":            {Topic: events.CreateBrand.Topic(), Value: []byte("\xff\xfejunk")},
		"nothing":         {Topic: events.CreateBrand.Topic()},
		"a batch": {Topic: events.CreateBrand.Topic(), Value: []byte(`[{},{}]`), Headers: []kgo.RecordHeader{
			{Key: "content-type", Value: []byte("application/cloudevents-batch+json")},
		}},
		"structured junk": {Topic: events.CreateBrand.Topic(), Value: []byte(`{"specversion":"1.0"`), Headers: []kgo.RecordHeader{
			{Key: "content-type", Value: []byte("application/cloudevents+json")},
		}},
	}
}

// Poison becomes dead letters with their reasons, no function answers 5xx, and what comes beside it is not held up.
func TestStormPoison(t *testing.T) {
	d := newTwice(t, time.Millisecond)
	d.copies = 1
	s := newStorm(t, 1, func(c *laptop.Config) { c.Deliver = d.deliver })
	producer, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...), kgo.ProducerBatchMaxBytes(2<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	all := poisons()
	for name, r := range all {
		if err := producer.ProduceSync(s.ctx, r).FirstErr(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for range 20 { // the neighbours
		a := send(s.ctx, t, s.owner, http.MethodPost, "/brands", map[string]string{"name": unique("Beside")})
		if a.Status != http.StatusCreated {
			t.Errorf("beside the poison: %d after %s", a.Status, a.Took)
		}
	}
	letters := s.awaitDeadLetters(t, len(all))
	for _, r := range letters {
		if reason(r) == "" {
			t.Errorf("a dead letter without a reason: %v", r.Headers)
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

func reason(r *kgo.Record) string {
	for _, name := range []string{"ce_knativeerrordata", "ce_knativeerrorcode", "ce_reason", "ce_deadletterreason"} {
		if v := header(r, name); v != "" {
			return v
		}
	}
	return ""
}

func (s *storm) awaitDeadLetters(t *testing.T, want int) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	reader, err := kgo.NewClient(kgo.SeedBrokers(s.own.Kafka...), kgo.ConsumeTopics(events.DeadLetterTopic))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var letters []*kgo.Record
	for len(letters) < want {
		fetched := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatal(fmt.Errorf("%d of %d dead letters came: %w", len(letters), want, ctx.Err()))
		}
		letters = append(letters, fetched.Records()...)
	}
	return letters
}
