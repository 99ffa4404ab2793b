package scaffold

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
)

// patience bounds every wait; the slowest step, a first build, takes minutes on a busy machine.
const patience = 10 * time.Minute

// program is the main package that func writes around an instanced HTTP function.
const program = `package main

import (
	"fmt"
	"os"

	f "github.com/onlinemart/mart"
	"knative.dev/func-go/http"
)

func main() {
	if err := http.Start(f.New()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
`

// build writes the scaffold, as func does: module s, the project in place of its published self; and builds it.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mart-scaffold-")
	if err != nil {
		return "", err
	}
	project, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		return "", err
	}
	module := "module s\n\ngo 1.26.0\n\nreplace github.com/onlinemart/mart => " + project +
		"\n\nrequire (\n\tgithub.com/onlinemart/mart v0.0.0\n\tknative.dev/func-go v0.22.0\n)\n"
	for name, content := range map[string]string{"go.mod": module, "go.sum": string(sums), "main.go": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	compile := exec.CommandContext(ctx, "go", "build", "-mod=mod", "-trimpath", "-o", "f", ".")
	compile.Dir, compile.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GONOSUMDB=knative.dev", "GOFLAGS=")
	if said, err := compile.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the scaffold: %w\n%s", err, said)
	}
	return filepath.Join(dir, "f"), nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := build(); err == nil {
		if err := os.RemoveAll(filepath.Dir(binary)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

func start(t *testing.T, env ...string) (*exec.Cmd, string, *bytes.Buffer) {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	process := exec.CommandContext(t.Context(), binary)
	process.Env, process.Stdout, process.Stderr = append(env, "LISTEN_ADDRESS="+address), &log, &log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	return process, "http://" + address, &log
}

// Under func's own main the function starts, gets ready, serves its API, refuses an unsealed event, and stops cleanly.
func TestFunctionUnderFunc(t *testing.T) {
	t.Parallel()
	broker, err := kafka.Start(t.Context(), kafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() }) // nothing is kept
	process, url, log := start(t,
		"K_SERVICE=brand", "KAFKA_BROKERS="+broker.Address(),
		"EVENT_SEAL_KEYS="+events.GenerateRing("s1"), "EVENT_PERSONAL_KEYS="+events.GenerateRing("p1"))
	await(t, url+"/health/readiness")

	for name, c := range map[string]struct {
		method, path, ceType string
		want                 int
	}{
		"alive":             {http.MethodGet, "/health/liveness", "", http.StatusOK},
		"metrics":           {http.MethodGet, "/metrics", "", http.StatusOK},
		"API, no token":     {http.MethodPost, "/brands", "", http.StatusUnauthorized},
		"an unsealed event": {http.MethodPost, "/", events.BrandCreated.Type(), http.StatusUnauthorized},
	} {
		if got := request(t, c.method, url+c.path, c.ceType); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("stop: %v\n%s", err, log)
	}
	if said := log.String(); !strings.Contains(said, `"msg":"stopped"`) {
		t.Errorf("Stop was not called:\n%s", said)
	}
}

// A name that is none ends the process, with the names that are.
func TestUnknownFunctionUnderFunc(t *testing.T) {
	t.Parallel()
	process, _, log := start(t, "FUNCTION=brands")
	if err := process.Wait(); err == nil {
		t.Error("it ended without an error")
	}
	if said := log.String(); !strings.Contains(said, `FUNCTION is "brands"; it must be one of`) {
		t.Errorf("it does not say why:\n%s", said)
	}
}

func await(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		if status, err := do(ctx, http.MethodGet, url, ""); err == nil && status == http.StatusOK {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s never answered 200", url)
		case <-pause.C:
		}
	}
}

func request(t *testing.T, method, url, ceType string) int {
	t.Helper()
	status, err := do(t.Context(), method, url, ceType)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func do(ctx context.Context, method, url, ceType string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader("{}"))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if ceType != "" {
		for name, value := range map[string]string{"id": "1", "source": "/mart/db", "specversion": "1.0", "type": ceType, "subject": "x"} {
			r.Header.Set("Ce-"+name, value)
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, errors.Join(err, answer.Body.Close())
}
