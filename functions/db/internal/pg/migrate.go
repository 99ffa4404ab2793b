package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

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
}

// Up brings the database at ownerURL up to date, as the role that owns its tables. Several replicas may start at once: one works, the
// others wait for it. Error: the database is not reachable, or which migration failed.
func (m Migrations) Up(ctx context.Context, ownerURL string) (err error) {
	config, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return errors.New("DATABASE_OWNER_URL is not a Postgres address; want postgres://user:password@host:5432/database")
	}
	database := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, database.Close()) }()
	provider, err := m.Provider(database)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database (DATABASE_OWNER_URL): %w", err)
	}
	_, _, err = m.versions(ctx, provider)
	return err
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
