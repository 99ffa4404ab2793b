package postgres

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
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
	layout, err := chooseLayout(filepath.Join(dir, "server"))
	if err != nil {
		t.Fatal(err)
	}
	fetched, err := source{say: func(string) {}}.download(t.Context(), 0, layout)
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

// Whoever waits for a download has been told what it is, how large, and where it stays; a repository without it is an error that says so.
func TestADownloadIsSaidBeforeItBegins(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	said := make(chan string, 1)
	var asked atomic.Int32
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if len(said) != 1 {
			t.Errorf("GET %s before a word was said", r.URL)
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer repository.Close()
	from := source{repository: repository.URL, say: func(line string) { said <- line }}
	if _, err := from.download(t.Context(), 0, layout{}); err == nil || !strings.Contains(err.Error(), "no version found") {
		t.Errorf("error: got %v", err)
	}
	if asked.Load() == 0 {
		t.Error("the repository was not asked")
	}
	line := <-said
	for _, part := range []string{"downloading Postgres 18", size(runtime.GOOS), os.Getenv("XDG_CACHE_HOME")} {
		if !strings.Contains(line, part) {
			t.Errorf("%q does not say %q", line, part)
		}
	}
}

// A start that something else ends while it looks has not found that no Postgres is installed.
func TestABrokenOffSearchIsNoVerdict(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	said := 0
	_, err := findBinaries(ctx, layout{}, source{say: func(string) { said++ }})
	if !errors.Is(err, context.Canceled) || said != 0 {
		t.Errorf("said %d lines, error: %v", said, err)
	}
}

// A download that is broken off ends, and leaves nothing behind; neither does an earlier one whose process was killed.
func TestABrokenOffDownloadLeavesNothing(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	cache, err := cacheFolder(layout{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(cache, "fetch-1", "runtime"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "15000000")
		_, _ = w.Write([]byte("PK")) // whoever reads it is interrupted
		interrupt()
		<-r.Context().Done()
	}))
	defer repository.Close()
	if _, err := (source{repository: repository.URL, say: func(string) {}}).download(ctx, 0, layout{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error: got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "fetch-*")); len(left) > 0 { // the pattern is well-formed
		t.Errorf("left behind: %v", left)
	}
}

// When the repository cannot be reached, its own address is named, not the one that it is asked through.
func TestARepositoryOutOfReachIsNamed(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	_, err := source{repository: away.URL, say: func(string) {}}.download(t.Context(), 0, layout{})
	if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(away.URL, "http://")+": connect: connection refused") {
		t.Errorf("error: got %v", err)
	}
}
