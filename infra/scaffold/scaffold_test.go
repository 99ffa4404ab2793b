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
	"syscall"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
)

// patience bounds every wait; the slowest step, a first build, takes minutes on a busy machine.
const patience = 10 * time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	if scaffold, err := written(); err == nil {
		if err := os.RemoveAll(filepath.Join(scaffold, "..", "..")); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

func start(t *testing.T, env ...string) (*exec.Cmd, string, *bytes.Buffer) {
	t.Helper()
	binary, err := built()
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

// A buildpack vendors before it compiles; the go command then holds go.mod against what was vendored.
func TestVendored(t *testing.T) {
	t.Parallel()
	program, err := built() // before: a vendor folder would be taken for that build, too
	if err != nil {
		t.Fatal(err)
	}
	scaffold := filepath.Join(filepath.Dir(program), "..")
	for _, args := range [][]string{{"mod", "vendor"}, {"build", "-mod=vendor", "-trimpath", "-buildvcs=false", "-o", os.DevNull}} {
		if _, err := command(scaffold, "go", args...); err != nil {
			t.Fatal(err)
		}
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
