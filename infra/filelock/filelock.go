// Package filelock keeps two processes out of one data folder. The lock is the kernel's (flock), so it vanishes with the
// process that holds it, however that ends: there is never a stale lock to remove by hand.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/onlinemart/mart/infra/poll"
)

// ErrHeld is what Try returns, wrapped with the holder's pid where it is known, when another process has the lock.
var ErrHeld = errors.New("held by another process")

// Lock is one held lock.
type Lock struct{ file *os.File }

// Try takes the lock at once or returns ErrHeld. The file is created and stays; only the lock on it matters.
func Try(path string) (*Lock, error) { return take(path, syscall.LOCK_EX|syscall.LOCK_NB) }

// triedEvery is how often Within looks.
const triedEvery = 50 * time.Millisecond

// Within takes the lock as soon as whoever holds it gives it up, or returns ErrHeld after that time or when ctx ends.
func Within(ctx context.Context, path string, patience time.Duration) (*Lock, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var lock *Lock
	var err error
	_ = poll.Until(ctx, triedEvery, func(context.Context) (bool, error) { // err says why the wait was in vain
		lock, err = Try(path)
		return !errors.Is(err, ErrHeld), nil
	})
	return lock, err
}

// Wait takes the lock, waiting for as long as somebody else holds it.
func Wait(path string) (*Lock, error) { return take(path, syscall.LOCK_EX) }

// WaitShared takes the lock together with any number of others that share it; it waits only for an exclusive holder.
func WaitShared(path string) (*Lock, error) { return take(path, syscall.LOCK_SH) }

func take(path string, how int) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		holder, _ := os.ReadFile(path) // only to name the holder
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, held(strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if how&syscall.LOCK_EX != 0 {
		if err := sign(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return &Lock{file: file}, nil
}

func held(pid string) error {
	if pid == "" {
		return ErrHeld
	}
	return fmt.Errorf("%w (pid %s)", ErrHeld, pid)
}

func sign(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	if _, err := file.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0); err != nil {
		return fmt.Errorf("sign lock: %w", err)
	}
	return nil
}

// Release gives the lock up.
func (l *Lock) Release() error { return l.file.Close() }
