package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/process"
	"github.com/onlinemart/mart/infra/serve"
)

// childFunction is set in a process that a test started to be one function.
const childFunction = "MART_E2E_CHILD"

// runChild is that process: the function that FUNCTION names, on the inherited port until SIGTERM.
func runChild() int {
	go func() {
		_, _ = os.NewFile(4, "parent").Read(make([]byte, 1)) // ends when the parent does, however that ends
		os.Exit(1)
	}()
	err := serve.Run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// children runs functions as processes of their own, which can be killed: each comes back at once on the same port.
type children struct {
	of  []events.Function // which; the others stay in this process
	log *os.File

	mu      sync.Mutex
	running map[events.Function]*process.Process
	ends    map[events.Function]int     // how often each has ended and was started again
	as      map[events.Function]program // what each is started as
	paused  map[events.Function]bool    // is not started until it is told what to become
	sites   map[events.Function]site
}

// program is what a function runs as; the zero program is this test's own. It finds its port as file 3.
type program struct {
	path string
	env  []string
}

// site is where a function runs: its port and its settings.
type site struct {
	port *os.File
	env  map[string]string
}

func newChildren(t *testing.T, of ...events.Function) *children {
	t.Helper()
	log, err := os.Create(t.TempDir() + "/functions.log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return &children{
		of: of, log: log, running: map[events.Function]*process.Process{}, ends: map[events.Function]int{},
		as: map[events.Function]program{}, paused: map[events.Function]bool{}, sites: map[events.Function]site{},
	}
}

// restarts is how often a process that cannot start is started again.
const restarts = 100

// serve is how laptop runs a function.
func (c *children) serve(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
	if !slices.Contains(c.of, f) {
		return laptop.InProcess(ctx, f, listener, env)
	}
	port, err := portOf(listener)
	if err != nil {
		return fmt.Errorf("hand the port of %s on: %w", f, err)
	}
	defer func() { _ = errors.Join(port.Close(), listener.Close()) }()
	here := site{port, env}
	c.mu.Lock()
	c.sites[f] = here
	c.mu.Unlock()
	for inVain := 0; ; {
		err := c.once(ctx, f, here)
		if ctx.Err() != nil {
			return err
		}
		inVain++
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() != 1 {
			inVain = 0 // it was killed; one that ended by itself had nothing to stand on at that moment, and is started again
		}
		if inVain > restarts {
			return fmt.Errorf("%s as a process: %w", f, err)
		}
		if inVain > 0 {
			time.Sleep(50 * time.Millisecond) // as a cluster does, so that it does not start for nothing all the time
		}
		c.mu.Lock()
		c.ends[f]++
		c.mu.Unlock()
	}
}

// portOf is the listener's socket as a file to hand on. The one that File gives would be made blocking at each start of a process, for all
// that have it: they would hang in accept when they are told to stop.
func portOf(listener net.Listener) (*os.File, error) {
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		return nil, err
	}
	var dup int
	var failed error
	err = raw.Control(func(fd uintptr) {
		syscall.ForkLock.RLock() // no other child may inherit it
		defer syscall.ForkLock.RUnlock()
		if dup, failed = syscall.Dup(int(fd)); failed == nil {
			syscall.CloseOnExec(dup)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(dup), "port"), nil
}

// once runs one process until it ends. When ctx ends it is told to stop, as Kubernetes does.
func (c *children) once(ctx context.Context, f events.Function, at site) error {
	p, err := c.awaitProgram(ctx, f)
	if err != nil {
		return nil // it was not wanted any more
	}
	cmd, free, err := c.command(ctx, f, p, at)
	if err != nil {
		return err
	}
	defer free()
	c.mu.Lock()
	running, err := process.Start(cmd, syscall.SIGKILL)
	if err == nil {
		c.running[f] = running
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return running.Err()
}

// command is f's process before it starts. free gives back what it holds.
func (c *children) command(ctx context.Context, f events.Function, p program, at site) (cmd *exec.Cmd, free func(), err error) {
	if p.path == "" {
		if p.path, err = os.Executable(); err != nil {
			return nil, nil, fmt.Errorf("find this program: %w", err)
		}
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", f, err)
	}
	cmd = exec.CommandContext(ctx, p.path)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 40 * time.Second
	cmd.ExtraFiles, cmd.Stdout, cmd.Stderr = []*os.File{at.port, ours}, c.log, c.log
	cmd.Env = append(process.Environment(at.env), childFunction+"="+string(f), "FUNCTION="+string(f), "LISTEN_FDS=1")
	cmd.Env = append(cmd.Env, p.env...)
	return cmd, func() { _ = errors.Join(ours.Close(), theirs.Close()) }, nil
}

// awaitProgram is what f is to be started as, once it is to be started.
func (c *children) awaitProgram(ctx context.Context, f events.Function) (program, error) {
	for {
		c.mu.Lock()
		p, paused := c.as[f], c.paused[f]
		c.mu.Unlock()
		if !paused {
			return p, ctx.Err()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Millisecond):
		}
		if ctx.Err() != nil {
			return p, ctx.Err()
		}
	}
}

// now is f's process as it is now.
func (c *children) now(f events.Function) *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running[f]
}

// freeze stops a process, and returns when it stands still. SIGCONT lets it go on.
func freeze(ctx context.Context, p *process.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop process %d: %w", p.PID(), err)
	}
	for {
		if still, err := stopped(p.PID()); still || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d does not stand still: %w", p.PID(), ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// signal sends a signal to f's process, and waits until it has ended. One that has ended already is not meant, but the next.
func (c *children) signal(ctx context.Context, f events.Function, s os.Signal) error {
	for {
		c.mu.Lock()
		running, before := c.running[f], c.ends[f]
		c.mu.Unlock()
		if running == nil {
			return fmt.Errorf("%s does not run as a process", f)
		}
		err := running.Signal(s)
		if err == nil {
			return c.ended(ctx, f, before)
		}
		if !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("signal %s: %w", f, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("signal %s: %w", f, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// ended waits until f has ended more often than before.
func (c *children) ended(ctx context.Context, f events.Function, before int) error {
	for {
		c.mu.Lock()
		ended := c.ends[f] > before
		c.mu.Unlock()
		if ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the end of %s: %w", f, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}
