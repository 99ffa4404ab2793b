package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrations are the steps by which a database becomes what a program needs.
type Migrations struct {
	Files fs.FS              // in SQL
	Go    []*goose.Migration // those that SQL cannot say
	Log   *slog.Logger

	// What a test may want otherwise; zero is as ever.
	LockWithin time.Duration // how long a step waits for a table that somebody else has
	Pause      time.Duration // until it is tried again; then twice as long each time
}

// Up brings the database at ownerURL up to date, as the role that owns its tables. Several replicas may start at once: one works, the
// others wait for it. A step that does not get its locks is tried again until ctx ends. Error: the database is not reachable, or which migration failed.
func (m Migrations) Up(ctx context.Context, ownerURL string) (err error) {
	config, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return errors.New("DATABASE_OWNER_URL is not a Postgres address; want postgres://user:password@host:5432/database")
	}
	// What waits for a lock on a table has all wait behind it that come later, readers too: so no step waits long. What is built beside the work waits for
	// others without having anybody wait, and begins anew when it is broken off.
	hasty, patient := m.connect(config, m.lockWithin()), m.connect(config, 0)
	defer func() { err = errors.Join(err, hasty.Close(), patient.Close()) }()
	quick, err := m.Provider(hasty)
	if err != nil {
		return err
	}
	slow, err := m.Provider(patient)
	if err != nil {
		return err
	}
	if err := m.steps(ctx, config, quick, slow); err != nil {
		return fmt.Errorf("migrate the database (DATABASE_OWNER_URL): %w", err)
	}
	_, _, err = m.versions(ctx, quick)
	return err
}

// steps makes all steps in their order, by the provider that is for each.
func (m Migrations) steps(ctx context.Context, config *pgx.ConnConfig, quick, slow *goose.Provider) error {
	current, _, err := quick.GetVersions(ctx)
	if err != nil {
		return err
	}
	var before int64
	for _, step := range quick.ListSources() {
		if step.Version > current && m.besideTheWork(step) {
			if before > current {
				err = m.insist(ctx, config, quick, before)
			}
			if err == nil {
				_, err = slow.UpTo(ctx, step.Version)
			}
			if err != nil {
				return err
			}
		}
		before = step.Version
	}
	return m.insist(ctx, config, quick, math.MaxInt64)
}

// migrating is what the connections of a migration are called.
const migrating = "mart-migrations"

// connect opens connections on which a statement waits so long for a lock; 0: as long as it takes.
func (m Migrations) connect(config *pgx.ConnConfig, wait time.Duration) *sql.DB {
	named := config.Copy()
	named.RuntimeParams["application_name"] = migrating
	set := func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf("set lock_timeout = %d", wait.Milliseconds()))
		return err
	}
	return stdlib.OpenDB(*named, stdlib.OptionAfterConnect(set))
}

// besideTheWork tells of a step that is in no transaction, as what is made concurrently.
func (m Migrations) besideTheWork(step *goose.Source) bool {
	text, err := fs.ReadFile(m.Files, step.Path) // those in Go are no files
	return err == nil && strings.Contains(string(text), "-- +goose NO TRANSACTION")
}

// versions is what the tables are and what this program needs. Tables of a later release will do, after a rollback: a migration only
// adds. Error: Postgres is away.
func (m Migrations) versions(ctx context.Context, provider *goose.Provider) (current, target int64, err error) {
	if current, target, err = provider.GetVersions(ctx); err != nil {
		return 0, 0, fmt.Errorf("read the version of the tables: %w", err)
	}
	if current > target {
		m.Log.Warn("the tables are of a later release; this one works on them as they are", "tables", current, "this release", target)
	}
	return current, target, nil
}

// Provider is how goose makes the steps in a database.
func (m Migrations) Provider(database *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return nil, fmt.Errorf("prepare the migrations' lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, database, m.Files,
		goose.WithSessionLocker(locker), goose.WithSlog(m.Log), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(m.Go...))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

// Check refuses to work on tables older than this program, for when somebody else migrates.
func (m Migrations) Check(ctx context.Context, appURL string) (err error) {
	config, err := pgx.ParseConfig(appURL)
	if err != nil {
		return errors.New("DATABASE_URL is not a Postgres address; want postgres://user:password@host:5432/database")
	}
	database := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, database.Close()) }()
	provider, err := m.Provider(database)
	if err != nil {
		return err
	}
	current, target, err := m.versions(ctx, provider)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	if current < target {
		return fmt.Errorf("the tables are of version %d and this program needs %d: set DATABASE_OWNER_URL so that it can migrate", current, target)
	}
	return nil
}
