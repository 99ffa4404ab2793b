package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/onlinemart/mart/infra/poll"
)

// stopLeftover ends a server that a killed parent left on this data folder, and clears away the pid file of one that died
// itself. Holding the folder's lock, we know that nobody is using it.
func (p layout) stopLeftover(ctx context.Context, log *slog.Logger) error {
	lines := p.pidLines()
	if len(lines) == 0 {
		return nil
	}
	pid, err := strconv.Atoi(lines[0])
	if err != nil || pid <= 0 || !p.isServer(ctx, pid) {
		return p.removePidFile()
	}
	log.Warn("postgres: the last run left its server behind, stopping it", "pid", pid)
	for _, attempt := range []struct {
		signal syscall.Signal
		within time.Duration
	}{{syscall.SIGINT, 15 * time.Second}, {syscall.SIGQUIT, 10 * time.Second}} {
		if err := syscall.Kill(pid, attempt.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("postgres: stop the server left behind, pid %d: %w", pid, err)
		}
		if p.awaitEnd(ctx, pid, attempt.within) {
			return p.removePidFile()
		}
	}
	return fmt.Errorf("postgres: a server left behind, pid %d, does not stop: kill it by hand and start again", pid)
}

func (p layout) awaitEnd(ctx context.Context, pid int, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return poll.Until(ctx, looksEvery, func(ctx context.Context) (bool, error) { return !p.isServer(ctx, pid), nil }) == nil
}

// isServer tells whether pid is a living server on this data folder and not another program that got its number.
func (p layout) isServer(ctx context.Context, pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		text, err = exec.CommandContext(ctx, "ps", "-ww", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
	}
	return err == nil && strings.Contains(string(text), p.data())
}

func (p layout) removePidFile() error {
	if err := os.Remove(p.pidFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("postgres: remove the pid file left behind: %w", err)
	}
	return nil
}

func (p layout) pidLines() []string {
	text, err := os.ReadFile(p.pidFile())
	if err != nil || len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n")
}
