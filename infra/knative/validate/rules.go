package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rickb777/date/period"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	kafkasinkv1 "knative.dev/eventing-kafka-broker/control-plane/pkg/apis/eventing/v1alpha1"
	kafkasourcev1 "knative.dev/eventing-kafka-broker/control-plane/pkg/apis/sources/v1"
	eventingduckv1 "knative.dev/eventing/pkg/apis/duck/v1"
	pingv1 "knative.dev/eventing/pkg/apis/sources/v1"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
)

// rules is what we ask of a manifest besides.
var rules = []func(object) []string{service, source, sink, ping, job, account, policy, role}

// expectation is one thing that must hold.
type expectation struct {
	holds bool
	why   string
}

func unmet(all []expectation) []string {
	var found []string
	for _, e := range all {
		if !e.holds {
			found = append(found, e.why)
		}
	}
	return found
}

const (
	longestRequest   = 25 * time.Second // of ours
	longestDrain     = 30 * time.Second // of the queue before a container
	longestMigration = time.Hour        // that db is given
)

func service(o object) []string {
	s, ok := o.(*servingv1.Service)
	if !ok {
		return nil
	}
	pod, public := s.Spec.Template.Spec, s.Labels["networking.knative.dev/visibility"] != "cluster-local"
	timeout := time.Duration(0)
	if pod.TimeoutSeconds != nil {
		timeout = time.Duration(*pod.TimeoutSeconds) * time.Second
	}
	annotations := s.Spec.Template.Annotations
	deadline, _ := time.ParseDuration(annotations["serving.knative.dev/progress-deadline"]) // Knative's own types have looked at it
	return append(unmet([]expectation{
		{public == (s.Name == "gateway"), "only the gateway is reached from outside: networking.knative.dev/visibility must be cluster-local"},
		{timeout >= longestRequest+longestDrain, fmt.Sprintf("timeoutSeconds is below %s: pods would be killed while they drain", longestRequest+longestDrain)},
		{len(pod.Containers) == 1, "one container, no more"},
		{annotations["autoscaling.knative.dev/max-scale"] != "" && annotations["autoscaling.knative.dev/max-scale"] != "0", "max-scale is missing: a storm would take the whole cluster"},
		{!kept[s.Name] || annotations["autoscaling.knative.dev/min-scale"] != "0", "min-scale is 0: " + s.Name + " is on the way of every purchase"},
		{s.Name != "db" || deadline >= longestMigration, fmt.Sprintf("progress-deadline is below %s: a migration of many rows would be broken off and begin again for ever", longestMigration)},
	}), podRules(pod.PodSpec, s.Name)...)
}

// kept is who never goes to sleep.
var kept = map[string]bool{"db": true, "order": true, "payment": true}

func job(o object) []string {
	j, ok := o.(*batchv1.Job)
	if !ok {
		return nil
	}
	return append(unmet([]expectation{
		{j.Spec.TTLSecondsAfterFinished != nil, "ttlSecondsAfterFinished is missing: a finished job cannot be applied again"},
	}), podRules(j.Spec.Template.Spec, "")...)
}

func podRules(pod corev1.PodSpec, function string) []string {
	found := unmet([]expectation{
		{pod.ServiceAccountName != "" && pod.ServiceAccountName != "default", "serviceAccountName is missing: the default account is shared"},
		{pod.AutomountServiceAccountToken != nil && !*pod.AutomountServiceAccountToken, "automountServiceAccountToken must be false"},
	})
	for _, c := range pod.Containers {
		found = append(found, containerRules(c, function)...)
	}
	return found
}

// secretName is a setting whose value nobody but its function may know.
var secretName = regexp.MustCompile(`(PASSWORD|SECRET|TOKEN_KEYS|_KEYS?|DATABASE_.*URL)$`)

func containerRules(c corev1.Container, function string) []string {
	security := c.SecurityContext
	if security == nil {
		security = &corev1.SecurityContext{}
	}
	found := unmet([]expectation{
		{is(security.RunAsNonRoot, true), "securityContext.runAsNonRoot must be true"},
		{is(security.ReadOnlyRootFilesystem, true), "securityContext.readOnlyRootFilesystem must be true"},
		{is(security.AllowPrivilegeEscalation, false), "securityContext.allowPrivilegeEscalation must be false"},
		{security.Capabilities != nil && fmt.Sprint(security.Capabilities.Drop) == "[ALL]", "securityContext.capabilities must drop ALL"},
		{security.SeccompProfile != nil && security.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault, "securityContext.seccompProfile must be RuntimeDefault"},
		{!c.Resources.Requests.Memory().IsZero() && !c.Resources.Requests.Cpu().IsZero(), "resources.requests of cpu and memory are missing"},
		{!c.Resources.Limits.Memory().IsZero() && c.Resources.Limits.Cpu().IsZero(), "resources.limits must be of memory and not of cpu"},
		{function == "" || probes(c), "probes must be /health/readiness and /health/liveness"},
	})
	values := map[string]string{}
	for _, e := range c.Env {
		values[e.Name] = e.Value
		if secretName.MatchString(e.Name) && (e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil) {
			found = append(found, e.Name+" must come from a secret")
		}
		if strings.HasPrefix(e.Name, "DATABASE_") && function != "db" {
			found = append(found, e.Name+" is for db alone")
		}
	}
	if function != "" && values["FUNCTION"] != function {
		found = append(found, fmt.Sprintf("FUNCTION is %q", values["FUNCTION"]))
	}
	return found
}

func is(b *bool, want bool) bool { return b != nil && *b == want }

func probes(c corev1.Container) bool {
	return c.ReadinessProbe != nil && c.ReadinessProbe.HTTPGet != nil && c.ReadinessProbe.HTTPGet.Path == "/health/readiness" &&
		c.LivenessProbe != nil && c.LivenessProbe.HTTPGet != nil && c.LivenessProbe.HTTPGet.Path == "/health/liveness"
}

func source(o object) []string {
	s, ok := o.(*kafkasourcev1.KafkaSource)
	if !ok {
		return nil
	}
	found := unmet([]expectation{
		{s.Spec.Ordering != nil && *s.Spec.Ordering == kafkasourcev1.Unordered, "ordering must be unordered: ordered hands records out every 200 ms"},
		{s.Spec.ConsumerGroup != "", "consumerGroup is missing: a random one reads everything again"},
		{s.Spec.InitialOffset == kafkasourcev1.OffsetEarliest, "initialOffset must be earliest: the default skips what came before"},
		{s.Spec.Consumers != nil && *s.Spec.Consumers > 0, "consumers must be at least 1"},
		{s.Spec.Sink.Ref != nil && s.Spec.Sink.Ref.Kind == "Service", "sink must refer to a Service"},
		{s.Spec.Net.TLS.Enable || !s.Spec.Net.SASL.Enable, "net.sasl without net.tls sends the password in clear"},
	})
	if s.Spec.Delivery == nil {
		return append(found, "delivery is missing: ten retries from ten seconds on, then the event is gone")
	}
	return append(found, delivery(s.Spec.Delivery, slices.Contains(s.Spec.Topics, deadLetters))...)
}

// deadLetters is the topic of what could not be delivered.
const deadLetters = "mart.dead-letters"

// delivery is what Knative does not look at, and what loses events when it is wrong. A source of letters must not make more of them.
func delivery(d *eventingduckv1.DeliverySpec, letters bool) []string {
	timeout, backoff := seconds(d.Timeout), seconds(d.BackoffDelay)
	return unmet([]expectation{
		{letters || d.Retry != nil && *d.Retry >= 10 && *d.Retry <= 13, "delivery.retry must be 10 to 13: without it there is none, and every one more doubles the time that a failing event keeps its place"},
		{!letters || d.Retry != nil && *d.Retry >= 20 && *d.Retry <= 22, "delivery.retry must be 20 to 22: a letter that is not taken in has no dead letter sink behind it, and waits for db at most as long as its topic keeps it"},
		{d.BackoffPolicy != nil && *d.BackoffPolicy == eventingduckv1.BackoffPolicyExponential, "delivery.backoffPolicy must be exponential"},
		{backoff > 0 && backoff <= time.Second, "delivery.backoffDelay must be above 0, which means no retry, and at most a second"},
		{timeout >= 25*time.Second && timeout < 30*time.Second, "delivery.timeout must be longer than a request of ours takes (25 s) and shorter than func's server allows (30 s)"},
		{!letters || d.DeadLetterSink == nil, "delivery.deadLetterSink must not be set: a letter that is not taken in would become another"},
		{letters || d.DeadLetterSink != nil && d.DeadLetterSink.Ref != nil && d.DeadLetterSink.Ref.Kind == "KafkaSink", "delivery.deadLetterSink must be a KafkaSink: without one the event is gone"},
	})
}

func seconds(iso *string) time.Duration {
	if iso == nil {
		return 0
	}
	p, err := period.Parse(*iso)
	if err != nil {
		return 0
	}
	d, _ := p.Duration()
	return d
}

func sink(o object) []string {
	s, ok := o.(*kafkasinkv1.KafkaSink)
	if !ok {
		return nil
	}
	return unmet([]expectation{
		{s.Spec.NumPartitions == nil && s.Spec.ReplicationFactor == nil, "numPartitions and replicationFactor make the topic the sink's own: deleting the sink would delete the letters"},
		{s.Spec.ContentMode == nil || *s.Spec.ContentMode == "binary", "contentMode must be binary"},
	})
}

func ping(o object) []string {
	s, ok := o.(*pingv1.PingSource)
	if !ok {
		return nil
	}
	return unmet([]expectation{{s.Spec.Sink.Ref != nil && s.Spec.Sink.Ref.Name == "db", "the sweep is db's"}})
}

func account(o object) []string {
	a, ok := o.(*corev1.ServiceAccount)
	if !ok {
		return nil
	}
	return unmet([]expectation{{is(a.AutomountServiceAccountToken, false), "automountServiceAccountToken must be false"}})
}

// postgres is the ports of a database and of a pooler before it.
var postgres = map[int32]bool{5432: true, 6432: true}

func policy(o object) []string {
	p, ok := o.(*networkv1.NetworkPolicy)
	if !ok {
		return nil
	}
	onlyDB := p.Spec.PodSelector.MatchLabels["app.kubernetes.io/name"] == "db"
	var found []string
	for _, out := range p.Spec.Egress {
		if len(out.To) == 0 && len(out.Ports) == 0 {
			found = append(found, "a rule lets everything out")
		}
		for _, port := range out.Ports {
			if port.Port != nil && postgres[port.Port.IntVal] && !onlyDB {
				found = append(found, "only db may reach Postgres")
			}
		}
	}
	for _, in := range p.Spec.Ingress {
		if len(in.From) == 0 {
			found = append(found, "a rule lets everything in")
		}
	}
	return found
}

func role(o object) []string {
	r, ok := o.(*rbacv1.Role)
	if !ok {
		return nil
	}
	var found []string
	for _, rule := range r.Rules {
		what := fmt.Sprint(rule.Resources)
		if strings.Contains(fmt.Sprint(rule.APIGroups, rule.Resources, rule.Verbs), "*") {
			found = append(found, "a role names what it allows, never *")
		}
		if strings.Contains(what, "secrets") && (len(rule.ResourceNames) == 0 || fmt.Sprint(rule.Verbs) != "[get]") {
			found = append(found, "secrets may be got by name, no more")
		}
	}
	return found
}
