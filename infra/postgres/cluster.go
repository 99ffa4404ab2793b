package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// access lets whoever may enter the socket's folder in without a password, and asks for one over TCP.
const access = `local all all trust
host all all 127.0.0.1/32 scram-sha-256
`

// initCluster makes the data folder beside its final name and renames it, so that one half made is never taken for one.
func initCluster(ctx context.Context, p layout, bin binaries, secret string, durable bool) error {
	workshop := filepath.Join(p.base, "making")
	if err := os.RemoveAll(workshop); err != nil {
		return fmt.Errorf("postgres: clear the last attempt: %w", err)
	}
	if err := p.own(workshop, 0o700); err != nil {
		return err
	}
	password := filepath.Join(workshop, "password")
	if err := p.write(password, secret+"\n"); err != nil {
		return err
	}
	made := filepath.Join(workshop, "data")
	if err := p.makeData(ctx, bin, made, password); err != nil {
		return err
	}
	if err := p.write(filepath.Join(made, "pg_hba.conf"), access); err != nil {
		return err
	}
	if durable {
		if err := p.tool(ctx, bin, "initdb", "-D", made, "--sync-only"); err != nil {
			return err
		}
	}
	if err := os.Rename(made, p.data()); err != nil {
		return fmt.Errorf("postgres: put the data folder in its place: %w", err)
	}
	if err := os.RemoveAll(workshop); err != nil {
		return fmt.Errorf("postgres: clear up: %w", err)
	}
	return nil
}

// locales sort by code point, so that a list reads the same on a laptop and in CI. The first one also knows the case of
// letters outside of English; not every system has it.
var locales = []string{"C.UTF-8", "C"}

func (p layout) makeData(ctx context.Context, bin binaries, made, password string) error {
	var err error
	for _, locale := range locales {
		err = p.tool(ctx, bin, "initdb", "-D", made, "-U", "postgres", "--pwfile", password, "-A", "scram-sha-256",
			"-E", "UTF8", "--locale", locale, "--data-checksums", "--no-sync", "--no-instructions")
		if err == nil || !strings.Contains(err.Error(), "locale") {
			return err
		}
	}
	return err
}

func (p layout) write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("postgres: write %s: %w", filepath.Base(path), err)
	}
	return p.handOver(path)
}

// tool runs one of Postgres' programs as the server's user and reports its last line when it fails.
func (p layout) tool(ctx context.Context, bin binaries, name string, args ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(bin.dir, name), args...)
	command.Dir = p.base
	command.Env = serverEnv()
	command.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	out, err := command.CombinedOutput()
	if ctx.Err() != nil {
		return fmt.Errorf("postgres: %s: %w", name, ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("postgres: %s: %w: %s", name, err, lastLine(string(out)))
	}
	return nil
}

// serverEnv is ours without PG*: a PGDATA or PGPORT in somebody's shell is not meant for this server.
func serverEnv() []string {
	env := []string{"LC_ALL=C"}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PG") && !strings.HasPrefix(entry, "LC_") && !strings.HasPrefix(entry, "LANG") {
			env = append(env, entry)
		}
	}
	return env
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
