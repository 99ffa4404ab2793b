package postgres_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// crash kills the server behind its back.
func crash(t *testing.T, server *postgres.Server) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(server.Folder(), "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	ended := server.Done()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
}

// A kept server comes back when it crashes, at the same address and with what it had, but neither when it is stopped nor for ever.
func TestKeep(t *testing.T) {
	t.Parallel()
	server := start(t, pgtest.Folder(t))
	database, err := server.CreateDatabase(t.Context(), "mart")
	if err != nil {
		t.Fatal(err)
	}
	exec1(t, database.Owner, "create table kept (n int)")
	told, gaveUp := make(chan string, 10), make(chan error, 1)
	go func() { gaveUp <- server.Keep(t.Context(), func(reason string) { told <- reason }) }()
	comesBack := func() {
		t.Helper()
		select {
		case <-told:
		case err := <-gaveUp:
			t.Fatalf("it is not kept: %v", err)
		}
	}
	for range 2 {
		crash(t, server)
		comesBack()
		exec1(t, database.App, "insert into kept values (1)")
	}
	if err := server.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if server.Done() != nil {
		t.Error("a server that was told to end came back")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		crash(t, server)
		comesBack()
	}
	if n := query[int](t, database.App, "select count(*) from kept"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	crash(t, server)
	if err := <-gaveUp; err == nil || !strings.Contains(err.Error(), "ended by itself 6 times within 10m0s: its log is "+server.Log()) {
		t.Errorf("got %v", err)
	}
}
