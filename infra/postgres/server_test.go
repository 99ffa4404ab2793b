package postgres_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
	"github.com/onlinemart/mart/infra/process"
)

// childEnv makes this test binary run a server in the folder it names, for the test that kills the parent of one.
const childEnv = "MART_TEST_POSTGRES_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		beParent(dir)
	}
	os.Exit(m.Run())
}

func beParent(dir string) {
	server, err := postgres.Start(context.Background(), postgres.Config{DataDir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(server.Folder())
	<-server.Done()
}

func start(t *testing.T, dir string) *postgres.Server {
	t.Helper()
	began := time.Now()
	server, err := postgres.Start(t.Context(), postgres.Config{DataDir: dir, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("Postgres %d ready after %v", server.Version(), time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := server.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return server
}

// folder is a temporary one that the server's user can enter when the tests run as root.
func exec1(t *testing.T, dsn, statement string) {
	t.Helper()
	if err := try(t, dsn, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func try(t *testing.T, dsn, statement string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return err
	}
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), statement)
	return err
}

func query[T any](t *testing.T, dsn, statement string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var value T
	if err := conn.QueryRow(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

func TestCommitsSurviveEveryKindOfEnd(t *testing.T) {
	t.Parallel()
	dir := pgtest.Folder(t)
	server := start(t, dir)
	database, err := server.CreateDatabase(t.Context(), "mart")
	if err != nil {
		t.Fatal(err)
	}
	exec1(t, database.Owner, "create table kept (n int)")
	ends := []struct {
		name string
		end  func() error
	}{
		{"smart", func() error { return server.Stop(t.Context(), postgres.Smart) }},
		{"fast", func() error { return server.Stop(t.Context(), postgres.Fast) }},
		{"immediate", func() error { return server.Stop(t.Context(), postgres.Immediate) }},
		{"kill", func() error { return server.Kill(t.Context()) }},
		{"none", func() error { return nil }},
	}
	for n, by := range ends {
		exec1(t, database.App, "insert into kept values ("+strconv.Itoa(n)+")")
		if err := by.end(); err != nil {
			t.Fatalf("%s: %v", by.name, err)
		}
		began := time.Now()
		if err := server.Restart(t.Context()); err != nil {
			t.Fatalf("restart after %s: %v", by.name, err)
		}
		t.Logf("after %s: ready in %v", by.name, time.Since(began).Round(time.Millisecond))
		if diff := cmp.Diff(int64(n+1), query[int64](t, database.App, "select count(*) from kept")); diff != "" {
			t.Fatalf("rows after %s (-want +got):\n%s", by.name, diff)
		}
	}
	if err := server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := start(t, dir)
	database, err = again.CreateDatabase(t.Context(), "mart")
	if err != nil {
		t.Fatal(err)
	}
	if got := query[int64](t, database.App, "select count(*) from kept"); got != int64(len(ends)) {
		t.Errorf("rows after a new start: got %d, want %d", got, len(ends))
	}
}

func TestTheAppRoleMayOnlyReadAndWriteRows(t *testing.T) {
	t.Parallel()
	server := start(t, pgtest.Folder(t))
	database, err := server.CreateDatabase(t.Context(), "mart")
	if err != nil {
		t.Fatal(err)
	}
	other, err := server.CreateDatabase(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	exec1(t, database.Owner, "create table brand (id int primary key, position serial)")
	for _, statement := range []string{
		"insert into brand (id) values (1)", "update brand set id = 2", "select * from brand", "delete from brand",
	} {
		if err := try(t, database.App, statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	for _, statement := range []string{
		"create table mine (n int)", "create temporary table mine (n int)", "drop table brand", "truncate brand",
		"alter table brand add x int", "create role friend", "create schema s", "set role mart_owner",
		"select pg_read_file('postgresql.conf')",
	} {
		if err := try(t, database.App, statement); err == nil {
			t.Errorf("%s: allowed", statement)
		}
	}
	exec1(t, other.App, "select 1")
	stranger := server.TCPDSN("mart", "mart")
	exec1(t, stranger, "select 1")
	if err := try(t, strings.Replace(stranger, "mart:", "mart:wrong", 1), "select 1"); err == nil {
		t.Error("a wrong password is let in over TCP")
	}
}

func TestSettingsAreDurable(t *testing.T) {
	t.Parallel()
	server := start(t, pgtest.Folder(t))
	got := map[string]string{}
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses", "jit"} {
		got[name] = query[string](t, server.AdminDSN(), "show "+name)
	}
	want := map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on",
		"listen_addresses": "127.0.0.1", "jit": "off",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// Killing the parent ends the server too, or the next start does: never two on one folder, nothing lost.
func TestAKilledParentLeavesAFolderToStartOn(t *testing.T) {
	t.Parallel()
	dir := pgtest.Folder(t)
	for range 3 {
		parent := exec.CommandContext(t.Context(), os.Args[0])
		parent.Env = append(os.Environ(), childEnv+"="+dir)
		parent.Stderr = t.Output()
		owner, folder, err := process.StartSaying(t.Context(), parent, syscall.SIGKILL)
		if err != nil {
			t.Fatal(err)
		}
		old := postmaster(t, folder)
		if err := owner.Kill(); err != nil {
			t.Fatal(err)
		}

		server := start(t, dir)
		if running(t, old) {
			t.Errorf("the old server, pid %d, is still there beside the new one", old)
		}
		if err := server.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// running tells whether pid is a process that has not ended; one that nobody has waited for yet has.
func running(t *testing.T, pid int) bool {
	t.Helper()
	state, _ := exec.CommandContext(t.Context(), "ps", "-o", "state=", "-p", strconv.Itoa(pid)).Output() // fails when it is gone
	return len(state) > 0 && state[0] != 'Z'
}

func postmaster(t *testing.T, folder string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestStartSaysWhatToDo(t *testing.T) {
	t.Parallel()
	inUse := pgtest.Folder(t)
	running := start(t, inUse)

	foreign := pgtest.Folder(t)
	once := start(t, foreign)
	if err := once.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	version := filepath.Join(once.Folder(), "data", "PG_VERSION")
	if err := os.WriteFile(version, []byte("13\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := strconv.Atoi(query[string](t, running.AdminDSN(), "show port"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		cfg  postgres.Config
		want string
	}{
		"folder in use":   {postgres.Config{DataDir: inUse}, "stop that one first"},
		"another version": {postgres.Config{DataDir: foreign}, "was written by Postgres 13"},
		"port taken":      {postgres.Config{DataDir: pgtest.Folder(t), Port: taken}, "choose another"},
		"no folder":       {postgres.Config{}, "no data folder"},
	}
	for name, c := range cases {
		server, err := postgres.Start(t.Context(), c.cfg)
		if err == nil {
			t.Errorf("%s: started", name)
			_ = server.Close(t.Context())
			continue
		}
		t.Log(err)
		if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q, want one line with %q", name, err, c.want)
		}
	}
}

// A folder that the server's user cannot enter, such as one in root's home, is replaced by another, always the same one.
func TestAFolderOutOfReachIsReplaced(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root has to run the server as another user")
	}
	dir := t.TempDir() // closed to others
	first := start(t, dir)
	t.Cleanup(func() { _ = os.RemoveAll(first.Folder()) })
	if first.Folder() == dir {
		t.Fatalf("the server lives in %s, which its user cannot enter", dir)
	}
	note, err := os.ReadFile(filepath.Join(dir, "moved"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(note)); got != first.Folder() {
		t.Errorf("the note says %s, want %s", got, first.Folder())
	}
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second := start(t, dir); second.Folder() != first.Folder() {
		t.Errorf("second start in %s, want %s", second.Folder(), first.Folder())
	}
}

// A copy whose database was left behind is refused with the place of the original, and so is a folder whose database is gone; neither
// leaves a new folder behind.
func TestACopyWithoutItsDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root has to run the server as another user")
	}
	original := t.TempDir() // closed to others
	first := start(t, original)
	database := first.Folder()
	t.Cleanup(func() { _ = os.RemoveAll(database) })
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused := func(dir, want string) {
		t.Helper()
		server, err := postgres.Start(t.Context(), postgres.Config{DataDir: dir})
		if err == nil {
			_ = server.Close(t.Context())
			_ = os.RemoveAll(server.Folder())
			t.Fatalf("it starts in %s", server.Folder())
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %q, want one line with %q", err, want)
		}
		replacement := filepath.Join(os.TempDir(), fmt.Sprintf("mart-postgres-%.6x", sha256.Sum256([]byte(dir))))
		if _, err := os.Stat(replacement); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was made for nothing: %v", replacement, err)
		}
	}
	for _, dir := range []string{t.TempDir(), pgtest.Folder(t)} {
		if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
			t.Fatal(err)
		}
		refused(dir, "was in "+database+": copy "+database+" here as "+dir)
	}
	if err := os.RemoveAll(database); err != nil {
		t.Fatal(err)
	}
	refused(original, "was in "+database+", which is gone: put that folder back")
}
