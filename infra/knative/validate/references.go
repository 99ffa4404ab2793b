package validate

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	kafkasourcev1 "knative.dev/eventing-kafka-broker/control-plane/pkg/apis/sources/v1"
	pingv1 "knative.dev/eventing/pkg/apis/sources/v1"
	duckv1 "knative.dev/pkg/apis/duck/v1"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
	mappingv1 "knative.dev/serving/pkg/apis/serving/v1beta1"
)

// set is the objects that are applied together, and what they refer to.
type set struct {
	names  map[string]bool // "Kind name"
	wanted []wanted
	groups []string // consumer groups
}

type wanted struct{ by, name string }

func (s *set) add(o object, name string) {
	if s.names[name] && name[:8] != "Service " { // a Knative Service and a Kubernetes Service may share a name
		s.wanted = append(s.wanted, wanted{name, "a second " + name})
	}
	s.names[name] = true
	switch o := o.(type) { // what refers to others; nothing else does
	case *servingv1.Service:
		s.pod(name, o.Spec.Template.Spec.PodSpec)
	case *batchv1.Job:
		s.pod(name, o.Spec.Template.Spec)
	case *mappingv1.DomainMapping:
		s.ref(name, &o.Spec.Ref)
	case *pingv1.PingSource:
		s.ref(name, o.Spec.Sink.Ref)
	case *kafkasourcev1.KafkaSource:
		s.ref(name, o.Spec.Sink.Ref)
		if o.Spec.Delivery != nil && o.Spec.Delivery.DeadLetterSink != nil {
			s.ref(name, o.Spec.Delivery.DeadLetterSink.Ref)
		}
		s.groups = append(s.groups, o.Spec.ConsumerGroup)
	}
}

func (s *set) pod(by string, pod corev1.PodSpec) {
	s.wanted = append(s.wanted, wanted{by, "ServiceAccount " + pod.ServiceAccountName})
	for _, c := range pod.Containers {
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.ConfigMapKeyRef != nil {
				s.wanted = append(s.wanted, wanted{by, "ConfigMap " + e.ValueFrom.ConfigMapKeyRef.Name})
			}
		}
		for _, from := range c.EnvFrom {
			if from.ConfigMapRef != nil && (from.ConfigMapRef.Optional == nil || !*from.ConfigMapRef.Optional) {
				s.wanted = append(s.wanted, wanted{by, "ConfigMap " + from.ConfigMapRef.Name})
			}
		}
	}
}

func (s *set) ref(by string, to *duckv1.KReference) {
	if to != nil {
		s.wanted = append(s.wanted, wanted{by, to.Kind + " " + to.Name})
	}
}

// dangling is every reference to what is not there, and every consumer group that two sources share.
func (s *set) dangling() []string {
	var found []string
	for _, w := range s.wanted {
		if !s.names[w.name] {
			found = append(found, fmt.Sprintf("%s refers to %s, which is not there", w.by, w.name))
		}
	}
	slices.Sort(s.groups)
	if len(slices.Compact(slices.Clone(s.groups))) != len(s.groups) {
		found = append(found, "two sources share a consumer group: each would get a part of the events")
	}
	return found
}
