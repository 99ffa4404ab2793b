package validate

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kafkasinkv1 "knative.dev/eventing-kafka-broker/control-plane/pkg/apis/eventing/v1alpha1"
	kafkasourcev1 "knative.dev/eventing-kafka-broker/control-plane/pkg/apis/sources/v1"
	"knative.dev/eventing/pkg/apis/feature"
	pingv1 "knative.dev/eventing/pkg/apis/sources/v1"
	claimv1 "knative.dev/networking/pkg/apis/networking/v1alpha1"
	"knative.dev/pkg/apis"
	servingv1 "knative.dev/serving/pkg/apis/serving/v1"
	mappingv1 "knative.dev/serving/pkg/apis/serving/v1beta1"
	"sigs.k8s.io/yaml"
)

// object is what every Kubernetes type can do.
type object interface{ metav1.Object }

// types is every kind that the manifests may hold.
var types = map[string]func() object{
	"serving.knative.dev/v1 Service":                              func() object { return &servingv1.Service{} },
	"serving.knative.dev/v1beta1 DomainMapping":                   func() object { return &mappingv1.DomainMapping{} },
	"networking.internal.knative.dev/v1alpha1 ClusterDomainClaim": func() object { return &claimv1.ClusterDomainClaim{} },
	"sources.knative.dev/v1 KafkaSource":                          func() object { return &kafkasourcev1.KafkaSource{} },
	"sources.knative.dev/v1 PingSource":                           func() object { return &pingv1.PingSource{} },
	"eventing.knative.dev/v1alpha1 KafkaSink":                     func() object { return &kafkasinkv1.KafkaSink{} },
	"networking.k8s.io/v1 NetworkPolicy":                          func() object { return &networkv1.NetworkPolicy{} },
	"batch/v1 Job":                                                func() object { return &batchv1.Job{} },
	"apps/v1 Deployment":                                          func() object { return &appsv1.Deployment{} },
	"rbac.authorization.k8s.io/v1 Role":                           func() object { return &rbacv1.Role{} },
	"rbac.authorization.k8s.io/v1 RoleBinding":                    func() object { return &rbacv1.RoleBinding{} },
	"v1 Service":        func() object { return &corev1.Service{} },
	"v1 ServiceAccount": func() object { return &corev1.ServiceAccount{} },
	"v1 Namespace":      func() object { return &corev1.Namespace{} },
	"v1 ConfigMap":      func() object { return &corev1.ConfigMap{} },
}

// decode reads one document; a member that its type does not have, or has twice, is an error.
func decode(document []byte) (object, string, error) {
	var head metav1.TypeMeta
	if err := yaml.Unmarshal(document, &head); err != nil {
		return nil, "", err
	}
	kind := head.APIVersion + " " + head.Kind
	construct, known := types[kind]
	if !known {
		return nil, "", fmt.Errorf("%s: no manifest of ours may be one", kind)
	}
	o := construct()
	if err := yaml.UnmarshalStrict(document, o); err != nil {
		return nil, "", fmt.Errorf("%s: %w", kind, err)
	}
	return o, head.Kind + " " + o.GetName(), nil
}

// validated is what Knative's types can do.
type validated interface {
	apis.Defaultable
	apis.Validatable
}

// problemsOfTheirs is what the cluster's own webhooks would say.
func problemsOfTheirs(o object) error {
	typed, ok := o.(validated)
	if !ok {
		return nil
	}
	ctx := feature.ToContext(context.Background(), feature.Flags{feature.DeliveryTimeout: feature.Enabled})
	ctx = apis.WithinCreate(ctx)
	typed.SetDefaults(ctx)
	if err := typed.Validate(ctx).Filter(apis.ErrorLevel); err != nil {
		return err
	}
	if source, ok := o.(*kafkasourcev1.KafkaSource); ok { // whose Validate leaves its delivery out
		if err := source.Spec.Delivery.Validate(ctx); err != nil {
			return err.ViaField("spec", "delivery")
		}
	}
	return nil
}

// Problems is everything wrong with a stream of YAML documents that are applied together.
func Problems(stream []byte) []string {
	var found []string
	set := set{names: map[string]bool{}}
	for _, document := range split(stream) {
		o, name, err := decode(document)
		if err != nil {
			found = append(found, err.Error())
			continue
		}
		for _, rule := range rules {
			for _, fault := range rule(o) {
				found = append(found, name+": "+fault)
			}
		}
		set.add(o, name)
		if err := problemsOfTheirs(o); err != nil {
			found = append(found, name+": "+err.Error())
		}
	}
	return append(found, set.dangling()...)
}

func split(stream []byte) [][]byte {
	var documents [][]byte
	for _, document := range bytes.Split(stream, []byte("\n---\n")) {
		if strings.TrimSpace(string(document)) != "" {
			documents = append(documents, document)
		}
	}
	return documents
}
