package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/process"
)

// childEnv makes this test binary be a broker in the folder it names, for tests that kill one.
const childEnv = "MART_TEST_KAFKA_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		beBroker(dir)
	}
	os.Exit(m.Run())
}

func beBroker(dir string) {
	broker, err := kafka.Start(context.Background(), kafka.Config{DataDir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(broker.Address())
	select {} // until it is killed
}

func start(t *testing.T, cfg kafka.Config) *kafka.Broker {
	t.Helper()
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	broker, err := kafka.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	return broker
}

func TestSaramaProducesAndConsumesInAGroup(t *testing.T) {
	t.Parallel()
	broker := start(t, kafka.Config{})
	ensure(t, broker.Address(), kafka.Topic{Name: "orders", Partitions: 4})

	sent := produce(t, broker.Address(), "orders", 0, 100)
	if diff := cmp.Diff(sent, consume(t, broker.Address(), "shop", "orders", 100)); diff != "" {
		t.Errorf("records (-sent +read):\n%s", diff)
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, kafka.Config{DataDir: dir})
	ensure(t, first.Address(), kafka.Topic{Name: "orders", Partitions: 3})
	produce(t, first.Address(), "orders", 0, 50)
	consume(t, first.Address(), "shop", "orders", 50)
	late := produce(t, first.Address(), "orders", 50, 20)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := start(t, kafka.Config{DataDir: dir, Listen: first.Address()})
	if got, want := second.Address(), first.Address(); got != want {
		t.Errorf("address after restart: got %s, want %s", got, want)
	}
	if diff := cmp.Diff(late, consume(t, second.Address(), "shop", "orders", 20)); diff != "" {
		t.Errorf("what the group had not read yet (-want +got):\n%s", diff)
	}
}

// Acknowledged records and committed offsets outlive a broker that is killed, six times over.
// A broker is found by its folder as long as it runs; the address that one left behind is nobody's.
func TestRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if at, err := kafka.Running(dir); !errors.Is(err, kafka.ErrNotRunning) {
		t.Errorf("an empty folder: %q, %v", at, err)
	}
	broker := start(t, kafka.Config{DataDir: dir})
	if at, err := kafka.Running(dir); err != nil || at != broker.Address() {
		t.Errorf("got %q, %v, want %s", at, err, broker.Address())
	}
	var said strings.Builder
	local := kafka.LocalFlags{Data: filepath.Dir(dir)}
	if err := os.Symlink(dir, filepath.Join(local.Data, "kafka")); err != nil {
		t.Fatal(err)
	}
	if access, err := local.Access(t.Context(), &said); err != nil || strings.Join(access.Brokers, ",") != broker.Address() || !strings.Contains(said.String(), broker.Address()) {
		t.Errorf("got %v, %v, said %q", access.Brokers, err, said.String())
	}
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	if at, err := kafka.Running(dir); !errors.Is(err, kafka.ErrNotRunning) {
		t.Errorf("after its end: %q, %v", at, err)
	}
}

func TestStateSurvivesAKilledBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var sent []string
	for round := range 6 {
		child := startChild(t, dir)
		ensure(t, child.address, kafka.Topic{Name: "orders", Partitions: 3})
		batch := produce(t, child.address, "orders", round*40, 40)
		sent = append(sent, batch...)
		if diff := cmp.Diff(batch, consume(t, child.address, "follower", "orders", 40)); diff != "" {
			t.Fatalf("round %d: what the group had not read yet (-want +got):\n%s", round, diff)
		}
		child.kill(t)
	}
	last := start(t, kafka.Config{DataDir: dir})
	if diff := cmp.Diff(sorted(sent), consume(t, last.Address(), "auditor", "orders", len(sent))); diff != "" {
		t.Errorf("acknowledged records (-sent +kept):\n%s", diff)
	}
}

// A broker killed in the middle of eight busy producers keeps whatever it acknowledged.
func TestWhatWasAcknowledgedSurvivesAKillInTheMiddle(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var acknowledged []string
	for round := range 4 {
		child := startChild(t, dir)
		ensure(t, child.address, kafka.Topic{Name: "orders", Partitions: 3})
		kill := func(count int) {
			if count == 500 {
				child.kill(t)
			}
		}
		acknowledged = append(acknowledged, produceUntilCut(t, child.address, "orders", fmt.Sprint(round), kill)...)
	}
	last := start(t, kafka.Config{DataDir: dir})
	kept := map[string]bool{}
	end := produce(t, last.Address(), "orders", 0, 1)
	for _, value := range consumeAll(t, last.Address(), "orders") {
		kept[value] = true
	}
	for _, value := range append(acknowledged, end...) {
		if !kept[value] {
			t.Errorf("%s was acknowledged and is gone", value)
		}
	}
	t.Logf("%d acknowledged, %d kept", len(acknowledged)+1, len(kept))
}

type child struct {
	*process.Process
	address string
}

func startChild(t *testing.T, dir string) child {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), childEnv+"="+dir)
	command.Stderr = t.Output()
	p, address, err := process.StartSaying(t.Context(), command, syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	return child{p, address}
}

func (c child) kill(t *testing.T) {
	t.Helper()
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
}

func TestStartSaysWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	inUse := t.TempDir()
	start(t, kafka.Config{DataDir: inUse})

	cases := map[string]struct {
		cfg  kafka.Config
		want string
	}{
		"port taken":       {kafka.Config{Listen: taken.Addr().String()}, "free the port or choose another"},
		"no host and port": {kafka.Config{Listen: "9092"}, "is not host:port"},
		"every interface":  {kafka.Config{Listen: "0.0.0.0:9092"}, "try 127.0.0.1:9092"},
		"folder in use":    {kafka.Config{DataDir: inUse}, "stop that one first"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker, err := kafka.Start(t.Context(), c.cfg)
			if err == nil {
				_ = broker.Close()
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line with %q", err, c.want)
			}
		})
	}
}

func ensure(t *testing.T, address string, topics ...kafka.Topic) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := kafka.EnsureTopics(ctx, []string{address}, topics); err != nil {
		t.Fatal(err)
	}
}
