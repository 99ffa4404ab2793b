// Package knative writes the Kubernetes objects of the mart from its catalogue of messages, so that no topic, group or name
// is written down twice.
//
// It owns the shape of the objects and nothing that runs: `mart up` reads the same KafkaSources that a cluster does. Generate
// writes everything below this folder that says so in its first line; a test fails when it differs.
package knative

import (
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// DeadLetterSink is the KafkaSink that takes what could not be delivered.
const DeadLetterSink = "mart-dead-letters"

// Cluster is what the objects are written for.
type Cluster struct {
	Namespace string   // where the functions live
	Brokers   []string // host:port
	Consumers int      // of db's source, which has by far the most to do; the others have one

	Reads func(f events.Function) []string // the topics of a function's source; nil: as the catalogue has it
}

// The settings of every source; each is there because leaving it out loses events or time (see README.md).
const (
	retries      = 12
	backoffDelay = "PT0.2S"
	timeout      = "PT25S"
)

type sourceSpec struct {
	BootstrapServers []string    `json:"bootstrapServers"`
	CEOverrides      overrides   `json:"ceOverrides"`
	ConsumerGroup    string      `json:"consumerGroup"`
	Consumers        int         `json:"consumers"`
	Delivery         delivery    `json:"delivery"`
	InitialOffset    string      `json:"initialOffset"`
	Ordering         string      `json:"ordering"`
	Sink             destination `json:"sink"`
	Topics           []string    `json:"topics"`
}

type overrides struct {
	Extensions map[string]string `json:"extensions"`
}

type delivery struct {
	BackoffDelay   string      `json:"backoffDelay"`
	BackoffPolicy  string      `json:"backoffPolicy"`
	DeadLetterSink destination `json:"deadLetterSink"`
	Retry          int         `json:"retry"`
	Timeout        string      `json:"timeout"`
}

type destination struct {
	Ref ref `json:"ref"`
}

type ref struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Namespace  string `json:"namespace,omitempty"`
}

type sinkSpec struct {
	BootstrapServers []string `json:"bootstrapServers"`
	ContentMode      string   `json:"contentMode"`
	Topic            string   `json:"topic"`
}

// Sources is one KafkaSource per function that something arrives for, and the dead letter sink, as YAML documents.
func Sources(c Cluster) ([]byte, error) {
	var objects []object
	for _, f := range events.Functions() {
		if topics := c.reads(f); len(topics) > 0 {
			objects = append(objects, source(c, f, topics))
		}
	}
	return documents(append(objects, deadLetters(c)))
}

func (c Cluster) reads(f events.Function) []string {
	if c.Reads == nil {
		return events.TopicsFor(f)
	}
	return c.Reads(f)
}

func source(c Cluster, f events.Function, topics []string) object {
	consumers := 1
	if f == events.DB {
		consumers = max(1, c.Consumers)
	}
	return object{
		APIVersion: "sources.knative.dev/v1", Kind: "KafkaSource", Metadata: c.metadata(string(f)),
		Spec: sourceSpec{
			BootstrapServers: c.Brokers, ConsumerGroup: "mart." + string(f), Consumers: consumers,
			InitialOffset: "earliest", Ordering: "unordered", Topics: topics,
			Sink:        c.sinkOf(f),
			CEOverrides: overrides{map[string]string{bus.ReceiverExtension: string(f)}}, // so that a dead letter knows who failed
			Delivery: delivery{
				Retry: retries, BackoffPolicy: "exponential", BackoffDelay: backoffDelay, Timeout: timeout,
				DeadLetterSink: destination{ref{APIVersion: "eventing.knative.dev/v1alpha1", Kind: "KafkaSink", Name: DeadLetterSink, Namespace: c.Namespace}},
			},
		},
	}
}

// deadLetters leaves the number of partitions and copies out: with them Knative takes the topic for its own, and deletes it, with
// every letter in it, when the sink is deleted.
func deadLetters(c Cluster) object {
	return object{
		APIVersion: "eventing.knative.dev/v1alpha1", Kind: "KafkaSink", Metadata: c.metadata(DeadLetterSink),
		Spec: sinkSpec{BootstrapServers: c.Brokers, ContentMode: "binary", Topic: events.DeadLetterTopic},
	}
}
