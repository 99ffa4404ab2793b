package kube

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/kafkasource"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

const patience = 2 * time.Minute

// apiServer holds KafkaSources as JSON, by name, and tells watchers when they change.
type apiServer struct {
	mu       sync.Mutex
	version  int
	sources  map[string]string
	changed  chan struct{}
	statuses chan string // name: status of the Ready condition
}

func (a *apiServer) put(name, source string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	delete(a.sources, name)
	if source != "" {
		a.sources[name] = source
	}
	close(a.changed)
	a.changed = make(chan struct{})
}

func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	version, changed := strconv.Itoa(a.version), a.changed
	var items []string
	if strings.Contains(r.URL.Path, "/kafkasources") {
		for _, s := range a.sources {
			items = append(items, s)
		}
	}
	a.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer t0ken":
		http.Error(w, "who?", http.StatusUnauthorized)
	case r.Method == http.MethodPatch:
		var patch struct {
			Status struct{ Conditions []condition }
		}
		if err := json.NewDecoder(r.Body).Decode(&patch); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.statuses <- filepath.Base(filepath.Dir(r.URL.Path)) + ": " + patch.Status.Conditions[0].Status
	case r.URL.Query().Get("watch") != "" && r.URL.Query().Get("resourceVersion") == version:
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, `{"type":"MODIFIED","object":{}}`)
	default:
		_, _ = fmt.Fprintf(w, `{"metadata":{"resourceVersion":%q},"items":[%s]}`, version, strings.Join(items, ","))
	}
}

// start is a client of a new API server.
func start(t *testing.T) (*apiServer, Client) {
	t.Helper()
	a := &apiServer{sources: map[string]string{}, changed: make(chan struct{}), statuses: make(chan string, 100)}
	server := httptest.NewTLSServer(a)
	t.Cleanup(server.Close)
	folder := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, content := range map[string][]byte{"ca.crt": ca, "token": []byte("t0ken\n"), "namespace": []byte("mart")} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	client, err := newClient(server.URL, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.http.CloseIdleConnections)
	return a, client
}

func sourceTo(sink string, generation int) string {
	return fmt.Sprintf(`{"metadata":{"name":"order","namespace":"mart","uid":"u1","generation":%d,"managedFields":[]},"spec":{
		"bootstrapServers":["kafka:9092"],"topics":["events"],"consumerGroup":"g","initialOffset":"earliest","ordering":"unordered","sink":{"uri":%q}},
		"status":{"conditions":[]}}`, generation, sink)
}

// A source is read as soon as it is there, by its new settings when it changes, and no longer when it is gone.
func TestFollow(t *testing.T) {
	t.Parallel()
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "events"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kafka.Close)
	producer, err := kgo.NewClient(kgo.SeedBrokers(kafka.ListenAddrs()...), kgo.DefaultProduceTopic("events"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	got := make(chan string, 10)
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + " " + string(body)
	}))
	t.Cleanup(sink.Close)
	api, client := start(t)
	follower := NewFollower(client, kafkasource.Options{Brokers: kafka.ListenAddrs(), Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); follower.Follow(ctx) }()

	api.put("order", sourceTo(sink.URL+"/a", 1))
	send := func(value string) {
		if err := producer.ProduceSync(ctx, kgo.StringRecord(value)).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	send("one")
	want(t, got, "/a one")
	api.put("order", sourceTo(sink.URL+"/b", 2))
	want(t, api.statuses, "order: Unknown")
	want(t, api.statuses, "order: True")
	want(t, api.statuses, "order: Unknown")
	want(t, api.statuses, "order: True")
	if !follower.Ready() {
		t.Error("not ready, though every source is")
	}
	send("two")
	want(t, got, "/b two")
	api.put("order", sourceTo("nowhere", 3))
	want(t, api.statuses, "order: False")
	if follower.Ready() {
		t.Error("ready, though a source cannot run")
	}
	api.put("order", "")
	api.put("other", strings.ReplaceAll(sourceTo(sink.URL+"/c", 1), `"order"`, `"other"`))
	want(t, api.statuses, "other: Unknown")
	want(t, api.statuses, "other: True")
	stop()
	<-ended
	if d := cmp.Diff(map[string]*running{}, follower.running); d != "" {
		t.Error(d)
	}
}

func want(t *testing.T, from <-chan string, value string) {
	t.Helper()
	select {
	case got := <-from:
		if got != value {
			t.Fatalf("got %q, want %q", got, value)
		}
	case <-time.After(patience):
		t.Fatalf("waited in vain for %q", value)
	}
}

func TestNoPod(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if _, err := InCluster(); err == nil || !strings.Contains(err.Error(), "name YAML files instead") {
		t.Errorf("got %v, want what to do", err)
	}
}
