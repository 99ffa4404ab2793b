package postgres

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// The downloaded Postgres is the way out on a machine without one; the test fetches 15 MB, so it runs on request.
func TestADownloadedPostgresRuns(t *testing.T) {
	if os.Getenv("MART_TEST_DOWNLOAD") == "" {
		t.Skip("MART_TEST_DOWNLOAD is not set: set it to 1 to download a Postgres and run it")
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	place, err := choosePlace(filepath.Join(dir, "server"))
	if err != nil {
		t.Fatal(err)
	}
	fetched, err := download(t.Context(), 0, place, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PG_BIN", fetched.dir)
	server, err := Start(t.Context(), Config{DataDir: filepath.Join(dir, "server")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.CreateDatabase(t.Context(), "mart"); err != nil {
		t.Error(err)
	}
	if server.Version() != newest {
		t.Errorf("version: got %d, want %d", server.Version(), newest)
	}
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
