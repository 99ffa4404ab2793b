package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the database at ownerURL up to date, as the role that owns its tables. Several replicas may start at once: one
// works, the others wait for it. Error: the database is not reachable, or which migration failed.
func Migrate(ctx context.Context, ownerURL string, log *slog.Logger) (err error) {
	config, err := pgx.ParseConfig(ownerURL)
	if err != nil {
		return errors.New("DATABASE_OWNER_URL is not a Postgres address; want postgres://user:password@host:5432/database")
	}
	database := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, database.Close()) }()
	provider, err := migrations(database, log)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database (DATABASE_OWNER_URL): %w", err)
	}
	_, _, err = versions(ctx, provider, log)
	return err
}

// versions is what the tables are and what this program needs. Tables of a later release will do, after a rollback: a migration only
// adds. Error: Postgres is away.
func versions(ctx context.Context, provider *goose.Provider, log *slog.Logger) (current, target int64, err error) {
	if current, target, err = provider.GetVersions(ctx); err != nil {
		return 0, 0, fmt.Errorf("read the version of the tables: %w", err)
	}
	if current > target {
		log.Warn("the tables are of a later release; this one works on them as they are", "tables", current, "this release", target)
	}
	return current, target, nil
}

// SchemaKey changes whenever a migration does, so that a test may copy a migrated database instead of migrating one.
func SchemaKey() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrationFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := migrationFiles.ReadFile(path)
		_, _ = h.Write(raw)
		return err
	})
	_, _ = fmt.Fprint(h, refoldVersion, carryVersion)
	return "functions/db " + hex.EncodeToString(h.Sum(nil)), err
}

func migrations(database *sql.DB, log *slog.Logger) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return nil, fmt.Errorf("prepare the migrations' lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, database, files,
		goose.WithSessionLocker(locker), goose.WithSlog(log), goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(refold(log), carryOver(log)))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

// checkSchema refuses to work on tables older than this program, for when somebody else migrates.
func checkSchema(ctx context.Context, appURL string, log *slog.Logger) (err error) {
	config, err := pgx.ParseConfig(appURL)
	if err != nil {
		return errors.New("DATABASE_URL is not a Postgres address; want postgres://user:password@host:5432/database")
	}
	database := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, database.Close()) }()
	provider, err := migrations(database, log)
	if err != nil {
		return err
	}
	current, target, err := versions(ctx, provider, log)
	if err != nil {
		return fmt.Errorf("DATABASE_URL: %w", err)
	}
	if current < target {
		return fmt.Errorf("the tables are of version %d and this program needs %d: set DATABASE_OWNER_URL so that it can migrate", current, target)
	}
	return nil
}
