package compose

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/onlinemart/mart"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// patience bounds every wait; the slowest step, a first build, takes minutes on a busy machine.
const patience = 10 * time.Minute

// programs is what the images hold at their root, and where each comes from.
var programs = map[string]string{"function": "infra/function", "topics": "infra/topics/run", "kafkasource": "infra/kafkasource/run", "paymentgateway": "infra/paymentgateway/run"}

// Every container that is built here runs as a process with its own command and environment: it gets healthy by its own check, the
// topics job ends well, and everybody stops cleanly when told to.
func TestContainersAsProcesses(t *testing.T) {
	t.Parallel()
	if said, err := exec.CommandContext(t.Context(), "unshare", append(apart(), "true")...).CombinedOutput(); err != nil {
		t.Skipf("this machine gives a process no hosts file of its own (unshare: %v %s)", err, said)
	}
	project := load(t)
	m := &machine{project: project, here: surroundings(t, project), hosts: filepath.Join(t.TempDir(), "hosts")}
	if err := os.WriteFile(m.hosts, []byte(Hosts(project)), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := m.command(t, m.process(t, "topics")).CombinedOutput(); err != nil {
		t.Fatalf("topics: %v\n%s", err, said)
	}
	running := m.startAll(t)
	for _, r := range running {
		m.awaitHealthy(t, r)
	}
	if got := statusOf(t, http.MethodPost, "http://"+Address(project, "brand")+":8080/brands"); got != http.StatusUnauthorized {
		t.Errorf("a brand without a token: got %d", got)
	}
	for _, r := range running {
		if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
	for _, r := range running {
		if err := r.command.Wait(); err != nil {
			t.Errorf("%s does not stop cleanly: %v\n%s", r.Name, err, r.log)
		}
	}
}

// machine stands for the container engine.
type machine struct {
	project *types.Project
	here    Here
	hosts   string
}

type container struct {
	Process
	command *exec.Cmd
	log     *output
}

// surroundings is this machine's programs, Kafka, Postgres and folders in place of the containers'.
func surroundings(t *testing.T, project *types.Project) Here {
	t.Helper()
	broker, err := kafka.Start(t.Context(), kafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() }) // nothing is kept
	database, folder := pgtest.New(t), t.TempDir()
	for name, source := range programs {
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(folder, name), "./"+source)
		build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, said)
		}
	}
	manifest, err := filepath.Abs("../knative/base/sources.yaml")
	if err != nil {
		t.Fatal(err)
	}
	settings := project.Services["db"].Environment
	return Here{Programs: folder, Replaced: map[string]string{
		"kafka:9092": broker.Address(), "/data": t.TempDir(), "/manifests/sources.yaml": manifest,
		*settings["DATABASE_URL"]: database.App, *settings["DATABASE_OWNER_URL"]: database.Owner,
	}}
}

func (m *machine) process(t *testing.T, name string) Process {
	t.Helper()
	p, err := ProcessOf(m.project, name, m.here)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// command runs p with a hosts file of its own.
func (m *machine) command(t *testing.T, p Process) *exec.Cmd {
	t.Helper()
	return m.inside(t.Context(), p.Env, p.Argv)
}

func (m *machine) inside(ctx context.Context, env, argv []string) *exec.Cmd {
	script := `mount --bind "$0" /etc/hosts && exec env -i "$@"`
	arguments := slices.Concat(apart(), []string{"sh", "-c", script, m.hosts}, env, argv)
	return exec.CommandContext(ctx, "unshare", arguments...)
}

// apart gives a process mounts of its own, for which an ordinary user has to be root among its own.
func apart() []string {
	if os.Geteuid() == 0 {
		return []string{"--mount"}
	}
	return []string{"--mount", "--map-root-user"}
}

func (m *machine) startAll(t *testing.T) []*container {
	t.Helper()
	var all []*container
	for _, name := range names(m.project) {
		service := m.project.Services[name]
		if f := service.Environment["FUNCTION"]; service.Build == nil || name == "topics" || f != nil && !written(t, *f) {
			continue
		}
		c := &container{Process: m.process(t, name), log: &output{}}
		c.command = m.command(t, c.Process)
		c.command.Stdout, c.command.Stderr = c.log, c.log
		if err := c.command.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// written tells whether the image can be that function already.
func written(t *testing.T, name string) bool {
	t.Helper()
	_, err := mart.Named(events.Function(name))
	if err != nil {
		t.Log(err)
	}
	return err == nil
}

func (m *machine) awaitHealthy(t *testing.T, c *container) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for {
		said, err := m.inside(ctx, c.Env, c.Health).CombinedOutput()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s does not get healthy: %s\n%s", c.Name, said, c.log)
		case <-pause.C:
		}
	}
}

func statusOf(t *testing.T, method, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return answer.StatusCode
}

// output is a process's log, which may be read while it is written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Sprint(o.text.String())
}
