package laptop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A first start makes every secret up, once; only its owner can read the file.
func TestSecrets_FirstStart(t *testing.T) {
	t.Parallel()
	f := takeFolder(t, t.TempDir())
	first, err := f.loadSecrets()
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != len(generated) {
		t.Errorf("%d secrets, want %d", len(first), len(generated))
	}
	again, err := f.loadSecrets()
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("%v: the next start has others: %s", err, diff)
	}
	info, err := os.Stat(f.file(secretsFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v: %v", err, info.Mode())
	}
}

// Where there is a database already, lost secrets are not made anew: nothing starts and nothing is written.
func TestSecrets_LostBesideADatabase(t *testing.T) {
	t.Parallel()
	for says, lose := range map[string]func(t *testing.T, path string){
		"the file": func(t *testing.T, path string) { remove(t, path) },
		"a line": func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			before, after, _ := strings.Cut(string(text), "EVENT_PERSONAL_KEYS=")
			_, after, _ = strings.Cut(after, "\n")
			if err := os.WriteFile(path, []byte(before+after), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			f := takeFolder(t, dir)
			if _, err := f.loadSecrets(); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(dir, "postgres", "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := f.leave(); err != nil {
				t.Fatal(err)
			}
			lose(t, f.file(secretsFile))
			before := listing(t, dir)
			_, err := Start(t.Context(), Config{Data: dir})
			if err == nil || !strings.Contains(err.Error(), "EVENT_PERSONAL_KEYS") || !strings.Contains(err.Error(), "(postgres) cannot be read: put the file back") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(before, listing(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A folder that holds the saved secrets and nothing else is a mart's, for a database that is elsewhere; another file of that name is not.
func TestSecrets_SavedOnesBeginAFolder(t *testing.T) {
	t.Parallel()
	dir, saved := t.TempDir(), madeUp()
	path := filepath.Join(dir, secretsFile)
	if err := writeSecrets(path, saved); err != nil {
		t.Fatal(err)
	}
	got, err := takeFolder(t, dir).loadSecrets()
	if diff := cmp.Diff(saved, got); diff != "" || err != nil {
		t.Errorf("%v: (-saved +got)\n%s", err, diff)
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, secretsFile), []byte("API_KEY=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(t.Context(), other); err == nil || !strings.Contains(err.Error(), "is no mart's (secrets.env)") {
		t.Errorf("another's secrets: %v", err)
	}
}

func takeFolder(t *testing.T, dir string) *folder {
	t.Helper()
	f, err := openFolder(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// listing is every file below dir with what is in it.
func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			found[path] = "folder"
			return err
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
