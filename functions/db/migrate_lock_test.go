package db

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/internal/pg"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
)

// warned takes what is logged as a warning.
type warned struct {
	slog.Handler // of what else there is to one
	warnings     chan string
}

func (s warned) Enabled(context.Context, slog.Level) bool { return true }

func (s warned) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		text := r.Message
		r.Attrs(func(a slog.Attr) bool { text += fmt.Sprintf(" %s=%s", a.Key, a.Value); return true })
		s.warnings <- text
	}
	return nil
}

// stepsOf are migrations in a folder, each up only.
func stepsOf(texts ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, text := range texts {
		head, up, apart := strings.Cut(text, "!")
		if !apart {
			head, up = "", text
		}
		files[fmt.Sprintf("%04d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(head + "-- +goose Up\n" + up + ";\n-- +goose Down\nselect 1;\n")}
	}
	return files
}

// besideTheWork is before a step that is made in no transaction.
const besideTheWork = "-- +goose NO TRANSACTION\n!"

func sessionAt(t *testing.T, url string, statements ...string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// While a dump reads a table that a migration changes, readers go on: the migration does not have them wait behind it. It says for whom it waits, and
// is made once they are through.
func TestMigrationsWaitWithoutHoldingOthersUp(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	m := pg.Migrations{Log: slog.New(slog.DiscardHandler), Files: stepsOf(`create table thing (id int)`), LockWithin: 200 * time.Millisecond, Pause: 10 * time.Millisecond}
	if err := m.Up(t.Context(), database.Owner); err != nil {
		t.Fatal(err)
	}
	dump := sessionAt(t, database.Owner, `set application_name = 'dump'`, `begin`, `select count(*) from thing`)
	warnings := make(chan string, 1000)
	m.Log, m.Files = slog.New(warned{slog.DiscardHandler, warnings}), stepsOf(`create table thing (id int)`, `alter table thing add column more int`)
	done := make(chan error, 1)
	go func() { done <- m.Up(t.Context(), database.Owner) }()
	reader := sessionAt(t, database.Owner)
	want := fmt.Sprintf("holders=pid %d mart_owner (dump) since ", dump.PgConn().PID())
	for told := ""; !strings.Contains(told, "migration=2") || !strings.Contains(told, want) || !strings.Contains(told, "idle in transaction: select count(*) from thing"); {
		told = <-warnings // of one that was too short for a look, another one
		if _, err := reader.Exec(t.Context(), `select from thing`); err != nil {
			t.Errorf("a reader meanwhile: %v", err)
		}
	}
	if _, err := dump.Exec(t.Context(), `commit`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Exec(t.Context(), `select more from thing`); err != nil {
		t.Error(err)
	}
}

// Who stops waiting is told for whom they have waited.
func TestMigrationsThatWaitAreStopped(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	sessionAt(t, database.Owner, `create table thing (id int)`, `begin`, `select from thing`)
	warnings := make(chan string, 1000)
	m := pg.Migrations{
		Log: slog.New(warned{slog.DiscardHandler, warnings}), Files: stepsOf(`alter table thing add column more int`), LockWithin: 200 * time.Millisecond, Pause: 10 * time.Millisecond,
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Up(ctx, database.Owner) }()
	<-warnings
	stop()
	if err := <-done; err == nil {
		t.Error("it is done although somebody has the table")
	}
}

// An index that is built beside the work waits for those who are at it as long as it takes: broken off, it would begin anew.
func TestMigrationsBesideTheWorkAreNotBrokenOff(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	writer := sessionAt(t, database.Owner, `create table thing (id int)`, `begin`, `insert into thing values (1)`)
	warnings := make(chan string, 1000)
	m := pg.Migrations{
		Log:        slog.New(warned{slog.DiscardHandler, warnings}),
		Files:      stepsOf(`create table other (id int)`, besideTheWork+`create index concurrently by_id on thing (id)`, `alter table thing add column more int`),
		LockWithin: 20 * time.Millisecond, Pause: 10 * time.Millisecond,
	}
	done := make(chan error, 1)
	go func() { done <- m.Up(t.Context(), database.Owner) }()
	watcher := sessionAt(t, database.Owner)
	for waited := false; !waited; {
		const long = `select exists (select from pg_stat_activity where datname = current_database() and query like 'create index%'
			and wait_event_type = 'Lock' and now() - query_start > interval '200 ms')`
		if err := watcher.QueryRow(t.Context(), long).Scan(&waited); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			t.Fatalf("it does not wait: %v", err)
		default:
		}
	}
	if _, err := writer.Exec(t.Context(), `commit`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var valid bool
	if err := watcher.QueryRow(t.Context(), `select indisvalid from pg_index where indexrelid = 'by_id'::regclass`).Scan(&valid); err != nil || !valid || len(warnings) > 0 {
		t.Errorf("valid: %v, %v; %d warnings", valid, err, len(warnings))
	}
}
