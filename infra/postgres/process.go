package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// defaults suit a laptop and lose nothing: an answered commit is on disk.
var defaults = map[string]string{
	"fsync":                   "on",
	"synchronous_commit":      "on",
	"shared_buffers":          "64MB",
	"max_connections":         "100",
	"max_wal_size":            "1GB",
	"wal_compression":         "on",
	"jit":                     "off",
	"deadlock_timeout":        "200ms",
	"password_encryption":     "scram-sha-256",
	"timezone":                "UTC",
	"log_timezone":            "UTC",
	"log_min_messages":        "warning",
	"log_checkpoints":         "off",
	"logging_collector":       "off",
	"log_destination":         "stderr",
	"cluster_name":            "mart",
	"autovacuum_naptime":      "15s",
	"unix_socket_permissions": "0700",
}

// patience bounds a start: crash recovery after a busy run takes its time.
const patience = 60 * time.Second

// process is one postmaster.
type process struct {
	pid   int
	ended chan struct{} // closed when it is gone
}

// launch starts the server and returns once it takes connections. Backends of a postmaster that was killed may live a
// moment longer and hold its memory; then it tries again.
func launch(ctx context.Context, p place, bin binaries, port int, settings map[string]string) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		process, err := launchOnce(ctx, p, bin, port, settings)
		if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "still in use") {
			return process, err
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

func launchOnce(ctx context.Context, p place, bin binaries, port int, settings map[string]string) (*process, error) {
	log, err := p.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close() // the server has it by then
	before, err := log.Seek(0, 2)
	if err != nil {
		return nil, fmt.Errorf("postgres: open its log: %w", err)
	}
	command := exec.Command(filepath.Join(bin.dir, "postgres"), arguments(p, port, settings)...)
	command.Dir = p.base
	command.Env = serverEnv()
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = attributes(p.as)
	process, err := begin(command)
	if err != nil {
		return nil, fmt.Errorf("postgres: run %s: %w", command.Path, err)
	}
	if err := process.awaitReady(ctx, p); err != nil {
		return nil, fmt.Errorf("postgres: %w: %s (all of it in %s)", err, p.complaint(before), p.log())
	}
	return process, nil
}

func arguments(p place, port int, settings map[string]string) []string {
	all := maps.Clone(defaults)
	maps.Copy(all, settings)
	args := []string{"-D", p.data(), "-k", p.socket, "-h", "127.0.0.1", "-p", strconv.Itoa(port)}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

// begin starts the command on a thread that lives as long as the server: Linux sends the signal that ends a child with
// its parent when the parent's thread goes.
func begin(command *exec.Cmd) (*process, error) {
	started := make(chan error, 1)
	p := &process{ended: make(chan struct{})}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := command.Start(); err != nil {
			started <- err
			return
		}
		p.pid = command.Process.Pid
		started <- nil
		_ = command.Wait() // how it ended is in its log
		close(p.ended)
	}()
	return p, <-started
}

var (
	errEnded  = errors.New("the server ended while starting")
	errNotYet = errors.New("the server does not take connections yet")
)

// awaitReady watches the status that the server writes for exactly this purpose: the eighth line of its pid file.
func (p *process) awaitReady(ctx context.Context, at place) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if lines := at.pidLines(); len(lines) >= 8 && lines[0] == strconv.Itoa(p.pid) && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		select {
		case <-p.ended:
			return errEnded
		case <-ctx.Done():
			return errors.Join(errNotYet, p.signal(syscall.SIGQUIT))
		case <-tick.C:
		}
	}
}

func (p *process) signal(sig syscall.Signal) error {
	err := syscall.Kill(p.pid, sig)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// openLog appends, and starts anew when the log has grown past 16 MiB.
func (p place) openLog() (*os.File, error) {
	flags := os.O_CREATE | os.O_APPEND | os.O_WRONLY
	if info, err := os.Stat(p.log()); err == nil && info.Size() > 16<<20 {
		flags |= os.O_TRUNC
	}
	log, err := os.OpenFile(p.log(), flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("postgres: open its log: %w", err)
	}
	return log, nil
}

// complaint is the last thing that the server called fatal since the log had this size.
func (p place) complaint(since int64) string {
	text, err := os.ReadFile(p.log())
	if err != nil || int64(len(text)) < since {
		return "its log is gone"
	}
	said := string(text[since:])
	for _, line := range slices.Backward(strings.Split(said, "\n")) {
		if _, fault, found := strings.Cut(line, "FATAL:"); found {
			return strings.TrimSpace(fault)
		}
	}
	return lastLine(said)
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("postgres: %w", ctx.Err())
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}
