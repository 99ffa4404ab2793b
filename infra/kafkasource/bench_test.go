package kafkasource

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// BenchmarkHop is one event at a time: from before its write to Kafka to the function's handler.
func BenchmarkHop(b *testing.B) {
	k := newBroker(b, kfake.SeedTopics(12, "orders"))
	arrived := make(chan time.Time, 1)
	f := newFunction(b, func(http.ResponseWriter, request) { arrived <- time.Now() })
	start(b, k, sourceYAML("s", []string{"orders"}, f.URL, isUnordered))
	var hops, writes []time.Duration
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		k.write(b, ce("orders", int32(i%12), "e"))
		written := time.Now()
		hops = append(hops, (<-arrived).Sub(begun))
		writes = append(writes, written.Sub(begun))
	}
	b.ReportMetric(0, "ns/op")
	for name, sample := range map[string][]time.Duration{"hop": hops, "write": writes} {
		slices.Sort(sample)
		b.ReportMetric(float64(sample[len(sample)/2].Microseconds()), name+"-p50-µs")
		b.ReportMetric(float64(sample[len(sample)*99/100].Microseconds()), name+"-p99-µs")
	}
}

// BenchmarkBacklog delivers b.N events that wait in 12 partitions.
func BenchmarkBacklog(b *testing.B) {
	for _, ordering := range []string{isUnordered, isOrdered} {
		b.Run(ordering[len("ordering: "):], func(b *testing.B) {
			k := newBroker(b, kfake.SeedTopics(12, "orders"))
			done := make(chan struct{}, 1000)
			f := newFunction(b, func(http.ResponseWriter, request) { done <- struct{}{} })
			for i := range b.N {
				k.write(b, ce("orders", int32(i%12), "e"))
			}
			b.ResetTimer()
			start(b, k, sourceYAML("s", []string{"orders"}, f.URL, ordering))
			for range b.N {
				<-done
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
