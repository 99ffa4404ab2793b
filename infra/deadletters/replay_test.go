package deadletters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// post is a Kafka with the mart's topics, and letters in it.
type post struct {
	t      *testing.T
	ctx    context.Context
	access bus.KafkaConfig
	client *kgo.Client
}

func newPost(t *testing.T) *post {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	broker, err := kafka.Start(ctx, kafka.Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p := &post{t: t, ctx: ctx, access: bus.KafkaConfig{Brokers: []string{broker.Address()}}}
	var topics []kafka.Topic
	for _, name := range events.Topics() {
		topics = append(topics, kafka.Topic{Name: name, Partitions: 2, Bounds: kafka.BoundsOf(name)})
	}
	if err := kafka.EnsureTopics(ctx, p.access.Brokers, topics); err != nil {
		t.Fatal(err)
	}
	if p.client, err = kafka.Connect(ctx, p.access, kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(bus.MaxLetterBytes), kgo.ProducerBatchCompression(kgo.NoCompression())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.client.Close()
		cancel()
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *post) write(records ...*kgo.Record) {
	p.t.Helper()
	if err := p.client.ProduceSync(p.ctx, records...).FirstErr(); err != nil {
		p.t.Fatal(err)
	}
}

// fail leaves a letter about a paid order that a function could not take, as its source writes it.
func (p *post) fail(id string, f events.Function) {
	p.t.Helper()
	p.write(&kgo.Record{Topic: events.DeadLetterTopic, Partition: int32(len(id) % 2), Value: []byte(`{"id":"` + id + `"}`), Headers: []kgo.RecordHeader{
		stringHeader("ce_specversion", "1.0"), stringHeader("ce_id", id), stringHeader("ce_type", events.OrderPaid.Type()), stringHeader("ce_partitionkey", id),
		stringHeader("ce_receiver", string(f)), stringHeader("ce_knativeerrordest", "http://127.0.0.1:4711"), stringHeader("ce_knativeerrorcode", "503"),
	}})
}

func (p *post) letters() []Letter {
	p.t.Helper()
	letters, err := Read(p.ctx, p.access, Filter{})
	if err != nil {
		p.t.Fatal(err)
	}
	return letters
}

// replay sends all that can be sent, and tells how many that were.
func (p *post) replay() int {
	p.t.Helper()
	steps, err := Replay(p.ctx, p.access, p.letters(), "ada@example")
	if err != nil {
		p.t.Fatal(err)
	}
	return len(toSend(steps))
}

// sent is what has come into the topics: event, for whom, of which letter; each with its number.
func (p *post) sent() map[string]int {
	p.t.Helper()
	all := map[string]int{}
	for _, topic := range events.Topics()[:len(events.Topics())-1] {
		whole := kafka.Stretch{Access: p.access, Topics: []string{topic}}
		if err := whole.Each(p.ctx, func(r *kgo.Record) {
			all[fmt.Sprintf("%s on %s of %s", headerOf(r, "ce_id"), topic, headerOf(r, "ce_replayof"))]++
		}); err != nil {
			p.t.Fatal(err)
		}
	}
	return all
}

func (p *post) mustHaveSent(want map[string]int) {
	p.t.Helper()
	if d := cmp.Diff(want, p.sent()); d != "" {
		p.t.Error(d)
	}
}

// Each letter goes once, to the function that failed; a failure after that is another letter.
func TestReplayOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.fail("a", events.Notification)
	p.fail("a", events.Payment)
	p.fail("bb", events.Inventory)
	want := map[string]int{"a on mart.notification.replays of 1:0": 1, "a on mart.payment.replays of 1:1": 1, "bb on mart.inventory.replays of 0:0": 1}
	for i, sent := range []int{3, 0, 0} {
		if got := p.replay(); got != sent {
			t.Errorf("replay %d sent %d, want %d", i+1, got, sent)
		}
		p.mustHaveSent(want)
	}
	for _, l := range p.letters() {
		if step := Plan([]Letter{l})[0]; l.Replayed == nil || step.Sent || !strings.Contains(step.Does, "it was sent again at") {
			t.Errorf("%s: %+v", l.Place, step)
		}
	}
	p.fail("a", events.Notification) // again
	if got := p.replay(); got != 1 {
		t.Errorf("%d letters were sent after one function had failed again", got)
	}
	latest := p.letters()
	want["a on mart.notification.replays of "+latest[len(latest)-1].Place] = 1
	if len(latest) != 4 {
		t.Errorf("%d letters, want 4: marks are none", len(latest))
	}
	p.mustHaveSentIgnoringPlaces(want)
}

// mustHaveSentIgnoringPlaces compares what went where and how often.
func (p *post) mustHaveSentIgnoringPlaces(want map[string]int) {
	p.t.Helper()
	sum := func(all map[string]int) map[string]int {
		sums := map[string]int{}
		for what, n := range all {
			what, _, _ = strings.Cut(what, " of ")
			sums[what] += n
		}
		return sums
	}
	if d := cmp.Diff(sum(want), sum(p.sent())); d != "" {
		p.t.Error(d)
	}
}

// What would be done is only said.
func TestDryRun(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.fail("a", events.Notification)
	for range 2 {
		dry := replay{source: source{LocalFlags: kafka.LocalFlags{Flags: kafka.Flags{Kafka: p.access.Brokers}}}, All: true, DryRun: true}
		if err := dry.Run(p.ctx); err != nil {
			t.Fatal(err)
		}
	}
	p.mustHaveSent(map[string]int{})
	steps := Plan(p.letters())
	var b strings.Builder
	if n := tell(&b, steps); n != 1 || b.String() != "1:0      com.onlinemart.order.paid.v1 a: goes to notification, through mart.notification.replays\n" {
		t.Errorf("%d, %q", n, b.String())
	}
	wet := replay{source: source{LocalFlags: kafka.LocalFlags{Flags: kafka.Flags{Kafka: p.access.Brokers}}}, All: true}
	if err := wet.Run(p.ctx); err != nil {
		t.Fatal(err)
	}
	p.mustHaveSent(map[string]int{"a on mart.notification.replays of 1:0": 1})
	b.Reset()
	if n := tell(&b, Plan(p.letters())); n != 0 || !strings.Contains(b.String(), "stays: it was sent again at ") {
		t.Errorf("%d, %q", n, b.String())
	}
	if err := (replay{source: source{LocalFlags: kafka.LocalFlags{Flags: kafka.Flags{Kafka: p.access.Brokers}}}, All: true, Function: "nobody"}).Run(p.ctx); err == nil {
		t.Error("nobody is a function")
	}
}

// Where no letter is, all of them are sent again: there is nothing to do, and nothing wrong. Letters that were named must be there.
func TestReplayOfAllWhereThereAreNone(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	at := source{LocalFlags: kafka.LocalFlags{Flags: kafka.Flags{Kafka: p.access.Brokers}}}
	if err := (replay{source: at, All: true}).Run(p.ctx); err != nil {
		t.Error(err)
	}
	at.Place = []string{"0:1"}
	if err := (replay{source: at}).Run(p.ctx); err == nil || !strings.Contains(err.Error(), "no letter is like that") {
		t.Errorf("got %v", err)
	}
}

// The largest record that a topic takes can be sent again: where it goes, there is room for what marks it.
func TestReplayOfTheLargestRecord(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	key := strings.Repeat("k", 64)
	original := kgo.Record{Topic: events.OrderPaid.Topic(), Key: []byte(key), Headers: []kgo.RecordHeader{
		stringHeader("ce_id", "large"), stringHeader("ce_type", events.OrderPaid.Type()), stringHeader("ce_partitionkey", key),
	}}
	fits := sort.Search(bus.MaxRecordBytes, func(n int) bool { // the most that is taken is one less than the least that is not
		r := original
		r.Value = make([]byte, n)
		err := p.client.ProduceSync(p.ctx, &r).FirstErr()
		if err != nil && !errors.Is(err, kerr.MessageTooLarge) {
			t.Fatal(err)
		}
		return err != nil
	}) - 1
	if fits < bus.MaxRecordBytes-1024 {
		t.Fatalf("the topic takes %d bytes", fits)
	}
	letter := original
	letter.Topic, letter.Value = events.DeadLetterTopic, make([]byte, fits)
	letter.Headers = append(slices.Clone(original.Headers),
		stringHeader("ce_receiver", string(events.Notification)), stringHeader("ce_knativeerrordata", strings.Repeat("r", 1400)))
	p.write(&letter)
	if got := p.replay(); got != 1 {
		t.Errorf("%d were sent again", got)
	}
}

// Many at once send each letter once all the same.
func TestReplayByManyAtOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	want := map[string]int{}
	for i := range 20 {
		id := fmt.Sprintf("order%d", i)
		p.fail(id, events.Notification)
		want[id+" on mart.notification.replays of "] = 1
	}
	letters := p.letters()
	var running sync.WaitGroup
	for range 6 {
		running.Go(func() {
			if _, err := Replay(p.ctx, p.access, letters, "ada@example"); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	p.mustHaveSentIgnoringPlaces(want)
}

// Whoever dies in the middle leaves a claim. It keeps others away for a while; then what was not sent is sent, and what was is not.
func TestReplayAfterOneThatDied(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	p.fail("sent", events.Notification)
	p.fail("unsent", events.Notification)
	p.fail("claimed", events.Notification)
	for _, l := range p.letters() {
		claim := mark{kind: claimed, run: "dead", letter: l.Place, at: time.Now().Add(-2 * lease)}
		if l.ID == "claimed" {
			claim.at = time.Now()
		}
		p.write(claim.record(l))
		if l.ID == "sent" {
			p.write(l.again())
		}
	}
	steps, err := Replay(p.ctx, p.access, p.letters(), "ada@example")
	if err != nil {
		t.Fatal(err)
	}
	does := map[string]string{}
	for _, s := range steps {
		does[s.ID], _, _ = strings.Cut(s.Does, " since")
	}
	if d := cmp.Diff(map[string]string{
		"sent":    "stays: an earlier replay had sent it and could not say so",
		"unsent":  "goes to notification, through mart.notification.replays",
		"claimed": "stays: another replay has been at it",
	}, does); d != "" {
		t.Error(d)
	}
	if got := p.replay(); got != 0 {
		t.Errorf("then %d were sent", got)
	}
	p.mustHaveSentIgnoringPlaces(map[string]int{"sent on mart.notification.replays of ": 1, "unsent on mart.notification.replays of ": 1})
}

// What a function has refused for good is left out of a replay of all, and sent when somebody asks for it, by name or by --hopeless.
func TestReplayOfWhatCanNeverSucceed(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	for _, id := range []string{"a", "cc"} {
		p.write(&kgo.Record{Topic: events.DeadLetterTopic, Partition: 1, Headers: []kgo.RecordHeader{
			stringHeader("ce_id", id), stringHeader("ce_type", events.OrderPaid.Type()), stringHeader("ce_receiver", string(events.Payment)),
			stringHeader("ce_knativeerrordest", "/mart/payment"), stringHeader("ce_knativeerrorcode", "422"),
		}})
	}
	p.fail("bb", events.Inventory)
	at := source{LocalFlags: kafka.LocalFlags{Flags: kafka.Flags{Kafka: p.access.Brokers}}}
	named := at
	named.ID = []string{"a"}
	want := map[string]int{}
	for _, step := range []struct {
		replay replay
		sends  string
	}{
		{replay{source: at, All: true}, "bb on mart.inventory.replays of 0:0"},
		{replay{source: named}, "a on mart.payment.replays of 1:0"},
		{replay{source: at, All: true, Hopeless: true}, "cc on mart.payment.replays of 1:1"},
	} {
		if err := step.replay.Run(p.ctx); err != nil {
			t.Fatal(err)
		}
		want[step.sends] = 1
		p.mustHaveSent(want)
	}
}
