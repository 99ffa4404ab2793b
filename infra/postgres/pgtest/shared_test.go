package pgtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/filelock"
)

// The shared server goes by itself, with everything it kept, once nobody holds "users"; a new user gets a new one.
func TestTheSharedServerStopsWhenNobodyUsesIt(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is set: without it this waits until a server that nobody uses has ended")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shared")
	if err := os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o711); err != nil {
		t.Fatal(err)
	}
	if err := makePrivate(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		user, err := filelock.WaitShared(filepath.Join(dir, "users"))
		if err != nil {
			t.Fatal(err)
		}
		if dsn, err := startKeeper(dir); err != nil || !strings.HasPrefix(dsn, "postgres://") {
			t.Fatalf("address %q, error %v", dsn, err)
		}
		if _, err := address(dir); err != nil {
			t.Fatalf("its address does not answer: %v", err)
		}
		if err := user.Release(); err != nil {
			t.Fatal(err)
		}
		awaitGone(t, filepath.Join(dir, "server"))
	}
}

func awaitGone(t *testing.T, path string) {
	t.Helper()
	deadline := time.After(6 * idle)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		if _, err := os.Stat(path); os.IsNotExist(err) {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("%s is still there", path)
		}
	}
}
