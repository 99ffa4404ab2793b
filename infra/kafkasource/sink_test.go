package kafkasource

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/onlinemart/mart/events"
	"github.com/twmb/franz-go/pkg/kfake"
)

// read returns the first n records of a topic's partition.
func (b *broker) read(t *testing.T, topic string, n int) []*sarama.ConsumerMessage {
	t.Helper()
	consumer, err := sarama.NewConsumer(b.ListenAddrs(), newConfig("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		t.Fatal(err)
	}
	defer partition.Close()
	var out []*sarama.ConsumerMessage
	for len(out) < n {
		select {
		case m := <-partition.Messages():
			out = append(out, m)
		case <-t.Context().Done():
			t.Fatal("the records did not come")
		}
	}
	return out
}

func flat(m *sarama.ConsumerMessage) []string {
	out := []string{"key=" + string(m.Key), "body=" + string(m.Value)}
	for _, h := range m.Headers {
		out = append(out, string(h.Key)+"="+string(h.Value))
	}
	slices.Sort(out)
	return out
}

func openSink(t *testing.T, b *broker, fields string) *Sink {
	t.Helper()
	objects, err := Parse(strings.NewReader(strings.Replace(sinkYAML, "bootstrapServers", fields+"bootstrapServers", 1)))
	if err != nil {
		t.Fatal(err)
	}
	sink, err := NewSink(objects.Sinks[0], Options{Brokers: b.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
	})
	return sink
}

func post(sink http.Handler, method, body string, headers ...string) int {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, "=")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	sink.ServeHTTP(w, r)
	return w.Code
}

var validHeaders = []string{"ce-specversion=1.0", "ce-id=1", "ce-type=t", "ce-source=/s", "Content-Type=application/json"}

func TestSink_writesWhatItAccepts(t *testing.T) {
	t.Parallel()
	b := newBroker(t, kfake.SeedTopics(1, "dead-letters"))
	sink := openSink(t, b, "")
	equal(t, 202, post(sink, "POST", `{"a": 1}`, append(validHeaders, "ce-time=2026-01-02T03:04:05.100Z", "ce-partitionkey=k", "X-Other=x")...))
	equal(t, 202, post(sink, "POST", `{"specversion":"1.0","id":"1","type":"t","source":"/s","datacontenttype":"application/json","data":{"a":1}}`, "Content-Type=application/cloudevents+json"))
	got := b.read(t, "dead-letters", 2)
	attributes := []string{"ce_id=1", "ce_source=/s", "ce_specversion=1.0", "ce_type=t", "content-type=application/json"}
	equal(t, sorted(append(slices.Clone(attributes), "body={\"a\": 1}", "key=k", "ce_partitionkey=k", "ce_time=2026-01-02T03:04:05.1Z")), flat(got[0]))
	equal(t, sorted(append(slices.Clone(attributes), "body={\"a\":1}", "key=")), flat(got[1]))
}

func TestSink_refuses(t *testing.T) {
	t.Parallel()
	b := newBroker(t) // without the topic
	sink := openSink(t, b, "")
	for name, c := range map[string]struct {
		method, body string
		headers      []string
		want         int
	}{
		"GET":             {"GET", "", nil, 405},
		"no event":        {"POST", "junk", nil, 400},
		"no type":         {"POST", "{}", []string{"ce-specversion=1.0", "ce-id=1", "ce-source=/s"}, 400},
		"a bad time":      {"POST", "{}", append(validHeaders, "ce-time=now"), 400},
		"structured junk": {"POST", "{", []string{"Content-Type=application/cloudevents+json"}, 400},
		"2 MiB and 1":     {"POST", strings.Repeat("x", 2<<20+1), validHeaders, 413},
		"no topic":        {"POST", "{}", validHeaders, 503},
	} {
		if got := post(sink, c.method, c.body, c.headers...); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestRun_deadLetters(t *testing.T) {
	t.Parallel()
	refuse := func(w http.ResponseWriter, r request) {
		if r.id != "good" {
			http.Error(w, "no", http.StatusUnprocessableEntity)
		}
	}
	t.Run("to a KafkaSink's topic", func(t *testing.T) {
		t.Parallel()
		b := newBroker(t, kfake.SeedTopics(1, "orders", "dead-letters"))
		f := newFunction(t, refuse)
		ref := "{ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}"
		run := start(t, b, sinkYAML+sourceYAML("s", []string{"orders"}, f.URL, isUnordered, deliveryYAML(2, ref)))
		b.write(t, ce("orders", 0, "bad"), ce("orders", 0, "good"))
		dead := b.read(t, "dead-letters", 1)[0]
		equal(t, sorted([]string{
			"body={\"id\":\"bad\"}", "ce_id=bad", "ce_source=/test", "ce_specversion=1.0", "ce_type=mart.test",
			"ce_knativeerrorcode=422", "ce_knativeerrordata=bm8K", "ce_knativeerrordest=" + f.URL,
			"ce_knativekafkaoffset=0", "ce_knativekafkapartition=0", "content-type=application/json", "key=",
		}), flat(dead))
		run.report(t)
		run.report(t)
		run.stop()
		equal(t, int64(2), b.committed("s", "orders", 0))
	})
	t.Run("to a Service", func(t *testing.T) {
		t.Parallel()
		b := newBroker(t, kfake.SeedTopics(1, "orders"))
		f, dead := newFunction(t, refuse), newFunction(t, nil)
		ref := "{ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: dead}, uri: /letters}"
		run := start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered, deliveryYAML(2, ref)), func(o *Options) {
			o.Resolve = func(r Ref) (string, error) { return map[string]string{"Service mart/dead": dead.URL}[r.String()], nil }
		})
		b.write(t, ce("orders", 0, "bad"))
		got := dead.awaitCount(t, 1)[0]
		equal(t, []string{"bad", "422"}, []string{got.id, got.header.Get("ce-knativeerrorcode")})
		run.report(t)
	})
	t.Run("dropped when nobody takes it", func(t *testing.T) {
		t.Parallel()
		b := newBroker(t, kfake.SeedTopics(1, "orders"))
		f := newFunction(t, refuse)
		run := start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered, deliveryYAML(2, "{uri: \"http://127.0.0.1:1\"}")))
		b.write(t, ce("orders", 0, "bad"))
		equal(t, Dropped, run.report(t).Outcome)
		run.stop()
		equal(t, int64(1), b.committed("s", "orders", 0))
	})
}

func TestRun_refusesWhatItCannotResolve(t *testing.T) {
	t.Parallel()
	yaml := sourceYAML("s", []string{"orders"}, "http://f", isUnordered, deliveryYAML(1, "{ref: {kind: KafkaSink, name: missing}}"))
	objects, err := Parse(strings.NewReader(yaml))
	if err != nil {
		t.Fatal(err)
	}
	err = Run(t.Context(), Options{}, objects)
	equal(t, "KafkaSource mart/s: spec.delivery.deadLetterSink: no address is known for KafkaSink mart/missing: set Options.Resolve or use sink.uri", text(err))
}

func TestRun_withSASL(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders", "dead-letters"), kfake.EnableSASL(), kfake.Superuser(mechanism, "mart", "secret"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Close)
			b := &broker{Cluster: cluster}
			net := "net: {sasl: {enable: true, user: {secretKeyRef: {name: k, key: user}}, password: {secretKeyRef: {name: k, key: password}}, type: {secretKeyRef: {name: k, key: sasl.mechanism}}}}"
			secrets := func(string, string) (map[string][]byte, error) {
				return map[string][]byte{"protocol": []byte("SASL_PLAINTEXT"), "sasl.mechanism": []byte(mechanism), "user": []byte("mart"), "password": []byte("secret")}, nil
			}
			f := newFunction(t, nil)
			start(t, b, sourceYAML("s", []string{"orders"}, f.URL, isUnordered, net), func(o *Options) { o.Secrets = secrets })
			objects, err := Parse(strings.NewReader(strings.Replace(sinkYAML, "topic: dead-letters", "topic: orders, auth: {secret: {ref: {name: k}}}", 1)))
			if err != nil {
				t.Fatal(err)
			}
			sink, err := NewSink(objects.Sinks[0], Options{Brokers: b.ListenAddrs(), Secrets: secrets})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, 202, post(sink, "POST", "{}", validHeaders...))
			f.awaitCount(t, 1)
			equal(t, "", text(sink.Close()))
		})
	}
}

// An event that a topic of the mart takes leaves room for a letter with all that can be said of it; above that the real sink writes
// nothing, whatever its topic takes.
func TestSink_takesALetterAboutTheLargestEventAndNoMore(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	if err := b.CreateTopic("dead-letters", 1, map[string]string{"max.message.bytes": "4194304"}); err != nil {
		t.Fatal(err)
	}
	f := newFunction(t, nil)
	start(t, b, sourceYAML("s", []string{"dead-letters"}, f.URL, isUnordered))
	sink := openSink(t, b, "")
	reasons := append(slices.Clone(validHeaders), "ce-knativeerrordata="+strings.Repeat("A", 1368), "ce-knativeerrordest=http://"+strings.Repeat("h", 1024))
	equal(t, 202, post(sink, "POST", strings.Repeat("x", events.MaxRecordBytes), reasons...))
	equal(t, 503, post(sink, "POST", strings.Repeat("x", maxLetterBytes), validHeaders...))
	equal(t, 202, post(sink, "POST", "small", validHeaders...))
	got := f.awaitCount(t, 2)
	equal(t, events.MaxRecordBytes+len("small"), len(got[0].body)+len(got[1].body))
}
