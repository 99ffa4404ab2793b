package compose

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/onlinemart/mart/infra/filelock"
	"github.com/onlinemart/mart/infra/process"
)

// Every container that is built here runs as a process with its own command and environment: it gets healthy by its own check, the
// topics job ends well, the end-to-end suite passes at the gateway's address, and everybody stops cleanly when told to. With
// MART_E2E_KAFKA and MART_E2E_POSTGRES it does so on an Apache Kafka and a Postgres, as in compose; else on embedded ones.
func TestContainersAsProcesses(t *testing.T) {
	t.Parallel()
	needHosts(t)
	beAlone(t)
	project := load(t)
	m := &machine{project: project, here: surroundings(t, project), hosts: filepath.Join(t.TempDir(), "hosts")}
	if err := os.WriteFile(m.hosts, []byte(Hosts(project)), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := m.command(t.Context(), m.process(t, "topics")).CombinedOutput(); err != nil {
		t.Fatalf("topics: %v\n%s", err, said)
	}
	m.startAll(t)
	for _, c := range m.running {
		m.awaitHealthy(t, c)
	}
	if got, err := statusOf(t.Context(), http.MethodPost, "http://"+Address(project, "brand")+":8080/brands"); err != nil || got != http.StatusUnauthorized {
		t.Errorf("a brand without a token: got %d %v", got, err)
	}
	m.runSuite(t)
	m.stopAll(t)
	if t.Failed() {
		for _, c := range m.running {
			t.Logf("the last that %s said:\n%s", c.Name, c.running.Said())
		}
	}
}

// needHosts leaves the test out where a process can have no hosts file of its own, unless somebody has started servers for it.
func needHosts(t *testing.T) {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), "unshare", append(apart(), "true")...).CombinedOutput()
	if err == nil {
		return
	}
	end := t.Skipf
	if os.Getenv("MART_E2E_KAFKA") != "" {
		end = t.Fatalf
	}
	end("this machine gives a process no hosts file of its own: run it as root, or where a user may have namespaces (unshare: %v %s)", err, said)
}

// beAlone waits until no other run of this test on this machine has the containers' addresses.
func beAlone(t *testing.T) {
	t.Helper()
	lock, err := filelock.Wait(filepath.Join(os.TempDir(), fmt.Sprintf("mart-compose-%d.lock", os.Geteuid())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Release() }) // it goes with this process anyway
}

// machine stands for the container engine.
type machine struct {
	project *types.Project
	here    Here
	hosts   string
	running []*container
}

type container struct {
	Process
	running *process.Process
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
func (m *machine) command(ctx context.Context, p Process) *exec.Cmd {
	return m.inside(ctx, p.Env, p.Argv)
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

// startAll starts all that is built here, and an inbox with Mailpit's API in Mailpit's place.
func (m *machine) startAll(t *testing.T) {
	t.Helper()
	for _, name := range names(m.project) {
		if Ours(m.project.Services[name]) && name != "topics" {
			m.start(t, m.process(t, name))
		}
	}
	m.start(t, m.inbox(t))
}

func (m *machine) start(t *testing.T, p Process) {
	t.Helper()
	running, err := process.Start(m.command(context.WithoutCancel(t.Context()), p), syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Kill() }) // unless it has stopped by then
	m.running = append(m.running, &container{p, running})
}

func (m *machine) stopAll(t *testing.T) {
	t.Helper()
	for _, c := range m.running {
		if err := c.running.Signal(syscall.SIGTERM); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	for _, c := range m.running {
		if err := c.running.Err(); err != nil {
			t.Errorf("%s does not stop cleanly: %v", c.Name, err)
		}
	}
}

func (m *machine) awaitHealthy(t *testing.T, c *container) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.running.Await(ctx, 100*time.Millisecond, func(ctx context.Context) error { return m.check(ctx, c) }); err != nil {
		t.Fatalf("%s does not get healthy: %v\n%s", c.Name, err, c.running.Said())
	}
}

// check asks once by the container's own check; the inbox, which has none, by its page for that.
func (m *machine) check(ctx context.Context, c *container) error {
	if c.Health == nil {
		status, err := statusOf(ctx, http.MethodGet, m.inboxURL()+"/readyz")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("it answers %d", status)
		}
		return err
	}
	said, err := m.inside(ctx, c.Env, c.Health).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return nil
}

func statusOf(ctx context.Context, method, url string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader("{}"))
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
