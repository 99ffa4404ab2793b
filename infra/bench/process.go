package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/onlinemart/mart/events"
)

// process is one function as a process of its own.
type process struct {
	url    string
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	ended  chan error // of the process, once
}

// launch runs a command that becomes the function f, on a free port of the loopback.
func launch(ctx context.Context, command []string, f events.Function, env map[string]string) (*process, error) {
	port, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	address := port.Addr().String()
	if err := port.Close(); err != nil {
		return nil, fmt.Errorf("free the port: %w", err)
	}
	p := &process{url: "http://" + address, cmd: exec.CommandContext(ctx, command[0], command[1:]...), stderr: &bytes.Buffer{}, ended: make(chan error, 1)}
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = time.Minute
	p.cmd.Env = append(os.Environ(), "FUNCTION="+string(f), "LISTEN_ADDRESS="+address)
	for _, key := range slices.Sorted(maps.Keys(env)) {
		p.cmd.Env = append(p.cmd.Env, key+"="+env[key])
	}
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", f, err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	return p, nil
}

// awaitReady returns when it can take requests. Error: it ended instead, with what it said.
func (p *process) awaitReady(ctx context.Context) error {
	asking := &http.Client{Timeout: time.Second}
	defer asking.CloseIdleConnections()
	for !ready(ctx, asking, p.url) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-p.ended:
			p.ended <- err
			return fmt.Errorf("it ended: %w: %s", err, p.stderr)
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// end tells it to stop and waits for it. It joins err, so that a caller can end with it.
func (p *process) end(err error) error {
	if p == nil {
		return err
	}
	if signalled := p.cmd.Process.Signal(syscall.SIGTERM); signalled != nil && !errors.Is(signalled, os.ErrProcessDone) {
		return errors.Join(err, signalled)
	}
	if stopped := <-p.ended; stopped != nil {
		return errors.Join(err, fmt.Errorf("stop: %w: %s", stopped, p.stderr))
	}
	return err
}
