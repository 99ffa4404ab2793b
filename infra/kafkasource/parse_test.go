package kafkasource

import (
	"strings"
	"testing"
	"time"
)

const complete = `
# the sources of the mart
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
anything: {goes: here}
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata:
  name: db
  namespace: mart
  labels: {app: mart}
  annotations: {note: kept by the cluster}
  uid: 1-2-3
spec:
  consumers: 2
  bootstrapServers: [kafka:9092]
  topics: [mart.commands]
  consumerGroup: mart.db
  initialOffset: earliest
  ordering: unordered
  net:
    sasl:
      enable: true
      user: {secretKeyRef: {name: kafka, key: user}}
  delivery:
    retry: 12
    backoffPolicy: exponential
    backoffDelay: PT0.2S
    timeout: PT25S
    deadLetterSink:
      ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: mart-dead-letters}
  sink:
    ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: db}
    uri: /events
status: {observedGeneration: 1}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: mart-dead-letters, namespace: mart}
spec: {topic: mart.dead-letters, numPartitions: 12, replicationFactor: 3, bootstrapServers: [kafka:9092]}
`

func TestParse_complete(t *testing.T) {
	t.Parallel()
	got, err := Parse(strings.NewReader(complete))
	if err != nil {
		t.Fatal(err)
	}
	two, twelve, partitions, replicas := 2, 12, int32(12), int16(3)
	equal(t, Objects{
		Sources: []KafkaSource{{
			APIVersion: "sources.knative.dev/v1", Kind: "KafkaSource",
			Metadata: Metadata{Name: "db", Namespace: "mart", Labels: map[string]string{"app": "mart"}},
			Spec: KafkaSourceSpec{
				Consumers: &two, BootstrapServers: []string{"kafka:9092"}, Topics: []string{"mart.commands"},
				ConsumerGroup: "mart.db", InitialOffset: "earliest", Ordering: "unordered",
				Net: Net{SASL: SASL{Enable: true, User: SecretValue{&SecretKeyRef{Name: "kafka", Key: "user"}}}},
				Delivery: &Delivery{
					Retry: &twelve, BackoffPolicy: "exponential", BackoffDelay: "PT0.2S", Timeout: "PT25S",
					DeadLetterSink: &Destination{Ref: &Ref{APIVersion: "eventing.knative.dev/v1alpha1", Kind: "KafkaSink", Name: "mart-dead-letters", Namespace: "mart"}},
				},
				Sink: Destination{Ref: &Ref{APIVersion: "serving.knative.dev/v1", Kind: "Service", Name: "db", Namespace: "mart"}, URI: "/events"},
			},
		}},
		Sinks: []KafkaSink{{
			APIVersion: "eventing.knative.dev/v1alpha1", Kind: "KafkaSink",
			Metadata: Metadata{Name: "mart-dead-letters", Namespace: "mart"},
			Spec:     KafkaSinkSpec{Topic: "mart.dead-letters", NumPartitions: &partitions, ReplicationFactor: &replicas, BootstrapServers: []string{"kafka:9092"}, ContentMode: "binary"},
		}},
	}, got)
}

func TestParse_list(t *testing.T) {
	t.Parallel()
	objects, err := Parse(strings.NewReader(`{"apiVersion":"v1","kind":"List","items":[
		{"apiVersion":"v1","kind":"Secret"},
		{"apiVersion":"eventing.knative.dev/v1","kind":"KafkaSink","metadata":{"name":"a","managedFields":[{}]},"spec":{"topic":"t","bootstrapServers":["k:1"]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"default/a"}, []string{objects.Sinks[0].Metadata.Namespace + "/" + objects.Sinks[0].Metadata.Name})
}

func TestParse_refuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, with, want string }{
		"unknown field in spec":     {"  consumers: 2", "  consumer: 2", `document 2: KafkaSource mart/db: error unmarshaling JSON: while decoding JSON: json: unknown field "consumer": correct or remove that field`},
		"unknown field in delivery": {"    retry: 12", "    retries: 12", `unknown field "retries"`},
		"repeated field":            {"  consumers: 2", "  consumers: 2\n  consumers: 3", `"consumers" already set`},
		"wrong type":                {"retry: 12", "retry: twelve", "cannot unmarshal"},
		"ordered":                   {"ordering: unordered", "ordering: ordered", `KafkaSource mart/db: spec.ordering: is "ordered": set unordered, which is all that there is here`},
		"no ordering":               {"  ordering: unordered\n", "", `spec.ordering: is "": set unordered`},
		"initialOffset typo":        {"initialOffset: earliest", "initialOffset: first", `spec.initialOffset: "first" is not known: set earliest or latest`},
		"linear":                    {"backoffPolicy: exponential", "backoffPolicy: linear", `spec.delivery.backoffPolicy: is "linear": set exponential`},
		"backoffDelay":              {"PT0.2S", "200ms", `spec.delivery.backoffDelay: "200ms" is not an ISO 8601 duration: write it like PT0.2S`},
		"timeout":                   {"PT25S", "25s", `spec.delivery.timeout: "25s" is not an ISO 8601 duration`},
		"timeout of 0":              {"PT25S", "PT0S", `spec.delivery.timeout: is 0`},
		"negative retry":            {"retry: 12", "retry: -1", "spec.delivery.retry: is negative"},
		"no topics":                 {"topics: [mart.commands]", "topics: []", "spec.topics: is missing"},
		"no servers":                {"  bootstrapServers: [kafka:9092]\n", "", "spec.bootstrapServers: is missing"},
		"relative sink":             {"    ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: db}\n", "", "spec.sink: needs a ref to an object or a uri"},
		"ref without kind":          {"kind: Service, name: db", "name: db", "spec.sink: ref needs kind and name"},
		"audience":                  {"    uri: /events", "    audience: me", "spec.sink: audience and CACerts are not supported here"},
		"apiVersion":                {"sources.knative.dev/v1", "sources.knative.dev/v1beta1", "use sources.knative.dev/v1"},
		"key type":                  {"{app: mart}", "{kafkasources.sources.knative.dev/key-type: int}", "must be string here"},
		"no name":                   {"  name: db\n", "", "metadata.name: is missing"},
		"sink without a topic":      {"topic: mart.dead-letters, ", "", "KafkaSink mart/mart-dead-letters: spec.topic: is missing"},
		"sink's content mode":       {"numPartitions: 12", "contentMode: structured", `spec.contentMode: is "structured": set binary`},
		"sink twice":                {"status: {observedGeneration: 1}\n", "---\n" + complete[strings.LastIndex(complete, "---")+4:], "KafkaSink mart/mart-dead-letters: is defined twice"},
		"letters about letters":     {"topics: [mart.commands]", "topics: [mart.commands, mart.dead-letters]", "KafkaSource mart/db: spec.delivery.deadLetterSink: it reads dead letters, and each that is not taken would become another: remove it"},
		"no YAML":                   {"  consumers: 2", "  consumers: [", "parse YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(complete, c.old) {
				t.Fatalf("%q is not in the YAML", c.old)
			}
			_, err := Parse(strings.NewReader(replace(complete, c.old, c.with)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestParse_warnsOfTraps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, with, warning string
		want               policy
	}{
		"no consumerGroup":  {"  consumerGroup: mart.db\n", "", "spec.consumerGroup", policy{12, 200 * time.Millisecond, 25 * time.Second}},
		"no initialOffset":  {"  initialOffset: earliest\n", "", "spec.initialOffset", policy{12, 200 * time.Millisecond, 25 * time.Second}},
		"no retry":          {"    retry: 12\n", "", "spec.delivery.retry", policy{0, 200 * time.Millisecond, 25 * time.Second}},
		"backoffDelay of 0": {"PT0.2S", "PT0S", "spec.delivery.backoffDelay", policy{0, 0, 25 * time.Second}},
		"no timeout":        {"    timeout: PT25S\n", "", "spec.delivery.timeout", policy{12, 200 * time.Millisecond, 600 * time.Second}},
		"no dead letter sink": {
			"    deadLetterSink:\n      ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: mart-dead-letters}\n", "",
			"spec.delivery.deadLetterSink",
			policy{12, 200 * time.Millisecond, 25 * time.Second},
		},
		"no delivery":  {complete[strings.Index(complete, "  delivery:"):strings.Index(complete, "  sink:")], "", "spec.delivery", policy{10, 300 * time.Millisecond, 600 * time.Second}},
		"no consumers": {"consumers: 2", "consumers: 0", "spec.consumers", policy{12, 200 * time.Millisecond, 25 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objects, err := Parse(strings.NewReader(replace(complete, c.old, c.with)))
			if err != nil {
				t.Fatal(err)
			}
			if len(objects.Warnings) != 1 || !strings.HasPrefix(objects.Warnings[0], "KafkaSource mart/db: "+c.warning+": ") {
				t.Fatalf("got warnings %q, want one of %s", objects.Warnings, c.warning)
			}
			if got := objects.Sources[0].Spec.Delivery.policy(); got != c.want {
				t.Fatalf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// Without a backoffDelay Knative waits as long as with the recommended one, so nothing is warned of.
func TestParse_backoffDelayIsKnativesWithoutOne(t *testing.T) {
	t.Parallel()
	objects, err := Parse(strings.NewReader(replace(complete, "    backoffDelay: PT0.2S\n", "")))
	if err != nil || len(objects.Warnings) != 0 {
		t.Fatalf("got %v, warnings %q", err, objects.Warnings)
	}
	equal(t, 200*time.Millisecond, objects.Sources[0].Spec.Delivery.policy().delay)
}

// A source of dead letters must have no sink for them, so nothing is warned of; one that reads something else besides loses that.
func TestParse_aSourceOfLettersHasNoDeadLetterSink(t *testing.T) {
	t.Parallel()
	without := replace(complete, "    deadLetterSink:\n      ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: mart-dead-letters}\n", "")
	for topics, want := range map[string]int{"[mart.dead-letters]": 0, "[mart.dead-letters, mart.commands]": 1} {
		objects, err := Parse(strings.NewReader(replace(without, "topics: [mart.commands]", "topics: "+topics)))
		if err != nil || len(objects.Warnings) != want {
			t.Errorf("%s: got %v, warnings %q", topics, err, objects.Warnings)
		}
	}
}

func TestParse_defaultsAreKnatives(t *testing.T) {
	t.Parallel()
	objects, err := Parse(strings.NewReader(`
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: a}
spec: {topics: [t], bootstrapServers: [k:1], ordering: unordered, sink: {uri: "http://a"}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := objects.Sources[0].Spec
	if !strings.HasPrefix(s.ConsumerGroup, "knative-kafka-source-") || s.InitialOffset != "latest" || *s.Consumers != 1 {
		t.Fatalf("got %+v", s)
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"PT0.2S": 200 * time.Millisecond, "PT25S": 25 * time.Second, "PT1M30S": 90 * time.Second, "P1DT2H": 26 * time.Hour,
		"P2W": 14 * 24 * time.Hour, "PT0S": 0, "PT0.0015S": time.Millisecond, "PT0.3S": 300 * time.Millisecond,
	} {
		if got, err := parseDuration(in); err != nil || got != want {
			t.Errorf("%s: got %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "P", "PT", "1S", "PT-1S", "P1Y", "P99999999999999D"} {
		if got, err := parseDuration(in); err == nil {
			t.Errorf("%q: got %v, want an error", in, got)
		}
	}
}
