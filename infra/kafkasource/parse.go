package kafkasource

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// Parse reads multi-document YAML (or JSON, and Lists of objects as `kubectl get -o yaml` prints them)
// and returns its KafkaSources and KafkaSinks with Knative's defaults filled in. Other kinds are skipped.
// An unknown or repeated field, or a setting that Knative would refuse or that cannot work, is an error
// that names object, field and remedy.
func Parse(r io.Reader) (Objects, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Objects{}, fmt.Errorf("read YAML: %w", err)
	}
	var out Objects
	for i, document := range separator.Split(string(text), -1) {
		if err := out.add([]byte(document)); err != nil {
			return Objects{}, fmt.Errorf("document %d: %w", i+1, err)
		}
	}
	return out, out.check()
}

// separator is a line between two documents.
var separator = regexp.MustCompile(`(?m)^---[ \t]*(#.*)?\r?$`)

// head is what tells one kind from another.
type head struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   Metadata          `json:"metadata"`
	Items      []json.RawMessage `json:"items"`
}

func (o *Objects) add(doc []byte) error {
	var h head
	if err := yaml.Unmarshal(doc, &h); err != nil {
		return fmt.Errorf("parse YAML: %w", err)
	}
	group, _, _ := strings.Cut(h.APIVersion, "/")
	switch {
	case strings.HasSuffix(h.Kind, "List"):
		for _, item := range h.Items {
			if err := o.add(item); err != nil {
				return err
			}
		}
		return nil
	case h.Kind == "KafkaSource" && group == "sources.knative.dev":
		return o.addSource(h, doc)
	case h.Kind == "KafkaSink" && group == "eventing.knative.dev":
		return o.addSink(h, doc)
	}
	return nil
}

func (o *Objects) addSource(h head, doc []byte) error {
	if h.APIVersion != "sources.knative.dev/v1" {
		return fmt.Errorf("%s: apiVersion %q is not known: use sources.knative.dev/v1", h.name(), h.APIVersion)
	}
	var s KafkaSource
	if err := yaml.UnmarshalStrict(doc, &s); err != nil {
		return strictError(h, err)
	}
	warnings, err := s.complete()
	if err != nil {
		return err
	}
	o.Sources = append(o.Sources, s)
	o.Warnings = append(o.Warnings, warnings...)
	return nil
}

func (o *Objects) addSink(h head, doc []byte) error {
	if h.APIVersion != "eventing.knative.dev/v1alpha1" && h.APIVersion != "eventing.knative.dev/v1" {
		return fmt.Errorf("%s: apiVersion %q is not known: use eventing.knative.dev/v1alpha1", h.name(), h.APIVersion)
	}
	var s KafkaSink
	if err := yaml.UnmarshalStrict(doc, &s); err != nil {
		return strictError(h, err)
	}
	if err := s.complete(); err != nil {
		return err
	}
	o.Sinks = append(o.Sinks, s)
	return nil
}

func (h head) name() string {
	return objectName(h.Kind, h.Metadata)
}

func objectName(kind string, m Metadata) string {
	namespace := m.Namespace
	if namespace == "" {
		namespace = "default"
	}
	return fmt.Sprintf("%s %s/%s", kind, namespace, m.Name)
}

func strictError(h head, err error) error {
	return fmt.Errorf("%s: %w: correct or remove that field", h.name(), err)
}
