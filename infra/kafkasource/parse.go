package kafkasource

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"
)

// Parse reads multi-document YAML (or JSON, and Lists of objects as `kubectl get -o yaml` prints them)
// and returns its KafkaSources and KafkaSinks with Knative's defaults filled in. Other kinds are skipped.
// An unknown or repeated field, or a setting that Knative would refuse or that cannot work, is an error
// that names object, field and remedy.
func Parse(r io.Reader) (Objects, error) {
	var out Objects
	docs := newDocuments(r)
	for n := 1; ; n++ {
		doc, err := docs.next()
		if errors.Is(err, io.EOF) {
			return out, out.check()
		}
		if err != nil {
			return Objects{}, fmt.Errorf("read YAML: %w", err)
		}
		if err := out.add(doc); err != nil {
			return Objects{}, fmt.Errorf("document %d: %w", n, err)
		}
	}
}

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

// documents splits a YAML stream at its `---` lines.
type documents struct {
	lines *bufio.Reader
	ended bool
}

func newDocuments(r io.Reader) *documents { return &documents{lines: bufio.NewReader(r)} }

func (d *documents) next() ([]byte, error) {
	if d.ended {
		return nil, io.EOF
	}
	var doc bytes.Buffer
	for {
		line, err := d.lines.ReadBytes('\n')
		if isSeparator(line) {
			return doc.Bytes(), nil
		}
		doc.Write(line)
		if errors.Is(err, io.EOF) {
			d.ended = true
			return doc.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func isSeparator(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("---"))
	rest = bytes.TrimSpace(rest)
	return found && (len(rest) == 0 || rest[0] == '#')
}
