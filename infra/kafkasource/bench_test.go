package kafkasource

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/google/uuid"
)

// Both run against an embedded Kafka, or against the one at KAFKA_BROKERS.

// BenchmarkHop is one event at a time: from before its write to Kafka to the function's handler.
func BenchmarkHop(b *testing.B) {
	topic := "hop-" + uuid.NewString()
	k := newBrokerWith(b, topic)
	arrived := make(chan time.Time, 1)
	f := newFunction(b, func(http.ResponseWriter, request) { arrived <- time.Now() })
	start(b, k, sourceYAML(topic, []string{topic}, f.URL, isUnordered))
	var hops, writes []time.Duration
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		k.write(b, ce(topic, int32(i%12), "e"))
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
	topic := "backlog-" + uuid.NewString()
	k := newBrokerWith(b, topic)
	done := make(chan struct{}, 1000)
	f := newFunction(b, func(http.ResponseWriter, request) { done <- struct{}{} })
	for first := 0; first < b.N; first += 500 {
		var batch []*sarama.ProducerMessage
		for i := first; i < min(first+500, b.N); i++ {
			batch = append(batch, ce(topic, int32(i%12), "e"))
		}
		k.write(b, batch...)
	}
	b.ResetTimer()
	start(b, k, sourceYAML(topic, []string{topic}, f.URL, isUnordered))
	for range b.N {
		<-done
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
