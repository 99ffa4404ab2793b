package deadletters

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestShow(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var b strings.Builder
	show(&b, []Letter{
		{Place: "0:17", At: at, Type: "com.onlinemart.brand.create.v1", ID: "b1", Failed: "http://db", Code: "403", Reason: "a\nb"},
		{Place: "2:4", At: at, Type: "com.onlinemart.order.paid.v1", ID: "o1", Failed: "http://payment"},
		{Place: "3:1", At: at, Type: "t", ID: "\x1b]0;title\x07\u009b31m\xff\n9:99 fake", Failed: "\x1b[2J", Code: "\r"},
	})
	want := `0:17     2026-01-02 03:04:05  com.onlinemart.brand.create.v1 b1
         403 at http://db: a b
2:4      2026-01-02 03:04:05  com.onlinemart.order.paid.v1 o1
         no answer at http://payment: 
3:1      2026-01-02 03:04:05  t ]0;title 31m? 9:99 fake
          at [2J: 
3 dead letters.
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestReplayOfEverythingMustBeSaid(t *testing.T) {
	t.Parallel()
	if err := (replay{}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "--all") {
		t.Errorf("got %v", err)
	}
}

// What goes back is the record as it was: its own headers and key, nothing of the failure.
func TestAgain(t *testing.T) {
	t.Parallel()
	header := func(name, value string) kgo.RecordHeader { return kgo.RecordHeader{Key: name, Value: []byte(value)} }
	l := letterOf(&kgo.Record{Partition: 1, Offset: 2, Value: []byte("{}"), Headers: []kgo.RecordHeader{
		header("ce_id", "b1"), header("ce_type", "com.onlinemart.brand.create.v1"), header("ce_partitionkey", "s1"), header("content-type", "application/json"),
		header("ce_knativeerrorcode", "503"), header("ce_knativekafkaoffset", "7"),
	}})
	got := l.again()
	want := &kgo.Record{Topic: "mart.brand.commands", Key: []byte("s1"), Value: []byte("{}"), Headers: []kgo.RecordHeader{
		header("ce_id", "b1"), header("ce_type", "com.onlinemart.brand.create.v1"), header("ce_partitionkey", "s1"), header("content-type", "application/json"),
	}}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b *kgo.Record) bool {
		return a.Topic == b.Topic && cmp.Equal(a.Key, b.Key) && cmp.Equal(a.Value, b.Value) && cmp.Equal(a.Headers, b.Headers)
	})); d != "" {
		t.Error(d)
	}
}
