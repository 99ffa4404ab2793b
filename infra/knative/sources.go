// Package knative writes the Kubernetes objects of the mart from its catalogue of messages, so that no topic, group or name
// is written down twice.
//
// It owns the shape of the objects, in templates, and nothing that runs: `mart up` reads the same KafkaSources that a cluster does. Generate
// writes everything below this folder that says so in its first line; a test fails when it differs.
package knative

import (
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// Cluster is what the objects are written for.
type Cluster struct {
	Namespace string   // where the functions live
	Brokers   []string // host:port
	Consumers int      // of db's source, which has by far the most to do; the others have one

	Reads func(f events.Function) []string // the topics of a function's source; nil: as the catalogue has it
}

// LettersSource is the name of the source that brings the dead letters to where they are kept.
const LettersSource = "dead-letters"

// source is what a KafkaSource is written from.
type source struct {
	Name      string
	Letters   bool
	Function  events.Function
	Group     string
	Topics    []string
	Consumers int
}

// Sources is one KafkaSource per function that something arrives for, that of the dead letters, and their sink, as YAML documents.
func Sources(c Cluster) ([]byte, error) {
	reads := c.Reads
	if reads == nil {
		reads = events.TopicsFor
	}
	var sources []source
	for _, f := range events.Functions() {
		s := source{Name: string(f), Function: f, Group: events.SourceGroup(f), Topics: reads(f), Consumers: 1}
		if f == events.DB {
			s.Consumers = max(1, c.Consumers)
		}
		if len(s.Topics) > 0 {
			sources = append(sources, s)
		}
	}
	sources = append(sources, source{Name: LettersSource, Letters: true, Function: events.User, Group: events.LettersGroup, Topics: []string{events.DeadLetterTopic}, Consumers: 1})
	return render("sources.yaml", struct {
		Cluster
		Sources                           []source
		Receiver, DeadLetters, LetterPath string
	}{c, sources, bus.ReceiverExtension, events.DeadLetterTopic, bus.LetterPath}) // the receiver's name, so that a dead letter knows who failed
}
