package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/onlinemart/mart/infra/poll"
	"github.com/onlinemart/mart/infra/process"
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

// looksEvery is how often a server's files and process are looked at.
const looksEvery = 20 * time.Millisecond

// launch starts the server and returns once it takes connections. Backends of a postmaster that was killed may live a
// moment longer and hold its memory; then it tries again.
func launch(ctx context.Context, p layout, bin binaries, port int, settings map[string]string) (*process.Process, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var server *process.Process
	var err error
	ended := poll.Until(ctx, looksEvery, func(ctx context.Context) (bool, error) {
		server, err = launchOnce(ctx, p, bin, port, settings)
		return err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "still in use"), nil
	})
	if ended != nil {
		return nil, fmt.Errorf("postgres: %w", ended)
	}
	return server, err
}

func launchOnce(ctx context.Context, p layout, bin binaries, port int, settings map[string]string) (*process.Process, error) {
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
	command.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	server, err := process.Start(command, syscall.SIGINT) // a fast shutdown
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	err = server.Await(ctx, 5*time.Millisecond, func(context.Context) error { return p.launched(server.PID()) })
	if ctx.Err() != nil && err != nil {
		err = errors.Join(err, signalled(server, syscall.SIGQUIT))
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: start the server: %w: %s", err, p.complaint(before))
	}
	return server, nil
}

// signalled signals a server; one that has ended needs none.
func signalled(server *process.Process, sig syscall.Signal) error {
	if err := server.Signal(sig); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

func arguments(p layout, port int, settings map[string]string) []string {
	all := maps.Clone(defaults)
	maps.Copy(all, settings)
	args := []string{"-D", p.data(), "-k", p.socket, "-h", "127.0.0.1", "-p", strconv.Itoa(port)}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

// launched is the status that the server writes for exactly this purpose: the eighth line of its pid file.
func (p layout) launched(pid int) error {
	if lines := p.pidLines(); len(lines) < 8 || lines[0] != strconv.Itoa(pid) || strings.TrimSpace(lines[7]) != "ready" {
		return errors.New("the server does not take connections yet")
	}
	return nil
}

// openLog appends, and starts anew when the log has grown past 16 MiB.
func (p layout) openLog() (*os.File, error) {
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
func (p layout) complaint(since int64) string {
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
