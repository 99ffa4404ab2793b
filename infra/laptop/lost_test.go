package laptop

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// A mart whose database is gone or is another one does not open empty; one whose broker is gone says what that means.
func TestLostState(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	cfg := Config{Data: pgtest.Folder(t), LogLevel: "error", Empty: true, Log: slog.New(slog.NewTextHandler(&said, nil))}
	m := startMart(t, cfg)
	database := m.Postgres.Folder()
	stopMart(t, m)
	if err := os.RemoveAll(filepath.Join(cfg.Data, "kafka")); err != nil {
		t.Fatal(err)
	}
	stopMart(t, startMart(t, cfg))
	if !strings.Contains(said.String(), "the broker begins anew") {
		t.Errorf("of the lost broker it says only %q", said.String())
	}

	lost := func(how string) {
		t.Helper()
		m, err := Start(t.Context(), cfg)
		if err == nil {
			stopMart(t, m)
			t.Fatal("it opens")
		}
		if !strings.Contains(err.Error(), how) || !strings.Contains(err.Error(), "--postgres") || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %q, want one line with %q", err, how)
		}
	}
	if err := os.RemoveAll(filepath.Join(database, "data")); err != nil {
		t.Fatal(err)
	}
	lost("its database is empty")
	if err := errors.Join(os.RemoveAll(filepath.Join(cfg.Data, "postgres")), os.RemoveAll(database)); err != nil {
		t.Fatal(err)
	}
	lost("its database is gone from it")

	other, err := postgres.Start(t.Context(), postgres.Config{DataDir: filepath.Join(pgtest.Folder(t), "other"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	cfg.Postgres = other.AdminDSN()
	lost("is not on that server")
	if there, err := postgres.DatabaseThere(t.Context(), other.AdminDSN(), "mart"); there || err != nil {
		t.Errorf("a database was made for a mart that does not open: %v, %v", there, err)
	}
}

// A mart that is just ending in the folder is waited for.
func TestAStartWaitsForOneThatEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ending := takeFolder(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openFolder(ctx, dir); err == nil || !strings.Contains(err.Error(), "a mart already runs on "+dir) {
		t.Errorf("while it runs: %v", err)
	}
	opened := make(chan error)
	go func() {
		f, err := openFolder(t.Context(), dir)
		if err == nil {
			err = f.leave()
		}
		opened <- err
	}()
	if err := ending.leave(); err != nil {
		t.Error(err)
	}
	if err := <-opened; err != nil {
		t.Errorf("when it has ended: %v", err)
	}
}
