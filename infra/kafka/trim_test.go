package kafka_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/IBM/sarama"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
)

// commit says that a group is done with a topic's records up to an offset.
func commit(t *testing.T, address, group, topic string, upTo int64) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(address))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, upTo, -1)
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), group, offsets); err != nil {
		t.Fatal(err)
	}
}

// edges are the first offset that a topic has and the next that it gives.
func edges(t *testing.T, address, topic string) [2]int64 {
	t.Helper()
	client, err := sarama.NewClient([]string{address}, settings())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var at [2]int64
	for i, which := range []int64{sarama.OffsetOldest, sarama.OffsetNewest} {
		if at[i], err = client.GetOffset(topic, 0, which); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

func TestTrimKeepsWhatIsNotReceivedAndTheNewest(t *testing.T) {
	t.Parallel()
	const records, keep = 100, 10
	broker := start(t, kafka.Config{})
	topics := []string{"mart.read", "mart.behind", "mart.other-reader", "mart.unread", events.DeadLetterTopic}
	for _, topic := range topics {
		ensure(t, broker.Address(), kafka.Topic{Name: topic, Partitions: 1})
		produce(t, broker.Address(), topic, 0, records)
	}
	for topic, upTo := range map[string]int64{"mart.read": records, "mart.behind": 30} {
		commit(t, broker.Address(), "mart.order", topic, upTo)
		commit(t, broker.Address(), "mart.db", topic, records)
	}
	commit(t, broker.Address(), "somebody", "mart.other-reader", 1)
	for range 2 { // a second time there is nothing to do
		if err := kafka.Trim(t.Context(), []string{broker.Address()}, topics, keep); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string][2]int64{}
	for _, topic := range topics {
		got[topic] = edges(t, broker.Address(), topic)
	}
	want := map[string][2]int64{
		"mart.read": {records - keep, records}, "mart.behind": {30, records}, "mart.other-reader": {records - keep, records},
		"mart.unread": {records - keep, records}, events.DeadLetterTopic: {0, records},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("first and next offsets (-want +got):\n%s", diff)
	}
}

// However much is written, what is on disk stays about the same, and a broker that starts again goes on where it was: after a stop, and on what
// one leaves behind that is killed.
func TestTrimmedTopicsTakeNoMoreRoomAndSurvive(t *testing.T) {
	t.Parallel()
	const each, keep, topic = 300, 50, "mart.read"
	dir := t.TempDir()
	broker := start(t, kafka.Config{DataDir: dir})
	ensure(t, broker.Address(), kafka.Topic{Name: topic, Partitions: 1, Bounds: map[string]string{"segment.bytes": strconv.Itoa(4 << 10)}})
	var sizes []int64
	for round := range 4 {
		produce(t, broker.Address(), topic, round*each, each)
		commit(t, broker.Address(), "mart.db", topic, int64((round+1)*each))
		if err := kafka.Trim(t.Context(), []string{broker.Address()}, []string{topic}, keep); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, stored(t, filepath.Join(dir, "partitions")))
	}
	if first, last := sizes[0], sizes[len(sizes)-1]; first == 0 || last > first*3/2 {
		t.Errorf("on disk after each round: %d, want about as much as after the first", sizes)
	}
	killed := filepath.Join(t.TempDir(), "killed")
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	want := [2]int64{4*each - keep, 4 * each}
	if got := edges(t, start(t, kafka.Config{DataDir: dir}).Address(), topic); got != want {
		t.Errorf("first and next offset after a stop: %v, want %v", got, want)
	}
	if got := edges(t, start(t, kafka.Config{DataDir: killed}).Address(), topic); got[0] == 0 || got[0] > want[0] || got[1] != want[1] {
		t.Errorf("first and next offset after a kill: %v, want no more than %v and what was acknowledged", got, want)
	}
}

// stored is how many bytes of records the files below a folder hold.
func stored(t *testing.T, dir string) (sum int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".dat" {
			return err
		}
		info, err := entry.Info()
		sum += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
