package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/process"
)

// part is what this test's program does when it is started by a test.
const part = "MART_PROCESS_TEST"

var parts = map[string]func() int{
	"complains": func() int { fmt.Fprintln(os.Stderr, "no such setting"); return 3 },
	"stops": func() int {
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		fmt.Println("ready")
		<-told
		return 0
	},
	"ignores": func() int {
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		return sleep()
	},
	"parent": func() int {
		_, line, err := process.StartSaying(context.Background(), command("sleeps"), syscall.SIGKILL)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(line)
		return sleep()
	},
	"sleeps": func() int { fmt.Println(os.Getpid(), syscall.Getpgrp()); return sleep() },
}

func sleep() int {
	time.Sleep(time.Hour) // it is killed before
	return 0
}

func TestMain(m *testing.M) {
	if act, ok := parts[os.Getenv(part)]; ok {
		os.Exit(act())
	}
	os.Exit(m.Run())
}

func command(does string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = process.Environment(map[string]string{part: does})
	return cmd
}

func start(t *testing.T, does string) *process.Process {
	t.Helper()
	p, line, err := process.StartSaying(t.Context(), command(does), syscall.SIGKILL)
	if err != nil || line != "ready" {
		t.Fatalf("%q, %v", line, err)
	}
	return p
}

var errNever = errors.New("nobody answers")

func never(context.Context) error { return errNever }

func TestAwait_SaysWhyItEnded(t *testing.T) {
	t.Parallel()
	p, err := process.Start(command("complains"), syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Await(t.Context(), time.Millisecond, never)
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 || !strings.HasSuffix(err.Error(), "it ended: exit status 3: no such setting") {
		t.Errorf("got %v", err)
	}
}

func TestAwait_SaysWhatWasAnsweredLast(t *testing.T) {
	t.Parallel()
	p := start(t, "stops")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Await(ctx, time.Hour, never); !errors.Is(err, context.Canceled) || !errors.Is(err, errNever) {
		t.Errorf("got %v", err)
	}
	if err := p.Await(t.Context(), time.Hour, func(context.Context) error { return nil }); err != nil {
		t.Errorf("what is ready: %v", err)
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	p := start(t, "stops")
	for range 2 { // one that has stopped is stopped
		if err := p.Stop(t.Context()); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("a signal to one that has ended: %v", err)
	}
}

func TestStop_KillsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	p := start(t, "ignores")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := p.Err(); err == nil || !strings.HasPrefix(err.Error(), "signal: killed") {
		t.Errorf("it ended by %v", err)
	}
}

func TestStart_SaysThatThereIsNoSuchProgram(t *testing.T) {
	t.Parallel()
	if _, err := process.Start(exec.Command("/no/such/program"), syscall.SIGKILL); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestSaid_NamesTheLog(t *testing.T) {
	t.Parallel()
	log, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	cmd := command("complains")
	cmd.Stderr = log
	p, err := process.Start(cmd, syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Err(); err == nil || err.Error() != "exit status 3: its log is "+log.Name() {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(log.Name()); err != nil || string(text) != "no such setting\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// A process that its parent has not stopped ends when the parent is killed; a Ctrl-C at the parent is not for it.
func TestStart_EndsWithItsParent(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child with its parent")
	}
	parent, line, err := process.StartSaying(t.Context(), command("parent"), syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	var pid, group int
	if _, err := fmt.Sscan(line, &pid, &group); err != nil || pid != group {
		t.Errorf("process %d is in the group %d: %v", pid, group, err)
	}
	if err := parent.Kill(); err != nil {
		t.Fatal(err)
	}
	for gone := false; !gone; {
		gone = errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(t, pid)
		if t.Context().Err() != nil {
			t.Fatalf("process %d outlives its parent", pid)
		}
	}
}

// zombie tells whether pid has ended and nobody has waited for it.
func zombie(t *testing.T, pid int) bool {
	t.Helper()
	status, err := os.Open(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) {
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = status.Close() }()
	text, err := bufio.NewReader(status).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return true
	}
	_, state, _ := strings.Cut(text, ") ")
	return strings.HasPrefix(state, "Z")
}

func TestLines(t *testing.T) {
	t.Parallel()
	var heard []string
	l := &process.Lines{Hear: func(line string) { heard = append(heard, line) }}
	for _, written := range []string{"on", "e\ntw", "o\n\nno line yet"} {
		if n, err := l.Write([]byte(written)); n != len(written) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if got := strings.Join(heard, "|"); got != "one|two|" {
		t.Errorf("got %q", got)
	}
}
