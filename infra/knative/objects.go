package knative

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/yaml"
)

// object is any Kubernetes object.
type object struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       any      `json:"spec,omitempty"`

	AutomountServiceAccountToken *bool `json:"automountServiceAccountToken,omitempty"` // a ServiceAccount's
}

type metadata struct {
	Name        string            `json:"name,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// The labels that other objects select by.
const (
	partOf    = "app.kubernetes.io/part-of"
	component = "app.kubernetes.io/component"
	nameLabel = "app.kubernetes.io/name"
)

func (c Cluster) metadata(name string) metadata {
	return metadata{Name: name, Namespace: c.Namespace, Labels: map[string]string{partOf: "mart"}}
}

type podTemplate struct {
	Metadata metadata `json:"metadata"`
	Spec     podSpec  `json:"spec"`
}

type podSpec struct {
	ServiceAccountName           string      `json:"serviceAccountName"`
	AutomountServiceAccountToken bool        `json:"automountServiceAccountToken"`
	EnableServiceLinks           bool        `json:"enableServiceLinks"`
	TimeoutSeconds               int         `json:"timeoutSeconds,omitempty"`
	RestartPolicy                string      `json:"restartPolicy,omitempty"`
	Containers                   []container `json:"containers"`
}

type container struct {
	Name            string           `json:"name,omitempty"`
	Image           string           `json:"image"`
	Command         []string         `json:"command,omitempty"`
	Env             []environment    `json:"env,omitempty"`
	EnvFrom         []environments   `json:"envFrom,omitempty"`
	Ports           []port           `json:"ports,omitempty"`
	ReadinessProbe  *probe           `json:"readinessProbe,omitempty"`
	LivenessProbe   *probe           `json:"livenessProbe,omitempty"`
	Resources       resources        `json:"resources"`
	SecurityContext *securityContext `json:"securityContext"`
}

type environment struct {
	Name      string     `json:"name"`
	Value     string     `json:"value,omitempty"`
	ValueFrom *valueFrom `json:"valueFrom,omitempty"`
}

// environments is every key of a ConfigMap as a setting.
type environments struct {
	ConfigMapRef mapRef `json:"configMapRef"`
}

type mapRef struct {
	Name     string `json:"name"`
	Optional bool   `json:"optional"`
}

type valueFrom struct {
	ConfigMapKeyRef *keyRef `json:"configMapKeyRef,omitempty"`
	SecretKeyRef    *keyRef `json:"secretKeyRef,omitempty"`
}

type keyRef struct {
	Name     string `json:"name"`
	Key      string `json:"key"`
	Optional bool   `json:"optional,omitempty"`
}

type port struct {
	Name          string `json:"name,omitempty"`
	ContainerPort int    `json:"containerPort"`
}

type probe struct {
	HTTPGet          httpGet `json:"httpGet"`
	PeriodSeconds    int     `json:"periodSeconds"`
	TimeoutSeconds   int     `json:"timeoutSeconds"`
	FailureThreshold int     `json:"failureThreshold"`
}

type httpGet struct {
	Path string `json:"path"`
}

type resources struct {
	Requests map[string]string `json:"requests"`
	Limits   map[string]string `json:"limits"`
}

type securityContext struct {
	RunAsNonRoot             bool                `json:"runAsNonRoot"`
	ReadOnlyRootFilesystem   bool                `json:"readOnlyRootFilesystem"`
	AllowPrivilegeEscalation bool                `json:"allowPrivilegeEscalation"`
	Capabilities             map[string][]string `json:"capabilities"`
	SeccompProfile           map[string]string   `json:"seccompProfile"`
}

// restricted is what a container of ours may do: nothing but run.
func restricted() *securityContext {
	return &securityContext{
		RunAsNonRoot: true, ReadOnlyRootFilesystem: true,
		Capabilities:   map[string][]string{"drop": {"ALL"}},
		SeccompProfile: map[string]string{"type": "RuntimeDefault"},
	}
}

func documents(objects []object) ([]byte, error) {
	var all bytes.Buffer
	for i, o := range objects {
		document, err := yaml.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("write %s %s: %w", o.Kind, o.Metadata.Name, err)
		}
		if i > 0 {
			all.WriteString("---\n")
		}
		all.Write(document)
	}
	return all.Bytes(), nil
}
