// Package pgtest gives each test a Postgres database of its own in about 50 ms. All test binaries of one
// user share one server: the first that needs it starts it, and it stops by itself some seconds after the last one ended.
// It forgets everything then and does not sync to disk; a test about crashes runs a postgres.Server of its own.
// MART_TEST_POSTGRES names a server to use instead: the URL of a role that may create roles and databases.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/infra/filelock"
	"github.com/onlinemart/mart/infra/postgres"
)

// password is that of the two roles on the shared server, where it protects nothing: its socket is private.
const password = "pgtest"

// patience bounds each step here; the slowest, a first start with a download, takes about ten seconds.
const patience = 90 * time.Second

// server is what this process's tests use. Holding users keeps the shared one running; it ends with the process.
type server struct {
	dsn   string
	users *filelock.Lock
}

var shared = sync.OnceValues(findServer)

func findServer() (server, error) {
	if given := os.Getenv("MART_TEST_POSTGRES"); given != "" {
		if err := ping(given); err != nil {
			return server{}, fmt.Errorf("MART_TEST_POSTGRES is set, but: %w; give it as postgres://user:password@host:port/postgres", err)
		}
		return server{dsn: given}, nil
	}
	return join(folder())
}

func ping(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return run(ctx, dsn, "select 1")
}

// AdminDSN connects as a role that may create databases. The test fails, loudly, when there is no Postgres.
func AdminDSN(t testing.TB) string {
	t.Helper()
	found, err := shared()
	if err != nil {
		t.Fatalf("THIS TEST NEEDS A POSTGRES and found none: %v", err)
	}
	return found.dsn
}

// New makes an empty database with Mart's two roles; it is dropped when the test ends.
func New(t testing.TB) postgres.Database {
	t.Helper()
	return Migrated(t, "empty", func(context.Context, string) error { return nil })
}

// Migrated makes a copy of a database that migrate has filled. migrate runs once for each key on the shared server, not
// once for each test: key must change whenever what migrate does changes (a hash of the migrations, say). migrate must
// leave no connection open.
func Migrated(t testing.TB, key string, migrate func(ctx context.Context, owner string) error) postgres.Database {
	t.Helper()
	dsn := AdminDSN(t)
	template := ensureTemplate(t, dsn, key, migrate)
	name := "test_" + newName()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	t.Cleanup(func() { drop(t, dsn, name) })
	database, err := postgres.CopyDatabase(ctx, dsn, template, name, password)
	if err != nil {
		t.Fatal(err)
	}
	return database
}

// Folder is a temporary folder for a server's data that Postgres may enter whoever it runs as. t.TempDir lies in one that only its user may
// enter: root's data would be kept beside it, where nothing removes it.
func Folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func drop(t testing.TB, dsn, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := postgres.DropDatabase(ctx, dsn, name); err != nil {
		t.Errorf("clear up: %v", err)
	}
}

var templates sync.Map // key → *sync.Mutex: one test of this binary at a time makes it

// ensureTemplate makes the template where it is missing. It is renamed to its name when it is complete, so no test ever
// copies one half migrated, whichever binary makes it.
func ensureTemplate(t testing.TB, dsn, key string, migrate func(ctx context.Context, owner string) error) string {
	t.Helper()
	mutex, _ := templates.LoadOrStore(key, new(sync.Mutex))
	mutex.(*sync.Mutex).Lock()
	defer mutex.(*sync.Mutex).Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	name := "template_" + strings.ReplaceAll(uuid.NewSHA1(uuid.NameSpaceURL, []byte(key)).String(), "-", "")
	if there, err := exists(ctx, dsn, name); err != nil {
		t.Fatal(err)
	} else if there {
		return name
	}
	making := "making_" + newName()
	defer drop(t, dsn, making) // when it was not renamed
	database, err := postgres.CreateDatabase(ctx, dsn, making, password)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(ctx, database.Owner); err != nil {
		t.Fatalf("migrate the template: %v", err)
	}
	if err := run(ctx, dsn, fmt.Sprintf("alter database %s rename to %s", quoted(making), quoted(name))); err != nil {
		if there, again := exists(ctx, dsn, name); again != nil || !there {
			t.Fatalf("keep the template: %v", err)
		} // another binary was first
	}
	return name
}

func exists(ctx context.Context, dsn, name string) (there bool, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return false, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "select exists(select from pg_database where datname = $1)", name).Scan(&there)
	return there, err
}

func run(ctx context.Context, dsn, statement string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func newName() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
