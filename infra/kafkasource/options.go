package kafkasource

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/IBM/sarama"
)

// Options are what the objects do not say. The zero value works for sources with a sink.uri.
type Options struct {
	// Brokers, if set, stand in for every object's bootstrapServers.
	Brokers []string
	// Resolve turns a sink.ref into a base URL. References to a KafkaSink among the objects need none.
	Resolve func(Ref) (url string, err error)
	// Secrets reads what spec.net and spec.auth point to.
	Secrets Secrets
	// Log defaults to slog.Default().
	Log *slog.Logger
	// Ready is called once, when every source holds its share of its topics and reads it.
	Ready func()
	// Observe is called at the end of each record, concurrently.
	Observe func(Report)
	// Retrying is called after each attempt that failed and will be followed by another, concurrently.
	Retrying func(Retry)

	// CommitEvery is the time between commits of offsets: 5 s by default. Revocation and shutdown commit too.
	CommitEvery time.Duration
	// DrainTimeout bounds how long shutdown waits for running attempts: 25 s by default.
	DrainTimeout time.Duration
	// MaxPollRecords is Kafka's max.poll.records: 50 by default.
	MaxPollRecords int
	// Wait pauses between attempts, until d has passed or ctx ends, which is then its error.
	Wait func(ctx context.Context, d time.Duration) error

	tune func(*sarama.Config) // for tests
}

func (o Options) complete() Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.CommitEvery <= 0 {
		o.CommitEvery = 5 * time.Second
	}
	if o.DrainTimeout <= 0 {
		o.DrainTimeout = 25 * time.Second
	}
	if o.MaxPollRecords <= 0 {
		o.MaxPollRecords = 50
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return o
}

func (o Options) brokers(bootstrapServers []string) []string {
	if len(o.Brokers) > 0 {
		return o.Brokers
	}
	return bootstrapServers
}

func (o Options) resolve(ref Ref) (string, error) {
	if o.Resolve == nil {
		return "", fmt.Errorf("no address is known for %s: set Options.Resolve or use sink.uri", ref)
	}
	return o.Resolve(ref)
}
