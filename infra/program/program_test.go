package program_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/program"
)

// works are what the child does.
var works = map[string]func(context.Context) error{
	"fails":         func(context.Context) error { return errors.New("why it does not work") },
	"says its name": func(context.Context) error { return errors.New("sweeper: why it does not work") },
	"works":         func(context.Context) error { return nil },
	"waits": func(ctx context.Context) error {
		fmt.Println("waits")
		<-ctx.Done()
		return nil
	},
}

// TestMain is the program of the children.
func TestMain(m *testing.M) {
	if work, child := works[os.Getenv("TEST_WORK")]; child {
		program.Run("sweeper", work)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(t *testing.T, work string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, os.Args[0])
	c.Env = append(os.Environ(), "TEST_WORK="+work)
	return c
}

func TestRun_SaysWhatGoesWrong(t *testing.T) {
	t.Parallel()
	for work, want := range map[string]struct {
		status int
		said   string
	}{"fails": {1, "sweeper: why it does not work\n"}, "says its name": {1, "sweeper: why it does not work\n"}, "works": {0, ""}} {
		c, said := child(t, work), &strings.Builder{}
		c.Stderr = said
		if err := c.Run(); c.ProcessState.ExitCode() != want.status || said.String() != want.said {
			t.Errorf("%s: %v, %q", work, err, said)
		}
	}
}

func TestRun_EndsWhenItIsTold(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		c := child(t, "waits")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "waits\n" {
			t.Fatalf("%q: %v", line, err)
		}
		if err := c.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("after %v: %v", s, err)
		}
	}
}
