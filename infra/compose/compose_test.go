package compose

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
)

const file = "../../docker-compose.yml"

// settings is an .env file as env.sh writes it.
func settings(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	if said, err := exec.CommandContext(t.Context(), "./env.sh", path).CombinedOutput(); err != nil {
		t.Fatalf("env.sh: %v\n%s", err, said)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		env = append(env, name+"="+strings.Trim(value, "'"))
	}
	return env
}

func load(t *testing.T, files ...string) *types.Project {
	t.Helper()
	project, err := Load(t.Context(), settings(t), append([]string{file}, files...)...)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestDevcontainer(t *testing.T) {
	t.Parallel()
	if _, there := load(t, "../../.devcontainer/docker-compose.yml").Services["workspace"]; !there {
		t.Error("there is no workspace")
	}
}

// Without .env it says what to do.
func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	_, err := Load(t.Context(), nil, file)
	if err == nil || !strings.Contains(err.Error(), "run infra/compose/env.sh") {
		t.Errorf("got %v", err)
	}
}

// One container per function, all from one image.
func TestFunctions(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, f := range events.Functions() {
		want = append(want, string(f))
	}
	for name, service := range load(t).Services {
		if f := service.Environment["FUNCTION"]; f != nil {
			got = append(got, name)
			if *f != name || service.Image != "mart:dev" || !slices.Equal(service.Entrypoint, []string{"/function"}) {
				t.Errorf("%s runs %s %v as %s", name, service.Image, service.Entrypoint, *f)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("functions (-want +got)\n%s", d)
	}
}

// pinned is an image with a version, not "latest" and not a mere major one.
var pinned = regexp.MustCompile(`^[a-z/-]+:(dev|v?[0-9]+\.[0-9]+[.0-9]*(-[a-z]+)?)$`)

func TestEveryService(t *testing.T) {
	t.Parallel()
	for name, service := range load(t).Services {
		if !pinned.MatchString(service.Image) {
			t.Errorf("%s: image %s is not pinned", name, service.Image)
		}
		if service.HealthCheck == nil && name != "topics" {
			t.Errorf("%s has no health check", name)
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to the network", name, port.Published)
			}
		}
		if service.Build != nil && (!service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"})) {
			t.Errorf("%s may do more than it needs", name)
		}
		for _, volume := range service.Volumes {
			if volume.Type == types.VolumeTypeBind {
				if _, err := os.Stat(volume.Source); err != nil {
					t.Errorf("%s mounts what is not there: %v", name, err)
				}
			}
		}
	}
}

// A secret is with those who need it and nobody else.
func TestSecretsAreWhereTheyAreNeeded(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"TOKEN_KEYS":             {"auth"},
		"OWNER_PASSWORD":         {"postgres", "user"}, // two passwords of one name: of the tables' owner, and of the first member of staff
		"DATABASE_URL":           {"db"},
		"DATABASE_OWNER_URL":     {"db"},
		"PAYMENT_PROVIDER_KEY":   {"payment", "payment-provider"},
		"PAYMENT_WEBHOOK_SECRET": {"payment", "payment-provider"},
	}
	got := map[string][]string{}
	for name, service := range load(t).Services {
		for setting := range service.Environment {
			if _, secret := want[setting]; secret {
				got[setting] = append(got[setting], name)
			}
		}
	}
	for setting := range maps.Keys(got) {
		slices.Sort(got[setting])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
