package kafka

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events/bus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A stretch ends where its topics ended when it was begun, also where the last records were deleted meanwhile, be it all of them, and
// whatever has come since.
func TestAStretchEnds(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		since   time.Time
		deleted int64 // in the second partition
		later   bool  // something comes meanwhile
		want    []string
	}{
		"all":                          {want: []string{"0", "1", "2", "10", "11", "12"}},
		"since a moment":               {since: noon.Add(time.Minute), want: []string{"1", "2", "11", "12"}},
		"since its end":                {since: noon.Add(time.Hour)},
		"more comes":                   {later: true, want: []string{"0", "1", "2", "10", "11", "12"}},
		"some are deleted":             {deleted: 2, want: []string{"0", "1", "2", "12"}},
		"all are deleted":              {deleted: 3, want: []string{"0", "1", "2"}},
		"all are deleted, more comes":  {deleted: 3, later: true, want: []string{"0", "1", "2"}},
		"what was meant was deleted":   {since: noon.Add(2 * time.Minute), deleted: 3, want: []string{"2"}},
		"what was meant, and one more": {since: noon.Add(2 * time.Minute), deleted: 4, later: true, want: []string{"2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "letters"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Close)
			s := Stretch{Access: bus.KafkaConfig{Brokers: cluster.ListenAddrs()}, Topics: []string{"letters"}, Since: c.since}
			client, err := Connect(t.Context(), s.Access, kgo.RecordPartitioner(kgo.ManualPartitioner()))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			write := func(partition int32, value string, minute int) {
				t.Helper()
				r := &kgo.Record{Topic: "letters", Partition: partition, Value: []byte(value), Timestamp: noon.Add(time.Duration(minute) * time.Minute)}
				if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 3 {
				write(0, fmt.Sprint(i), i)
				write(1, fmt.Sprint(10+i), i)
			}
			client.PauseFetchTopics("letters") // before the first is fetched: whatever comes, comes after what happens meanwhile
			r, err := s.begin(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				if c.later {
					write(int32(i), "later", 3)
				}
			}
			if c.deleted > 0 {
				var upTo kadm.Offsets
				upTo.Add(kadm.Offset{Topic: "letters", Partition: 1, At: c.deleted})
				if deleted, err := kadm.NewClient(client).DeleteRecords(t.Context(), upTo); err != nil || deleted.Error() != nil {
					t.Fatal(err, deleted.Error())
				}
			}
			client.ResumeFetchTopics("letters")
			got := [2][]string{}
			if err := r.finish(t.Context(), func(r *kgo.Record) { got[r.Partition] = append(got[r.Partition], string(r.Value)) }); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, append(got[0], got[1]...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
