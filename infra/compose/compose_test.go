package compose

import (
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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
		if Ours(service) && (!service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"})) {
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

// Each image of ours is built by one service, for two that build one tag at once fail ("already exists") where images are in containerd's
// store; and nobody looks for it in a registry.
func TestEachImageIsBuiltOnce(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for name, service := range load(t).Services {
		if service.Build != nil {
			got[service.Image] = append(got[service.Image], name)
		}
		if Ours(service) && service.PullPolicy != types.PullPolicyNever {
			t.Errorf("%s may pull %s (pull_policy %q)", name, service.Image, service.PullPolicy)
		}
	}
	if d := cmp.Diff(map[string][]string{"mart:dev": {"gateway"}, "mart-tools:dev": {"topics"}}, got); d != "" {
		t.Errorf("who builds (-want +got)\n%s", d)
	}
}

// Whoever drains, or writes what it keeps, has the time for it: the ten seconds that compose gives by itself end in a kill.
func TestTimeToStop(t *testing.T) {
	t.Parallel()
	for name, service := range load(t).Services {
		keeps := slices.ContainsFunc(service.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Type == types.VolumeTypeVolume })
		if (keeps || Ours(service)) && name != "topics" && (service.StopGracePeriod == nil || time.Duration(*service.StopGracePeriod) < time.Minute) {
			t.Errorf("%s is killed after %v", name, service.StopGracePeriod)
		}
	}
}

// A Postgres whose first start was broken off has no database of the mart's, and never makes it: it must not count as healthy.
func TestPostgresIsHealthyWithTheMartsDatabase(t *testing.T) {
	t.Parallel()
	if got, want := load(t).Services["postgres"].HealthCheck.Test[1], "psql"; got != want {
		t.Errorf("the check is %s, want %s: pg_isready is content with a server that knows neither role nor database", got, want)
	}
}

// Behind the gateway, auth has to see who asks, whatever network the engine gives: Docker's pools, and podman's.
func TestProxiesAreTrustedOnEveryEnginesNetwork(t *testing.T) {
	t.Parallel()
	var trusted []netip.Prefix
	for text := range strings.SplitSeq(*load(t).Services["auth"].Environment["TRUSTED_PROXIES"], ",") {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			t.Fatal(err)
		}
		trusted = append(trusted, network)
	}
	for _, gateway := range []string{"172.18.0.5", "192.168.16.5", "10.89.0.5", "fd00:1::5"} {
		at := netip.MustParseAddr(gateway)
		if !slices.ContainsFunc(trusted, func(n netip.Prefix) bool { return n.Contains(at) }) {
			t.Errorf("a gateway at %s is not believed", at)
		}
	}
}

// Whoever asks the scripts for help gets it; nothing is written under the name of a flag.
func TestScriptsTakeNoFlagForAFile(t *testing.T) {
	t.Parallel()
	for _, c := range [][]string{
		{"env.sh", "--help"}, {"env.sh", "-h"}, {"env.sh", ".env", "more"}, {"../kafka/real.sh", "start", "--help"}, {"../kafka/real.sh", "--help", "x"},
	} {
		script, err := filepath.Abs(c[0])
		if err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), script, c[1:]...)
		command.Dir = t.TempDir()
		said, err := command.CombinedOutput()
		if command.ProcessState.ExitCode() != 2 || !strings.Contains(string(said), filepath.Base(script)) {
			t.Errorf("%q: %v\n%s, want its usage and status 2", c, err, said)
		}
		if made, err := os.ReadDir(command.Dir); err != nil || len(made) != 0 {
			t.Errorf("%q makes %v: %v", c, made, err)
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
