package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/onlinemart/mart/events/bus"
)

// reachWithin bounds the wait for a first answer from a broker that may still be starting.
const reachWithin = 10 * time.Second

// fetchWait is how long a broker may keep a fetch that has nothing to answer: a partition that is added meanwhile waits for it.
const fetchWait = 250 * time.Millisecond

// Connect is a client of brokers that have answered; close it. Error: *UnreachableError, or which setting is wrong.
func Connect(ctx context.Context, access bus.KafkaConfig, more ...kgo.Opt) (*kgo.Client, error) {
	options, err := credentialsOf(access)
	if err != nil {
		return nil, err
	}
	options = append(options, kgo.SeedBrokers(access.Brokers...), kgo.DialTimeout(3*time.Second), kgo.FetchMaxWait(fetchWait))
	client, err := kgo.NewClient(append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: brokers %s: %w; give them as host:port", strings.Join(access.Brokers, ","), err)
	}
	if err := reach(ctx, client, access.Brokers); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

func reach(ctx context.Context, client *kgo.Client, brokers []string) error {
	within, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	err := client.Ping(within)
	if err == nil {
		return nil
	}
	why := err.Error()
	var cut *net.OpError
	if errors.As(err, &cut) {
		why = cut.Err.Error()
	} else if errors.Is(err, context.DeadlineExceeded) {
		why = "no answer in time"
	}
	return &UnreachableError{Brokers: brokers, Why: why, cause: err}
}

// UnreachableError means that none of the brokers answered.
type UnreachableError struct {
	Brokers []string
	Why     string
	cause   error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("kafka: no broker answers at %s (%s): start Kafka there, or correct the address",
		strings.Join(e.Brokers, ","), e.Why)
}

func (e *UnreachableError) Unwrap() error { return e.cause }
