package validate

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// absent removes a member.
const absent = "(absent)"

// broken is one fault put into the manifests as they are, and the reason for which they must then be refused.
type broken struct {
	fault  string
	object string // Kind/name
	path   string // members and indexes, separated by /
	value  any
	reason string
}

var all = []broken{
	// What Knative's own types refuse.
	{"a misspelt member", "KafkaSource/db", "spec/orderring", "unordered", `unknown field "orderring"`},
	{"a member of another kind", "PingSource/mart-sweep", "spec/topics", []string{"a"}, `unknown field "topics"`},
	{"an unknown kind", "PingSource/mart-sweep", "kind", "CronJobSource", "no manifest of ours may be one"},
	{"an old version", "KafkaSource/db", "apiVersion", "sources.knative.dev/v1beta1", "no manifest of ours may be one"},
	{"a number that is a word", "Service/db", "spec/template/spec/timeoutSeconds", "sixty", "cannot unmarshal string"},
	{"an unknown ordering", "KafkaSource/order", "spec/ordering", "causal", "invalid value: causal: spec.ordering"},
	{"no topics", "KafkaSource/order", "spec/topics", absent, "missing field(s): spec.topics"},
	{"no brokers", "KafkaSource/order", "spec/bootstrapServers", absent, "missing field(s): spec.bootstrapServers"},
	{"a source without a sink", "KafkaSource/order", "spec/sink/ref", absent, "expected at least one, got none: spec.sink.ref, spec.sink.uri"},
	{"a delay that is none", "KafkaSource/order", "spec/delivery/backoffDelay", "200ms", "invalid value: 200ms: spec.delivery.backoffDelay"},
	{"a time-out that is none", "KafkaSource/order", "spec/delivery/timeout", "25s", "invalid value: 25s: spec.delivery.timeout"},
	{"fewer than no retries", "KafkaSource/order", "spec/delivery/retry", -1, "invalid value: -1: spec.delivery.retry"},
	{"a schedule that is none", "PingSource/mart-sweep", "spec/schedule", "every minute", "invalid value"},
	{"a reserved setting", "Service/brand", "spec/template/spec/containers/0/env/0/name", "K_SERVICE", `"K_SERVICE" is a reserved environment variable`},
	{"a reserved port", "Service/brand", "spec/template/spec/containers/0/ports/0/containerPort", 8012, "8012 is a reserved port"},
	{"a member that Serving does not allow", "Service/brand", "spec/template/spec/hostNetwork", true, "must not set the field(s): spec.template.spec.hostNetwork"},
	{"no image", "Service/brand", "spec/template/spec/containers/0/image", absent, "missing field(s): spec.template.spec.containers[0].image"},
	{"half a pod at most", "Service/db", "spec/template/metadata/annotations/autoscaling.knative.dev~max-scale", "0.5", "invalid value: 0.5: spec.template.metadata.annotations"},
	{"a privileged container", "Service/brand", "spec/template/spec/containers/0/securityContext/privileged", true, "must not set the field(s): spec.template.spec.containers[0].securityContext.privileged"},
	{"a dead letter sink without a topic", "KafkaSink/mart-dead-letters", "spec/topic", "", "invalid value: : spec.topic"},

	// What they let pass.
	{"no delivery", "KafkaSource/db", "spec/delivery", absent, "delivery is missing"},
	{"no retries", "KafkaSource/db", "spec/delivery/retry", absent, "delivery.retry must be"},
	{"retries for weeks", "KafkaSource/db", "spec/delivery/retry", 20, "delivery.retry must be"},
	{"letters that nobody waits for", "KafkaSource/dead-letters", "spec/delivery/retry", 12, "delivery.retry must be 20 to 22"},
	{"a delay of nothing", "KafkaSource/db", "spec/delivery/backoffDelay", "PT0S", "delivery.backoffDelay must be above 0"},
	{"a linear back-off", "KafkaSource/db", "spec/delivery/backoffPolicy", "linear", "backoffPolicy must be exponential"},
	{"a time-out below a request's", "KafkaSource/db", "spec/delivery/timeout", "PT5S", "delivery.timeout must be longer"},
	{"a time-out above func's", "KafkaSource/db", "spec/delivery/timeout", "PT60S", "delivery.timeout must be longer"},
	{"no dead letters", "KafkaSource/db", "spec/delivery/deadLetterSink", absent, "deadLetterSink must be a KafkaSink"},
	{"letters about letters", "KafkaSource/dead-letters", "spec/delivery/deadLetterSink", map[string]any{"ref": map[string]any{"apiVersion": "eventing.knative.dev/v1alpha1", "kind": "KafkaSink", "name": "mart-dead-letters", "namespace": "mart"}}, "a letter that is not taken in would become another"},
	{"ordered delivery", "KafkaSource/db", "spec/ordering", "ordered", "ordering must be unordered"},
	{"the newest offset", "KafkaSource/db", "spec/initialOffset", absent, "initialOffset must be earliest"},
	{"a random group", "KafkaSource/db", "spec/consumerGroup", absent, "consumerGroup is missing"},
	{"a shared group", "KafkaSource/order", "spec/consumerGroup", "mart.db", "two sources share a consumer group"},
	{"a sink that is not there", "KafkaSource/order", "spec/sink/ref/name", "orders", "refers to Service orders, which is not there"},
	{"settings that are not there", "Service/db", "spec/template/spec/containers/0/envFrom/0/configMapRef/optional", absent, "refers to ConfigMap mart-tracing, which is not there"},
	{"a sink that owns its topic", "KafkaSink/mart-dead-letters", "spec/numPartitions", 12, "make the topic the sink's own"},
	{"an open function", "Service/brand", "metadata/labels/networking.knative.dev~visibility", absent, "only the gateway is reached from outside"},
	{"a hidden gateway", "Service/gateway", "metadata/labels/networking.knative.dev~visibility", "cluster-local", "only the gateway is reached from outside"},
	{"a short end", "Service/order", "spec/template/spec/timeoutSeconds", 30, "timeoutSeconds is below"},
	{"a secret in clear", "Service/payment", "spec/template/spec/containers/0/env/2", map[string]any{"name": "EVENT_SEAL_KEYS", "value": "k:x"}, "EVENT_SEAL_KEYS must come from a secret"},
	{"a database for all", "Service/brand", "spec/template/spec/containers/0/env/1/name", "DATABASE_READ_CONNECTIONS", "is for db alone"},
	{"another function's name", "Service/brand", "spec/template/spec/containers/0/env/0/value", "db", `FUNCTION is "db"`},
	{"a limit of cpu", "Service/db", "spec/template/spec/containers/0/resources/limits/cpu", "1", "must be of memory and not of cpu"},
	{"a writable container", "Service/db", "spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem", false, "readOnlyRootFilesystem must be true"},
	{"root", "Service/db", "spec/template/spec/containers/0/securityContext/runAsNonRoot", absent, "runAsNonRoot must be true"},
	{"another probe", "Service/db", "spec/template/spec/containers/0/readinessProbe/httpGet/path", "/", "probes must be"},
	{"a sleeping db", "Service/db", "spec/template/metadata/annotations/autoscaling.knative.dev~min-scale", "0", "min-scale is 0"},
	{"a migration broken off", "Service/db", "spec/template/metadata/annotations/serving.knative.dev~progress-deadline", absent, "progress-deadline is below 1h0m0s"},
	{"an hour in words", "Service/db", "spec/template/metadata/annotations/serving.knative.dev~progress-deadline", "an hour", "invalid value: an hour: spec.template.metadata.annotations"},
	{"an account's token", "ServiceAccount/mart-db", "automountServiceAccountToken", absent, "automountServiceAccountToken must be false"},
	{"an account that is not there", "Service/db", "spec/template/spec/serviceAccountName", "admin", "refers to ServiceAccount admin"},
	{"Postgres for all", "NetworkPolicy/mart-db-out", "spec/podSelector/matchLabels/app.kubernetes.io~name", "order", "only db may reach Postgres"},
	{"everybody in", "NetworkPolicy/mart-in-from-knative", "spec/ingress/0/from", absent, "a rule lets everything in"},
	{"a job for once", "Job/mart-topics", "spec/ttlSecondsAfterFinished", absent, "ttlSecondsAfterFinished is missing"},
}

func TestBrokenManifests(t *testing.T) {
	t.Parallel()
	base := render(t, "base")
	for _, b := range all {
		t.Run(b.fault, func(t *testing.T) {
			t.Parallel()
			problems := Problems(b.in(t, base))
			if !strings.Contains(strings.Join(problems, "\n"), b.reason) {
				t.Errorf("want a refusal because of %q, got %q", b.reason, problems)
			}
		})
	}
}

// in puts the fault into its object.
func (b broken) in(t *testing.T, stream []byte) []byte {
	t.Helper()
	documents, done := split(stream), false
	for i, document := range documents {
		var o map[string]any
		if err := yaml.Unmarshal(document, &o); err != nil {
			t.Fatal(err)
		}
		meta, _ := o["metadata"].(map[string]any)
		if o["kind"] != before(b.object) || meta["name"] != after(b.object) {
			continue
		}
		put(t, o, strings.Split(b.path, "/"), b.value)
		text, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		documents[i], done = text, true
	}
	if !done {
		t.Fatalf("there is no %s", b.object)
	}
	return bytes.Join(documents, []byte("\n---\n"))
}

func before(s string) string { kind, _, _ := strings.Cut(s, "/"); return kind }
func after(s string) string  { _, name, _ := strings.Cut(s, "/"); return name }

// put sets or removes what path leads to. A ~ in a member's name stands for its slash.
func put(t *testing.T, at any, path []string, value any) {
	t.Helper()
	name := strings.ReplaceAll(path[0], "~", "/")
	switch at := at.(type) {
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i >= len(at) {
			t.Fatalf("no index %s", name)
		}
		if len(path) == 1 {
			at[i] = value
			return
		}
		put(t, at[i], path[1:], value)
	case map[string]any:
		switch {
		case len(path) > 1:
			put(t, at[name], path[1:], value)
		case value == absent:
			if _, there := at[name]; !there {
				t.Fatalf("no member %s to remove", name)
			}
			delete(at, name)
		default:
			at[name] = value
		}
	default:
		t.Fatalf("nothing at %s", name)
	}
}
