package laptop

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// A Postgres that somebody kills comes back, and the mart with it.
func TestAKilledDatabaseDoesNotEndTheMart(t *testing.T) {
	t.Parallel()
	m := startMart(t, Config{Data: pgtest.Folder(t), LogLevel: "error", Empty: true})
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- m.Wait(ctx) }()
	text, err := os.ReadFile(filepath.Join(m.Postgres.Folder(), "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	died := m.Postgres.Done()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-died
	within, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for {
		if _, err = client.Get[client.Page[client.Product]](within, client.New(m.URL), "/products"); err == nil {
			break
		}
		select {
		case end := <-ended:
			t.Fatalf("the mart ended: %v", end)
		case <-within.Done():
			t.Fatalf("it sells nothing: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	stopMart(t, m)
}
