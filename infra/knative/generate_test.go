package knative

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is committed is what the catalogue says. MART_UPDATE=1 writes it anew, as `make generate` does.
func TestCommittedManifests(t *testing.T) {
	t.Parallel()
	if os.Getenv("MART_UPDATE") != "" {
		if err := Generate("."); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Errorf("%v: run `make generate` and commit", err)
		} else if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s differs: run `make generate` and commit (-want +got)\n%s", name, d)
		}
	}
}

// A generated file that nothing generates any longer is a leftover.
func TestNoLeftovers(t *testing.T) {
	t.Parallel()
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		if strings.HasPrefix(path, ".") { // an overlay that e2e.sh has written
			return nil
		}
		content, err := os.ReadFile(path)
		if err == nil && strings.HasPrefix(string(content), headline) && files[filepath.ToSlash(path)] == nil {
			t.Errorf("%s is generated no longer: delete it", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
