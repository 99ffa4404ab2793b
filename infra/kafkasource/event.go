package kafkasource

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

// event is a CloudEvent in binary mode, as it goes over HTTP: ce- headers, content-type, raw body.
type event struct {
	header http.Header
	body   []byte
}

// with returns a copy that carries more extensions.
func (e event) with(extensions map[string]string) event {
	header := maps.Clone(e.header)
	for name, value := range extensions {
		header.Set("ce-"+name, headerValue(value))
	}
	return event{header, e.body}
}

// eventOf makes the event a sink sees from a record: a CloudEvent (binary or structured) passes with its attributes, which are
// written as Knative writes them (readRecord), anything else is wrapped into a dev.knative.kafka.event.
func (s *KafkaSource) eventOf(r *sarama.ConsumerMessage) event {
	e, err := readRecord(r)
	if err != nil {
		e = s.wrap(r)
	}
	header := e.header
	header.Set("ce-knativekafkapartition", strconv.Itoa(int(r.Partition)))
	header.Set("ce-knativekafkaoffset", strconv.FormatInt(r.Offset, 10))
	if s.Spec.CEOverrides != nil {
		for name, value := range s.Spec.CEOverrides.Extensions {
			header.Set("ce-"+name, headerValue(value))
		}
	}
	return e
}

// wrap makes the event Knative makes of a record that is no CloudEvent.
func (s *KafkaSource) wrap(r *sarama.ConsumerMessage) event {
	h := make(http.Header, 12)
	set := func(name, value string) { h.Set("ce-"+name, headerValue(value)) }
	set("specversion", cloudevents.CloudEventsVersionV1)
	set("type", "dev.knative.kafka.event")
	set("id", fmt.Sprintf("partition:%d/offset:%d", r.Partition, r.Offset))
	set("source", fmt.Sprintf("/apis/v1/namespaces/%s/kafkasources/%s#%s", s.Metadata.Namespace, s.Metadata.Name, r.Topic))
	set("subject", fmt.Sprintf("partition:%d#%d", r.Partition, r.Offset))
	set("time", r.Timestamp.UTC().Format(time.RFC3339Nano))
	if r.Key != nil {
		key := decodeUTF8(r.Key)
		set("key", key)
		set("partitionkey", key)
	}
	for _, header := range r.Headers {
		name := string(header.Key)
		if strings.EqualFold(name, "content-type") {
			h.Set("Content-Type", headerValue(strings.ToLower(decodeUTF8(header.Value))))
			continue
		}
		set("kafkaheader"+strings.Map(extensionRune, strings.ToLower(name)), decodeUTF8(header.Value))
	}
	return event{h, r.Value}
}

func extensionRune(r rune) rune {
	if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
		return r
	}
	return -1
}
