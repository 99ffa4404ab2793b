package deadletters

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Letters are listed event by event: who has given it up and how often, and of each letter why, and who has done something about it.
func TestShow(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	var b strings.Builder
	listed(&b, []Letter{
		{Place: "0:17", At: at, Type: "com.onlinemart.brand.create.v1", Topic: "t", ID: "b1", Failed: "http://db", Code: "403", Reason: "a\nb", Discarded: &at},
		{Place: "2:4", At: at.Add(time.Minute), Type: "com.onlinemart.order.paid.v1", Topic: "t", ID: "o1", Source: "/mart/db", Failed: "http://payment", Function: events.Payment, Replayed: &at, ReplayedBy: "ada@laptop", Trace: trace},
		{Place: "3:1", At: at.Add(time.Hour), Type: "t", ID: "\x1b]0;title\x07\u009b31m\xff\n9:99 fake", Failed: "\x1b[2J", Code: "\r"},
		{Place: "1:0", At: at.Add(2 * time.Hour), Type: "com.onlinemart.order.paid.v1", Topic: "t", ID: "o1", Source: "/mart/db", Failed: "/mart/notification", Code: "422", Function: events.Notification},
		{Place: "2:5", At: at.Add(3 * time.Hour), Type: "com.onlinemart.order.paid.v1", Topic: "t", ID: "o1", Source: "/mart/db", Failed: "http://payment", Code: "503", Function: events.Payment},
		{Place: "2:6", At: at.Add(4 * time.Hour), Type: "com.onlinemart.order.paid.v1", Topic: "t", ID: "o1", Source: "/elsewhere", Failed: "http://payment", Code: "503", Function: events.Payment},
	}, source{Since: span(time.Hour)}.which())
	want := `com.onlinemart.brand.create.v1 b1  given up by somebody once
  0:17     2026-01-02 03:04:05  403 at http://db: a b
           discarded at 2026-01-02 03:04:05
com.onlinemart.order.paid.v1 o1  given up by payment twice, notification once  trace ` + trace + `
  2:4      2026-01-02 03:05:05  no answer at http://payment: 
           sent again at 2026-01-02 03:04:05 by ada@laptop
  1:0      2026-01-02 05:04:05  422 at /mart/notification: 
           can never succeed: the function itself says that it cannot be processed
  2:5      2026-01-02 06:04:05  503 at http://payment: 
t ]0;title 31m? 9:99 fake  given up by somebody once
  3:1      2026-01-02 04:04:05   at [2J: 
           can never succeed: it holds no event of the mart
com.onlinemart.order.paid.v1 o1  given up by payment once
  2:6      2026-01-02 07:04:05  503 at http://payment: 
6 dead letters of the last 1h0m0s of 4 events, 1 of which were sent again.
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

// A replay leaves out of what nothing would come, and says why; what may succeed now goes.
func TestHopelessLettersAreLeftOut(t *testing.T) {
	t.Parallel()
	old := time.Now().Add(-events.ForgottenAfter - time.Hour)
	letters := map[string]Letter{
		"no event of ours":  {Type: "dev.knative.kafka.event"},
		"poison":            {Type: events.OrderPaid.Type(), Topic: "t", Code: "422", Failed: "/mart/payment"},
		"unreadable":        {Type: events.OrderPaid.Type(), Topic: "t", Code: "400", Failed: "http://payment"},
		"unsealed":          {Type: events.OrderPaid.Type(), Topic: "t", Code: "401", Failed: "http://payment"},
		"an old command":    {Type: events.CreateBrand.Type(), Topic: "t", Code: "503", Failed: "http://db", Event: old},
		"an old event":      {Type: events.OrderPaid.Type(), Topic: "t", Code: "503", Failed: "http://payment", Event: old},
		"an outage":         {Type: events.CreateBrand.Type(), Topic: "t", Code: "503", Failed: "http://db", Event: time.Now()},
		"no answer":         {Type: events.OrderPaid.Type(), Topic: "t", Failed: "http://payment"},
		"422 of a stranger": {Type: events.OrderPaid.Type(), Topic: "t", Code: "422", Failed: "http://payment"},
	}
	goes := []string{"an old event", "an outage", "no answer", "422 of a stranger"}
	for name, l := range letters {
		rest, left := leaveHopeless([]Letter{l})
		if sent := slices.Contains(goes, name); sent != (len(rest) == 1) || sent == (len(left) == 1) {
			t.Errorf("%s: goes %v, stays %+v", name, rest, left)
		}
		for _, s := range left {
			if s.Sent || !strings.HasPrefix(s.Does, "stays: ") {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

// Who does not say where Kafka is gets told how to, and nothing of how it is read.
func TestNobodySaysWhereKafkaIs(t *testing.T) {
	t.Setenv("KAFKA_BROKERS", "")
	var said strings.Builder
	_, err := source{LocalFlags: kafka.LocalFlags{Data: "nowhere"}}.Access(t.Context(), &said)
	want := "say where Kafka is, with --kafka host:port or KAFKA_BROKERS; mart up prints the address of its own, and none runs on nowhere (--data)"
	if err == nil || err.Error() != want || said.Len() > 0 {
		t.Errorf("got %v, want %s; said %q", err, want, said.String())
	}
}

// A time that cannot be read is answered with how one is written.
func TestSinceIsATime(t *testing.T) {
	t.Parallel()
	var s span
	if err := s.UnmarshalText([]byte("90m")); err != nil || s != span(90*time.Minute) {
		t.Errorf("got %v, %v", time.Duration(s), err)
	}
	for _, text := range []string{"yesterday", "-1h", "0s", ""} {
		if err := s.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "write 24h, 90m or 30s") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestReplayOfEverythingMustBeSaid(t *testing.T) {
	t.Parallel()
	if err := (replay{}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), "--all") {
		t.Errorf("got %v", err)
	}
}

// What goes back is the record as it was: its own headers and key, nothing of the failure or of an earlier time. Only who failed gets it.
func TestAgain(t *testing.T) {
	t.Parallel()
	l := letterOf(&kgo.Record{Partition: 1, Offset: 2, Value: []byte("{}"), Headers: []kgo.RecordHeader{
		stringHeader("ce_id", "b1"), stringHeader("ce_type", "com.onlinemart.brand.create.v1"), stringHeader("ce_partitionkey", "s1"), stringHeader("content-type", "application/json"),
		stringHeader("ce_knativeerrorcode", "503"), stringHeader("ce_knativekafkaoffset", "7"),
		stringHeader("ce_receiver", "db"), stringHeader("ce_replayof", "0:1"),
	}})
	got := l.again()
	want := &kgo.Record{Topic: "mart.db.replays", Key: []byte("s1"), Value: []byte("{}"), Headers: []kgo.RecordHeader{
		stringHeader("ce_id", "b1"), stringHeader("ce_type", "com.onlinemart.brand.create.v1"), stringHeader("ce_partitionkey", "s1"), stringHeader("content-type", "application/json"),
		stringHeader("ce_replayof", "1:2"),
	}}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b *kgo.Record) bool {
		return a.Topic == b.Topic && cmp.Equal(a.Key, b.Key) && cmp.Equal(a.Value, b.Value) && cmp.Equal(a.Headers, b.Headers)
	})); d != "" {
		t.Error(d)
	}
}

// Whoever does not send a letter says why, and never that it goes.
func TestClaimed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	goes := Step{Letter{Topic: events.OrderPaid.Topic(), Function: events.Payment}, "goes to payment, through mart.payment.replays", true}
	for name, c := range map[string]struct {
		by    fate
		gone  bool
		does  string
		sends bool
	}{
		"its own":                    {by: fate{run: "me", since: now}, does: goes.Does, sends: true},
		"another's":                  {by: fate{run: "other", since: now.Add(-time.Minute)}, does: "stays: another replay has been at it since 2026-01-02 03:03:05; try again after 2026-01-02 03:13:05"},
		"another's, lapsed":          {by: fate{run: "other", since: now.Add(-lease)}, does: "stays: another replay had claimed it first, and its claim has lapsed meanwhile; try again"},
		"another's, who has sent it": {by: fate{run: "other", since: now.Add(-lease), sent: now}, does: "stays: it was sent again at 2026-01-02 03:04:05; if the function has failed since, that is another letter"},
		"nobody's, gone":             {gone: true, does: "is gone: mart.dead-letters does not keep it any more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := goes.claimed(c.by, !c.gone, "me", now)
			if got.Does != c.does || got.Sent != c.sends {
				t.Errorf("%v, %q; want %v, %q", got.Sent, got.Does, c.sends, c.does)
			}
		})
	}
}

func TestPlanSaysWhatStays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	held := fate{run: "x", since: now, first: now}
	for name, c := range map[string]struct {
		letter Letter
		want   Step
	}{
		"goes":    {Letter{Topic: "t", Function: events.DB}, Step{Does: "goes to db, through mart.db.replays", Sent: true}},
		"junk":    {Letter{Function: events.DB}, Step{Does: "stays: it holds no event of the mart and has nowhere to go"}},
		"unknown": {Letter{Topic: "t"}, Step{Does: "stays: it does not tell which function failed; name it with --function"}},
		"held": {
			Letter{Topic: "t", Function: events.DB, fate: held},
			Step{Does: "stays: another replay has been at it since 2026-01-02 03:04:05; try again after 2026-01-02 03:14:05"},
		},
		"done": {
			Letter{Topic: "t", Function: events.DB, fate: held.after(mark{kind: replayed, at: now})},
			Step{Does: "stays: it was sent again at 2026-01-02 03:04:05; if the function has failed since, that is another letter"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.letter.plan(now)
			if got.Does != c.want.Does || got.Sent != c.want.Sent {
				t.Errorf("got %q, %v", got.Does, got.Sent)
			}
		})
	}
}

// The claim that came first counts until it has lapsed, whoever reads.
func TestFate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first, second, third := mark{claimed, "0:1", "first", "ada@example", now}, mark{claimed, "0:1", "second", "ada@example", now.Add(lease - 1)}, mark{claimed, "0:1", "third", "ada@example", now.Add(lease)}
	f := fate{}.after(first).after(second)
	if f.run != "first" || !f.first.Equal(now) || !f.sent.IsZero() {
		t.Errorf("two claims: %+v", f)
	}
	if f = f.after(third); f.run != "third" || !f.first.Equal(now) || !f.since.Equal(third.at) {
		t.Errorf("the claim that came late: %+v", f)
	}
	if f = f.after(mark{discarded, "0:1", "sue", "ada@example", third.at}); f.run != "third" || !f.discarded.Equal(third.at) || !f.sent.IsZero() {
		t.Errorf("discarded: %+v", f)
	}
	if f = f.after(mark{replayed, "0:1", "first", "ada@example", third.at}); !f.sent.Equal(third.at) {
		t.Errorf("said, if late: %+v", f)
	}
}
