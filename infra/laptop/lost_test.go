package laptop

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A mart whose database is gone or is another one does not open empty; one whose broker is gone says what that means.
func TestLostState(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	cfg := Config{Data: t.TempDir(), LogLevel: "error", Empty: true, Log: slog.New(slog.NewTextHandler(&said, nil))}
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
}
