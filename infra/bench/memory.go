package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"syscall"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/laptop"
)

// separately runs db as a process of its own, so that its memory can be told from the rest.
type separately struct{ pid int }

func (s *separately) serve(ctx context.Context, f events.Function, listener net.Listener, env map[string]string) error {
	if f != events.DB {
		return laptop.InProcess(ctx, f, listener, env)
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return fmt.Errorf("hand the port of %s on: %w", f, err)
	}
	cmd := exec.CommandContext(ctx, program, "function", string(f))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = append(os.Environ(), "LISTEN_ADDRESS="+address)
	for _, key := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, key+"="+env[key])
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", f, err)
	}
	s.pid = cmd.Process.Pid
	if err := cmd.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", f, err)
	}
	return nil
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// memory loads db with creates and purchases and reads how much memory it has taken at most. Only Linux tells.
func (r *run) memory(ctx context.Context, own *separately) error {
	r.say("memory of db under load")
	if err := errors.Join(r.many(256, new(float64))(ctx), r.keep(r.purchases)(ctx)); err != nil {
		return err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", own.pid))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the memory of db: %w", err)
	}
	if found := peak.FindSubmatch(status); found != nil {
		kib, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			return fmt.Errorf("read the memory of db: %w", err)
		}
		r.result.DBPeakMiB = kib / 1024
	}
	return nil
}

// keep runs a measurement whose figure is not wanted.
func (r *run) keep(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		before := r.result
		err := do(ctx)
		before.Failures = r.result.Failures
		r.result = before
		return err
	}
}
