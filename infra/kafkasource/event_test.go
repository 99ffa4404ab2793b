package kafkasource

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
)

func recordOf(key, value []byte, headers ...string) *sarama.ConsumerMessage {
	r := &sarama.ConsumerMessage{
		Topic: "orders", Partition: 3, Offset: 41, Key: key, Value: value,
		Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC),
	}
	for _, h := range headers {
		name, v, _ := strings.Cut(h, "=")
		r.Headers = append(r.Headers, &sarama.RecordHeader{Key: []byte(name), Value: []byte(v)})
	}
	return r
}

type wire struct {
	Header http.Header
	Body   string
}

func headersOf(pairs ...string) http.Header {
	h := http.Header{"Ce-Knativekafkapartition": {"3"}, "Ce-Knativekafkaoffset": {"41"}, "Ce-Specversion": {"1.0"}}
	for _, p := range pairs {
		name, v, _ := strings.Cut(p, "=")
		h.Set(name, v)
	}
	return h
}

func wrapped(pairs ...string) http.Header {
	return headersOf(append([]string{
		"ce-type=dev.knative.kafka.event", "ce-id=partition:3/offset:41", "ce-subject=partition:3#41",
		"ce-source=/apis/v1/namespaces/mart/kafkasources/s#orders", "ce-time=2026-01-02T03:04:05.006Z",
	}, pairs...)...)
}

func TestEventOf(t *testing.T) {
	t.Parallel()
	valid := []string{"ce_specversion=1.0", "ce_id=1", "ce_type=t", "ce_source=/s"}
	for name, c := range map[string]struct {
		record *sarama.ConsumerMessage
		want   wire
	}{
		"binary passes, its time written anew and its key not shown": {
			recordOf([]byte("key"), []byte("{ }"), append(valid, "ce_time=2026-01-02T03:04:05.100000Z", "ce_partitionkey=key", "ce_seal=x=y", "content-type=application/json; charset=utf-8")...),
			wire{headersOf("ce-id=1", "ce-type=t", "ce-source=/s", "ce-time=2026-01-02T03:04:05.1Z", "ce-partitionkey=key", "ce-seal=x=y", "Content-Type=application/json; charset=utf-8"), "{ }"},
		},
		"binary without a body": {recordOf(nil, nil, valid...), wire{headersOf("ce-id=1", "ce-type=t", "ce-source=/s"), ""}},
		"structured becomes binary": {
			recordOf(nil, []byte(`{"specversion":"1.0","id":"1","type":"t","source":"/s","ext":"x","datacontenttype":"application/json","data":{"a": 1}}`), "content-type=application/cloudevents+json"),
			wire{headersOf("ce-id=1", "ce-type=t", "ce-source=/s", "ce-ext=x", "Content-Type=application/json"), `{"a":1}`},
		},
		"control characters are percent-encoded": {
			recordOf(nil, nil, append(valid, "ce_subject=a\nb")...),
			wire{headersOf("ce-id=1", "ce-type=t", "ce-source=/s", "ce-subject=a%0Ab"), ""},
		},
		"junk is wrapped": {recordOf(nil, []byte("\x00junk")), wire{wrapped(), "\x00junk"}},
		"junk with key and headers": {
			recordOf([]byte("k"), []byte("junk"), "X-Trace_1=t", "Content-Type=Text/Plain"),
			wire{wrapped("ce-key=k", "ce-partitionkey=k", "ce-kafkaheaderxtrace1=t", "Content-Type=text/plain"), "junk"},
		},
		"a bad time": {
			recordOf(nil, []byte("{}"), append(valid, "ce_time=yesterday")...),
			wire{wrapped("ce-kafkaheaderceid=1", "ce-kafkaheadercetype=t", "ce-kafkaheadercesource=/s", "ce-kafkaheadercespecversion=1.0", "ce-kafkaheadercetime=yesterday"), "{}"},
		},
		"a missing type": {
			recordOf(nil, []byte("{}"), "ce_specversion=1.0", "ce_id=1", "ce_source=/s"),
			wire{wrapped("ce-kafkaheaderceid=1", "ce-kafkaheadercesource=/s", "ce-kafkaheadercespecversion=1.0"), "{}"},
		},
		"structured junk": {
			recordOf(nil, []byte("{"), "content-type=application/cloudevents+json"),
			wire{wrapped("Content-Type=application/cloudevents+json"), "{"},
		},
		"a batch": {
			recordOf(nil, []byte("[]"), "content-type=application/cloudevents-batch+json"),
			wire{wrapped("Content-Type=application/cloudevents-batch+json"), "[]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &KafkaSource{Metadata: Metadata{Name: "s", Namespace: "mart"}}
			e := s.eventOf(c.record)
			equal(t, c.want, wire{e.header, string(e.body)})
		})
	}
}

func TestEventOf_overrides(t *testing.T) {
	t.Parallel()
	s := &KafkaSource{}
	s.Spec.CEOverrides = &CEOverrides{Extensions: map[string]string{"env": "test"}}
	e := s.eventOf(recordOf([]byte("abc"), nil))
	equal(t, []string{"abc", "test"}, []string{e.header.Get("ce-key"), e.header.Get("ce-env")})
}
