package bus

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
)

func accessTo(c *kfake.Cluster) KafkaConfig { return KafkaConfig{Brokers: c.ListenAddrs()} }

// lagging are the topics of a source of which something waits, or that somebody reads.
func lagging(t *testing.T, c KafkaConfig, f events.Function) SourceLag {
	t.Helper()
	all, err := c.Lags(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s SourceLag) bool { return s.Function == f })
	if i < 0 {
		t.Fatalf("%s has no source among %+v", f, all)
	}
	lag := all[i]
	lag.Topics = slices.DeleteFunc(slices.Clone(lag.Topics), func(t TopicLag) bool { return t.Waiting == 0 && !t.Read })
	return lag
}

func client(t *testing.T, c *kfake.Cluster, more ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append(more, kgo.SeedBrokers(c.ListenAddrs()...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// What waits is counted from the place that a source has noted, else from where the topic begins, each source for itself; and it waits since its
// oldest was written.
func TestLags_CountWhatWaits(t *testing.T) {
	t.Parallel()
	c := broker(t)
	paid := events.OrderPaid.Topic()
	cl := client(t, c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	begun := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: paid, Partition: 0, Timestamp: begun.Add(time.Duration(i) * time.Minute), Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	noted := kadm.Offsets{}
	noted.AddOffset(paid, 0, 2, -1)
	if _, err := kadm.NewClient(cl).CommitOffsets(t.Context(), events.SourceGroup(events.Inventory), noted); err != nil {
		t.Fatal(err)
	}
	want := map[events.Function]SourceLag{
		events.Inventory:    {Function: events.Inventory, Group: "mart.inventory", Topics: []TopicLag{{Topic: paid, Waiting: 1, Since: begun.Add(2 * time.Minute)}}},
		events.Notification: {Function: events.Notification, Group: "mart.notification", Topics: []TopicLag{{Topic: paid, Waiting: 3, Since: begun}}},
		events.DB:           {Function: events.DB, Group: "mart.db", Topics: []TopicLag{}},
	}
	for f, want := range want {
		if d := cmp.Diff(want, lagging(t, accessTo(c), f), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", f, d)
		}
	}
}

// Whether somebody reads is told topic by topic.
func TestLags_TellWhoReads(t *testing.T) {
	t.Parallel()
	c := broker(t)
	paid := events.OrderPaid.Topic()
	reader := client(t, c, kgo.ConsumerGroup(events.SourceGroup(events.Inventory)), kgo.ConsumeTopics(paid), kgo.Balancers(kgo.RangeBalancer()))
	if err := client(t, c).ProduceSync(t.Context(), &kgo.Record{Topic: paid, Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := reader.PollFetches(t.Context()).Err(); err != nil { // then it has its partitions
		t.Fatal(err)
	}
	if err := reader.CommitUncommittedOffsets(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := SourceLag{Function: events.Inventory, Group: "mart.inventory", Consumers: 1, Topics: []TopicLag{{Topic: paid, Read: true}}}
	if d := cmp.Diff(want, lagging(t, accessTo(c), events.Inventory)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A broker that takes connections and says nothing, and one that is not there, are told in time.
func TestLags_EndWhereKafkaDoesNotAnswer(t *testing.T) {
	t.Parallel()
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if all, err := (KafkaConfig{Brokers: []string{silent.Addr().String()}}).Lags(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("of a broker that says nothing: %+v, %v", all, err)
	}
	gone, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	addresses := gone.ListenAddrs()
	gone.Close()
	if all, err := (KafkaConfig{Brokers: addresses}).Lags(ctx); err == nil || !strings.Contains(err.Error(), "Kafka") {
		t.Errorf("of no broker: %+v, %v", all, err)
	}
}
