package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/kafkasource"
	"github.com/twmb/franz-go/pkg/kfake"
)

const objects = `
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: s, namespace: mart}
spec:
  topics: [orders]
  bootstrapServers: [kafka:9092]
  consumerGroup: s
  initialOffset: earliest
  ordering: unordered
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: db}, uri: /events}
`

const sink = `
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: in, namespace: mart}
spec: {topic: orders, bootstrapServers: [kafka:9092]}
`

func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An event posted to the KafkaSink goes through Kafka to the Service; then the program ends cleanly.
// Not parallel: the settings are environment variables.
func TestRun(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	got := make(chan string, 1)
	db := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + " " + r.Header.Get("ce-id") + " " + string(body)
	}))
	t.Cleanup(db.Close)
	address := freeAddress(t)
	t.Setenv("KAFKA_BROKERS", strings.Join(cluster.ListenAddrs(), ","))
	t.Setenv("SERVICE_URL", db.URL+"/{namespace}/{name}")
	t.Setenv("LISTEN_ADDRESS", address)
	folder := t.TempDir()
	write(t, folder, "source.yaml", objects)
	write(t, folder, "sink.yml", sink)
	write(t, folder, "notes.txt", "not YAML: [")

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{folder}) }()
	await(t, "http://"+address+"/health/readiness")
	request, _ := http.NewRequest(http.MethodPost, "http://"+address+"/mart/in", strings.NewReader("{}"))
	for name, value := range map[string]string{"ce-specversion": "1.0", "ce-id": "1", "ce-type": "t", "ce-source": "/s"} {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	equal(t, http.StatusAccepted, response.StatusCode)
	equal(t, "/events 1 {}", <-got)
	stop()
	equal(t, nil, <-ended)
}

func TestRun_refuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, c := range map[string]struct {
		paths []string
		want  string
	}{
		"nothing":   {nil, "no objects: name YAML files"},
		"no file":   {[]string{filepath.Join(folder, "missing.yaml")}, "read objects: "},
		"no source": {[]string{write(t, folder, "sink.yaml", sink)}, "no KafkaSource in "},
		"a typo":    {[]string{write(t, folder, "typo.yaml", strings.Replace(objects, "topics", "topic", 1))}, `unknown field "topic"`},
	} {
		err := run(t.Context(), c.paths)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestConfig_findsServicesAndSecrets(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "kafka"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "kafka"), "user", "mart")
	c := config{kafkasource.Settings{ServiceURL: "http://{name}.{namespace}.svc", SecretsDir: folder}}
	address, err := c.resolve(kafkasource.Ref{Kind: "Service", Namespace: "mart", Name: "db"})
	equal(t, nil, err)
	equal(t, "http://db.mart.svc", address)
	secret, err := c.secret("mart", "kafka")
	equal(t, nil, err)
	equal(t, map[string][]byte{"user": []byte("mart")}, secret)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func await(t *testing.T, url string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Minute)
	for {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s did not answer 200", url)
		}
	}
}

func equal[T any](t *testing.T, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("differs (-want +got):\n%s", diff)
	}
}
