package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/onlinemart/mart/infra/filelock"
	"github.com/onlinemart/mart/infra/postgres"
)

// The shared server belongs to a keeper: a copy of the test binary that was first, in the background. Three files meet:
// "users" is locked, shared, by every test binary for as long as it lives; "start" by the one that looks for the server or
// starts it; "address" holds the server's DSN while it runs. The keeper ends when it gets "users" for itself.

const (
	keeperEnv = "MART_PGTEST_KEEPER" // the folder, in a keeper's environment
	idle      = 5 * time.Second      // without users, before the keeper goes
)

// init turns a test binary that was started as a keeper into one, before any of its tests.
func init() {
	if dir := os.Getenv(keeperEnv); dir != "" {
		if err := keep(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stdout, "error "+err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func folder() string { return filepath.Join(os.TempDir(), "mart-pgtest-"+strconv.Itoa(os.Geteuid())) }

// join returns the shared server, starting it if need be.
func join(dir string) (server, error) {
	if err := makePrivate(dir); err != nil {
		return server{}, err
	}
	users, err := filelock.WaitShared(filepath.Join(dir, "users"))
	if err != nil {
		return server{}, err
	}
	start, err := filelock.Wait(filepath.Join(dir, "start"))
	if err != nil {
		return server{}, err
	}
	dsn, err := address(dir)
	if err != nil {
		dsn, err = startKeeper(dir)
	}
	return server{dsn: dsn, users: users}, errors.Join(err, start.Release())
}

// makePrivate makes the folder, which others may walk through but not read or write.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return fmt.Errorf("make folder for the shared server: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at folder for the shared server: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to somebody else: remove it", dir)
	}
	return os.Chmod(dir, 0o711)
}

// address returns what a keeper wrote, if its server answers.
func address(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "address"))
	if err != nil {
		return "", err
	}
	return string(text), ping(string(text))
}

// startKeeper runs this binary again as a keeper and waits for its one line: the address, or what went wrong.
func startKeeper(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this test binary: %w", err)
	}
	keeper := exec.Command(self)
	keeper.Env = append(os.Environ(), keeperEnv+"="+dir)
	keeper.Dir = dir
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := keeper.StdoutPipe()
	if err != nil {
		return "", fmt.Errorf("start the shared server: %w", err)
	}
	if err := keeper.Start(); err != nil {
		return "", fmt.Errorf("start the shared server: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", errors.Join(fmt.Errorf("start the shared server: its keeper said nothing: %w", err), keeper.Wait())
	}
	go func() { _ = keeper.Wait() }() // should it end before us
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if word != "ready" {
		return "", errors.New(rest)
	}
	return rest, nil
}

// keep runs the server until nobody has used it for a while. Whatever an earlier keeper left is thrown away first.
func keep(ctx context.Context, dir string) error {
	only, err := becomeOnly(ctx, filepath.Join(dir, "keeper"))
	if err != nil {
		return err
	}
	return errors.Join(keepAlone(ctx, dir), only.Release())
}

// becomeOnly waits for a keeper whose server does not answer any more to end.
func becomeOnly(ctx context.Context, path string) (*filelock.Lock, error) {
	lock, err := filelock.Within(ctx, path, 30*time.Second)
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("the shared server does not answer, and its keeper does not end (%w): kill that one", err)
	}
	return lock, err
}

func keepAlone(ctx context.Context, dir string) error {
	data := filepath.Join(dir, "server")
	running, err := startEmpty(ctx, data)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "address")
	if err := os.WriteFile(file, []byte(running.AdminDSN()), 0o600); err != nil {
		return errors.Join(fmt.Errorf("write address: %w", err), running.Close(ctx))
	}
	fmt.Println("ready " + running.AdminDSN())
	alone, err := awaitIdle(filepath.Join(dir, "users"), running.Done())
	if err != nil {
		return errors.Join(err, running.Close(ctx))
	}
	// Holding "users", nobody can come in between: the next one finds no address and starts anew.
	return errors.Join(os.Remove(file), running.Stop(ctx, postgres.Immediate), running.Close(ctx), os.RemoveAll(data), alone.Release())
}

// startEmpty starts on the folder, and on a fresh one if what lies there does not start.
func startEmpty(ctx context.Context, data string) (*postgres.Server, error) {
	cfg := postgres.Config{DataDir: data, Settings: map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300",
	}}
	if err := os.RemoveAll(data); err != nil {
		return nil, fmt.Errorf("clear the shared server's folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return postgres.Start(ctx, cfg)
}

// awaitIdle returns the exclusive lock on users once nobody has held it for the idle time, or the server ended.
func awaitIdle(path string, ended <-chan struct{}) (*filelock.Lock, error) {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	lastUsed := time.Now()
	for {
		select {
		case <-ended:
			return nil, errors.New("the shared server ended by itself")
		case <-look.C:
		}
		lock, err := filelock.Try(path)
		if errors.Is(err, filelock.ErrHeld) {
			lastUsed = time.Now()
			continue
		}
		if err != nil {
			return nil, err
		}
		if time.Since(lastUsed) >= idle {
			return lock, nil
		}
		if err := lock.Release(); err != nil {
			return nil, err
		}
	}
}
