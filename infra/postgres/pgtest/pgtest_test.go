package pgtest_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			database := pgtest.New(t)
			t.Logf("a database in %v", time.Since(began).Round(time.Millisecond))
			execute(t, database.Owner, "create table mine (n int)")
			execute(t, database.App, "insert into mine values (1)")
		})
	}
}

func TestMigrationsRunOnceAndEveryTestGetsACopy(t *testing.T) {
	t.Parallel()
	var migrations atomic.Int32
	key := t.Name() + time.Now().String()
	t.Run("copies", func(t *testing.T) {
		for range 8 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				database := pgtest.Migrated(t, key, func(ctx context.Context, owner string) error {
					migrations.Add(1)
					execute(t, owner, "create table brand (name text); insert into brand values ('Acme')")
					return nil
				})
				execute(t, database.App, "insert into brand values ('Zenith')")
				if diff := cmp.Diff([]string{"Acme", "Zenith"}, names(t, database.App)); diff != "" {
					t.Errorf("brands (-want +got):\n%s", diff)
				}
			})
		}
	})
	if got := migrations.Load(); got != 1 {
		t.Errorf("migrations ran %d times, want once", got)
	}
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func execute(t *testing.T, dsn, statement string) {
	t.Helper()
	conn := connect(t, dsn)
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dsn string) []string {
	t.Helper()
	rows, err := connect(t, dsn).Query(t.Context(), "select name from brand order by name")
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}
