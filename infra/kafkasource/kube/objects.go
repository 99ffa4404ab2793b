package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/onlinemart/mart/infra/kafkasource"
)

// kinds is where the API has what we act on.
var kinds = []struct{ kind, group, plural string }{
	{"KafkaSource", "sources.knative.dev/v1", "kafkasources"},
	{"KafkaSink", "eventing.knative.dev/v1alpha1", "kafkasinks"},
}

func (c Client) path(i int) string {
	return "/apis/" + kinds[i].group + "/namespaces/" + c.Namespace + "/" + kinds[i].plural
}

// list is what the API server answers.
type list struct {
	Metadata struct {
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

// meta is what of an object only the API server knows.
type meta struct {
	Metadata struct {
		Name       string `json:"name"`
		UID        string `json:"uid"`
		Generation int64  `json:"generation"`
	} `json:"metadata"`
}

// source is a KafkaSource as it stands in the cluster.
type source struct {
	meta
	fingerprint string // of all that makes it what it is, the sinks included
	objects     kafkasource.Objects
	broken      error // it cannot be run as it is
}

// cluster is all objects at one moment.
type cluster struct {
	sources  []source
	versions []string // of the two lists, to watch from
}

func (c Client) list(ctx context.Context) (cluster, error) {
	var lists [2]list
	var now cluster
	for i := range kinds {
		if err := c.get(ctx, c.path(i), &lists[i]); err != nil {
			return cluster{}, err
		}
		now.versions = append(now.versions, lists[i].Metadata.ResourceVersion)
	}
	var sinks []byte
	marks := ""
	for _, item := range lists[1].Items {
		m, text, err := document(1, item)
		if err != nil {
			return cluster{}, err
		}
		sinks, marks = append(sinks, text...), marks+m.mark()
	}
	for _, item := range lists[0].Items {
		m, text, err := document(0, item)
		if err != nil {
			return cluster{}, err
		}
		s := source{meta: m, fingerprint: m.mark() + marks}
		s.objects, s.broken = kafkasource.Parse(bytes.NewReader(append(text, sinks...)))
		now.sources = append(now.sources, s)
	}
	return now, nil
}

func (m meta) mark() string {
	return fmt.Sprintf("%s %s %d\n", m.Metadata.Name, m.Metadata.UID, m.Metadata.Generation)
}

// document is an item of a list as a YAML document of its own: items lack what the list says once for all.
func document(kind int, item json.RawMessage) (m meta, text []byte, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(item, &fields); err != nil {
		return meta{}, nil, fmt.Errorf("read a %s: %w", kinds[kind].kind, err)
	}
	if err := json.Unmarshal(item, &m); err != nil {
		return meta{}, nil, fmt.Errorf("read a %s: %w", kinds[kind].kind, err)
	}
	for name, value := range map[string]string{"apiVersion": kinds[kind].group, "kind": kinds[kind].kind} {
		if fields[name], err = json.Marshal(value); err != nil {
			return meta{}, nil, fmt.Errorf("write a %s: %w", kinds[kind].kind, err)
		}
	}
	if text, err = json.Marshal(fields); err != nil {
		return meta{}, nil, fmt.Errorf("write a %s: %w", kinds[kind].kind, err)
	}
	return m, append(text, "\n---\n"...), nil
}

// changed returns when an object was added, changed or deleted since now, or when the API server ends a watch, as it does every
// few minutes. Error: it cannot be watched.
func (c Client) changed(ctx context.Context, now cluster) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, len(kinds))
	for i := range kinds {
		go func() {
			ended <- c.event(ctx, c.path(i)+"?watch=1&timeoutSeconds=240&resourceVersion="+now.versions[i])
		}()
	}
	return <-ended
}

// event waits for the first event of a watch.
func (c Client) event(ctx context.Context, path string) error {
	response, err := c.send(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	var first json.RawMessage
	_ = json.NewDecoder(response.Body).Decode(&first) // whatever ended it, the list is read again
	return nil
}
