// Package process runs programs beside this one, all in one way: each in a process group of its own, so that a Ctrl-C is its parent's
// business; on Linux it ends with its parent, however that ends; it is waited for; and what goes wrong comes with the last that it said.
package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/onlinemart/mart/infra/health"
)

// Process is a program that was started.
type Process struct {
	cmd   *exec.Cmd
	said  *lastWords
	ended chan struct{}
	err   error // read it after ended
}

// Start starts a command that was not started yet. orphaned is the signal that it gets when its parent is gone. What it writes goes to
// the command's Stdout and Stderr; where there is no Stderr its end is kept for errors.
func Start(cmd *exec.Cmd, orphaned syscall.Signal) (*Process, error) {
	p := &Process{cmd: cmd, said: &lastWords{}, ended: make(chan struct{})}
	if cmd.Stderr == nil {
		cmd.Stderr = p.said
		if cmd.Stdout == nil {
			cmd.Stdout = p.said
		}
	}
	cmd.SysProcAttr = attributes(cmd.SysProcAttr, orphaned)
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// run stays on one thread for as long as the program lives: Linux takes the end of the thread that started it for that of its parent.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := p.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	defer close(p.ended)
	if p.err = p.cmd.Wait(); p.cmd.ProcessState.Success() {
		p.err = nil // that a context has ended by then is no fault of its
	}
}

// PID is its number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when it has ended.
func (p *Process) Done() <-chan struct{} { return p.ended }

// Err waits for its end, and is why it failed, with the last that it said; nil when it ended well.
func (p *Process) Err() error {
	<-p.ended
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", p.err, p.Said())
}

// Said is the last that it said, or where that is written down.
func (p *Process) Said() string {
	if file, ok := p.cmd.Stderr.(*os.File); ok {
		return "its log is " + file.Name()
	}
	return p.said.String()
}

// Signal sends it a signal. Error: os.ErrProcessDone when it has ended.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Await returns when ready has no error; it looks that often. Error: it ended instead, with what it said, or ctx did.
func (p *Process) Await(ctx context.Context, every time.Duration, ready func(context.Context) error) error {
	err := health.Await(ctx, every, ready, p.ended)
	if errors.Is(err, health.ErrEnded) {
		return fmt.Errorf("%w: %w", err, p.Err())
	}
	return err
}

// Stop tells it to end and returns when it has. Error: why it failed, or that it had to be killed, for ctx ended before it.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.cmd.Path, err)
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		err := p.Kill()
		return errors.Join(fmt.Errorf("%s does not stop: %w: %s", p.cmd.Path, ctx.Err(), p.Said()), err)
	}
	if err := p.Err(); err != nil {
		return fmt.Errorf("stop %s: %w", p.cmd.Path, err)
	}
	return nil
}

// Kill ends it as a crash would, and returns when it has ended.
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.cmd.Path, err)
	}
	<-p.ended
	return nil
}

// Environment is this process's own with these settings over it.
func Environment(settings map[string]string) []string {
	all := os.Environ()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		all = append(all, name+"="+settings[name])
	}
	return all
}
