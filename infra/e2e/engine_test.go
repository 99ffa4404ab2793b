package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// engine is a container engine that runs docker-compose.yml, with a mart in it whose containers a test may kill.
type engine struct {
	mart
	project string
}

// revival bounds one test that makes containers start again, on a machine that is as slow as can be.
const revival = 15 * time.Minute

func theEngine(t *testing.T) (engine, context.Context) {
	t.Helper()
	project := os.Getenv("MART_E2E_COMPOSE")
	if project == "" {
		t.Skip("MART_E2E_COMPOSE is not set: run infra/compose/e2e.sh, where there is a container engine")
	}
	ctx, cancel := context.WithTimeout(t.Context(), revival)
	t.Cleanup(cancel)
	m, _, err := openAt(ctx, os.Getenv("MART_E2E_URL")) // a token of its own, for a suite with all these tests outlives one
	if err != nil {
		t.Fatal(err)
	}
	return engine{m, project}, ctx
}

func (e engine) docker(ctx context.Context, t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(ctx, "docker", arguments...).Output()
	if err != nil {
		said := ""
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			said = string(exit.Stderr)
		}
		t.Fatalf("docker %s: %v\n%s%s", strings.Join(arguments, " "), err, out, said)
	}
	return strings.TrimSpace(string(out))
}

// compose is a command for the project; which files it is made of, compose's own environment says.
func (e engine) compose(ctx context.Context, t *testing.T, arguments ...string) string {
	t.Helper()
	return e.docker(ctx, t, append([]string{"compose", "--project-name", e.project}, arguments...)...)
}

// container is what the engine says of one.
type container struct {
	ID    string `json:"Id"`
	State struct {
		Pid, ExitCode int
		Status        string
		StartedAt     string
		Health        struct{ Status string }
	}
	Config struct {
		Image  string
		Labels map[string]string
	}
}

// ours tells whether the image is built from this project.
func (c container) ours() bool {
	return strings.Contains(c.Config.Image, "mart:dev") || strings.Contains(c.Config.Image, "mart-tools:dev")
}

// onceOnly tells whether it ends by itself, as the topics job does.
func (c container) onceOnly() bool { return c.Config.Labels[serviceLabel] == "topics" }

// serviceLabel has a container's name in the compose file.
const serviceLabel = "com.docker.compose.service"

// containers is all of the project, by their names in the compose file, those that have ended too.
func (e engine) containers(ctx context.Context, t *testing.T) map[string]container {
	t.Helper()
	ids := strings.Fields(e.compose(ctx, t, "ps", "--all", "--quiet"))
	if len(ids) == 0 {
		t.Fatalf("project %s has no containers: infra/compose/e2e.sh starts them", e.project)
	}
	var all []container
	if err := json.Unmarshal([]byte(e.docker(ctx, t, append([]string{"inspect"}, ids...)...)), &all); err != nil {
		t.Fatalf("read what the engine says of the containers: %v", err)
	}
	named := make(map[string]container, len(all))
	for _, c := range all {
		named[c.Config.Labels[serviceLabel]] = c
	}
	return named
}

// outside starts a container that sees all processes of the engine and may signal them, and gives its id. It has Postgres' image,
// for ours hold no command. It is allowed nothing else, for an engine may have less to give than all that "privileged" asks for.
func (e engine) outside(ctx context.Context, t *testing.T) string {
	t.Helper()
	image := e.containers(ctx, t)["postgres"].Config.Image
	id := e.docker(ctx, t, "run", "--detach", "--rm", "--pid", "host", "--cap-drop", "ALL", "--cap-add", "KILL",
		"--security-opt", "label=disable", // SELinux parts containers
		"--network", "none", "--entrypoint", "sleep", image, "infinity")
	t.Cleanup(func() { e.docker(context.WithoutCancel(ctx), t, "rm", "--force", "--volumes", id) })
	return id
}

// crash ends a container's first process as a fault does, and not as the engine does when it is told to: nobody but the restart
// policy starts it again. It waits until the container is healthy.
func (e engine) crash(ctx context.Context, t *testing.T, outside, service string) {
	t.Helper()
	before := e.containers(ctx, t)[service]
	e.docker(ctx, t, "exec", outside, "sh", "-c", "kill -9 "+strconv.Itoa(before.State.Pid))
	for {
		now := e.containers(ctx, t)[service]
		if now.State.StartedAt != before.State.StartedAt && now.State.Health.Status == "healthy" {
			if now.ID != before.ID {
				t.Errorf("%s was made anew, want it started again", service)
			}
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%s does not come back: %+v", service, now.State)
		}
		time.Sleep(200 * time.Millisecond) // a poll with a deadline
	}
}
