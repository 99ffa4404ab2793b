package db

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the database at ownerURL up to date, as the role that owns its tables.
func Migrate(ctx context.Context, ownerURL string, log *slog.Logger) error {
	m, err := migrations(log)
	if err != nil {
		return err
	}
	return m.Up(ctx, ownerURL)
}

// checkSchema refuses to work on tables older than this program, for when somebody else migrates.
func checkSchema(ctx context.Context, appURL string, log *slog.Logger) error {
	m, err := migrations(log)
	if err != nil {
		return err
	}
	return m.Check(ctx, appURL)
}

func migrations(log *slog.Logger) (pg.Migrations, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return pg.Migrations{}, fmt.Errorf("read the migrations: %w", err)
	}
	return pg.Migrations{Files: files, Go: []*goose.Migration{refold(log), inbox.CarryOver(log)}, Log: log}, nil
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
	_, _ = fmt.Fprint(h, refoldVersion, inbox.CarryVersion)
	return "functions/db " + hex.EncodeToString(h.Sum(nil)), err
}
