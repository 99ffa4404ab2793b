package kafkasource

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

func ids(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("e%04d", i))
	}
	return out
}

func sorted(in []string) []string {
	slices.Sort(in)
	return in
}

func TestRun_deliversEachRecordOnceAndCommits(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(4, "orders"), kfake.SeedTopics(2, "payments"))
	f := newFunction(t, nil)
	run := start(t, b, sourceYAML("s", []string{"orders", "payments"}, f.URL, isUnordered))
	want := ids(200)
	for i, id := range want {
		topic, partitions := "orders", 4
		if i%3 == 0 {
			topic, partitions = "payments", 2
		}
		b.write(t, ce(topic, int32(i%partitions), id))
	}
	f.awaitCount(t, len(want))
	run.stop()
	equal(t, want, sorted(f.ids()))
	var committed int64
	for topic, partitions := range b.GroupInfo("s").Commits {
		for p := range partitions {
			committed += b.committed("s", topic, p)
		}
	}
	equal(t, int64(len(want)), committed)
	equal(t, 0, len(b.GroupInfo("s").Members))
}

func TestRun_commitsWhileItRuns(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(1, "orders"))
	f := newFunction(t, nil)
	start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered), func(o *Options) { o.CommitEvery = 20 * time.Millisecond })
	b.write(t, ce("orders", 0, "a"), ce("orders", 0, "b"))
	eventually(t, "the commit", func() bool { return b.committed("s", "orders", 0) == 2 })
}

func TestRun_latestSkipsWhatWasThere(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(3, "orders"))
	f := newFunction(t, nil)
	b.write(t, ce("orders", 0, "before"), ce("orders", 1, "before"))
	yaml := sourceYAML("s", []string{"orders"}, f.URL, isUnordered)
	run := start(t, b, replace(yaml, "initialOffset: earliest", "initialOffset: latest"))
	b.write(t, ce("orders", 0, "after"), ce("orders", 2, "after"))
	f.awaitCount(t, 2)
	run.stop()
	equal(t, []string{"after", "after"}, f.ids())
}

func TestRun_unorderedHas50To99InFlight(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(4, "orders"))
	open := make(chan struct{})
	f := newFunction(t, func(http.ResponseWriter, request) { <-open })
	for i, id := range ids(300) {
		b.write(t, ce("orders", int32(i%4), id))
	}
	run := start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered))
	f.await(t, "50 in flight", func(f *function) bool { return f.flying[""] >= 50 })
	close(open)
	f.awaitCount(t, 300)
	run.stop()
	if most := f.most[""]; most < 50 || most > 99 {
		t.Fatalf("%d requests were in flight at once, want 50 to 99", most)
	}
}

func TestRun_unorderedPoisonHoldsBackNobody(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(1, "orders"))
	f := newFunction(t, func(w http.ResponseWriter, r request) {
		if r.id == "poison" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	delivery := "delivery: {retry: 12, backoffDelay: PT60S, timeout: PT5S}"
	run := start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered, delivery))
	b.write(t, ce("orders", 0, "first"), ce("orders", 0, "poison"))
	f.awaitCount(t, 2)
	for _, id := range ids(300) {
		b.write(t, ce("orders", 0, id))
	}
	f.awaitCount(t, 302)
	run.stop() // the pause of minutes is given up at once
	equal(t, 1, int(b.committed("s", "orders", 0)))
}

func TestRun_waitsForATopicAndLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(1, "orders"))
	f := newFunction(t, nil)
	late := newFunction(t, nil)
	yaml := sourceYAML("s", []string{"orders"}, f.URL, isUnordered) + sourceYAML("late", []string{"payments"}, late.URL, isUnordered)
	_, ready := launch(t, b, yaml)
	b.write(t, ce("orders", 0, "a"))
	f.awaitCount(t, 1)
	select {
	case <-ready:
		t.Fatal("ready without the topic")
	default:
	}
	if err := b.CreateTopic("payments", 1, nil); err != nil {
		t.Fatal(err)
	}
	b.write(t, ce("payments", 0, "b"))
	late.awaitCount(t, 1)
	<-ready
}

func TestRun_survivesARestartOfTheBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"), kfake.DataDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{Cluster: first}
	f := newFunction(t, nil)
	start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered))
	port := portOf(t, first.ListenAddrs()[0])
	first.Close()
	again := newBroker(t, kfake.Ports(port), kfake.DataDir(dir), kfake.SeedTopics(2, "orders"))
	again.write(t, ce("orders", 0, "a"), ce("orders", 1, "b"))
	f.awaitCount(t, 2)
}

func TestRun_consumersShareThePartitions(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(4, "orders"))
	f := newFunction(t, nil)
	start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered, "consumers: 2"))
	var held []int
	for _, m := range b.GroupInfo("s").Members {
		held = append(held, m.NumAssigned())
	}
	equal(t, []int{2, 2}, held)
}
