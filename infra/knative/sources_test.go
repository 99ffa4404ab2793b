package knative

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/infra/kafkasource"
)

// What is generated must be read without a warning by what delivers.
func TestSources(t *testing.T) {
	t.Parallel()
	text, err := Sources(Cluster{Namespace: "mart", Brokers: []string{"kafka:9092"}, Consumers: 2})
	if err != nil {
		t.Fatal(err)
	}
	objects, err := kafkasource.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(objects.Warnings) != 0 {
		t.Error(objects.Warnings)
	}
	if len(objects.Sinks) != 1 || objects.Sinks[0].Spec.Topic != events.DeadLetterTopic {
		t.Errorf("sinks: %+v", objects.Sinks)
	}
	var letters kafkasource.KafkaSource
	got, want := map[string][]string{}, map[string][]string{}
	for _, s := range objects.Sources {
		if s.Metadata.Name == LettersSource {
			letters = s
			continue
		}
		got[s.Metadata.Name] = s.Spec.Topics
		if s.Spec.ConsumerGroup != "mart."+s.Metadata.Name || s.Spec.Ordering != "unordered" || *s.Spec.Delivery.Retry != 12 {
			t.Errorf("%s: %+v", s.Metadata.Name, s.Spec)
		}
		if d := cmp.Diff(map[string]string{bus.ReceiverExtension: s.Metadata.Name}, s.Spec.CEOverrides.Extensions); d != "" {
			t.Errorf("%s: %s", s.Metadata.Name, d)
		}
	}
	for _, f := range events.Functions() {
		if topics := events.TopicsFor(f); len(topics) > 0 {
			want[string(f)] = topics
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// A letter tells by itself who failed, and becomes no other one.
	if s := letters.Spec; s.ConsumerGroup != "mart."+LettersSource || s.CEOverrides != nil || s.Delivery.DeadLetterSink != nil || *s.Delivery.Retry != 22 ||
		s.Sink.URI != bus.LetterPath || s.Sink.Ref.Name != string(events.User) || !slices.Equal(s.Topics, []string{events.DeadLetterTopic}) {
		t.Errorf("%+v", s)
	}
	if !slices.Contains(got["db"], events.PlaceOrder.Topic()) {
		t.Error("db does not hear of orders")
	}
}
