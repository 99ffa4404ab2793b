package laptop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/onlinemart/mart/infra/filelock"
	"github.com/onlinemart/mart/infra/running"
)

// folderVersion is what a data folder says that this program can read.
const folderVersion = "1"

// passable lets Postgres, which runs as another user when we are root, reach its own folder in the data folder, and nobody else list
// what is there; each part keeps its files to itself.
const passable = 0o711

// endsWithin is how long a start waits for a mart that is just ending in the same folder.
const endsWithin = 5 * time.Second

// folder is a data folder that nobody else uses.
type folder struct {
	path      string
	lock      *filelock.Lock
	temporary bool
}

// openFolder makes the data folder when there is none, and takes it. Errors say what to do.
func openFolder(ctx context.Context, path string) (*folder, error) {
	f := &folder{path: path, temporary: path == ""}
	var err error
	if f.temporary {
		if f.path, err = os.MkdirTemp("", "mart-"); err != nil {
			return nil, fmt.Errorf("make a temporary data folder: %w", err)
		}
	} else if f.path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("data folder %s: %w", path, err)
	}
	if err := os.MkdirAll(f.path, passable); err != nil {
		return nil, fmt.Errorf("make the data folder (--data): %w", err)
	}
	if f.temporary {
		if err := os.Chmod(f.path, passable); err != nil {
			return nil, fmt.Errorf("open the temporary data folder: %w", err)
		}
	}
	if err := f.ours(); err != nil {
		return nil, err
	}
	f.lock, err = filelock.Within(ctx, f.file(running.LockFile), endsWithin)
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return nil, fmt.Errorf("a mart already runs on %s, %w: stop it, or choose another folder with --data", f.path, err)
	case err != nil:
		return nil, fmt.Errorf("data folder %s (--data): %w", f.path, err)
	}
	if err := os.WriteFile(f.file("version"), []byte(folderVersion+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("mark the data folder: %w", err), f.lock.Release())
	}
	return f, nil
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// ours refuses a folder that holds something else, or what another mart has made.
func (f *folder) ours() error {
	content, err := os.ReadFile(f.file("version"))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(f.path)
		if err != nil {
			return fmt.Errorf("read the data folder (--data): %w", err)
		}
		for _, e := range entries {
			if e.Name() != running.LockFile && (e.Name() != secretsFile || !f.hasSecrets()) {
				return fmt.Errorf("%s holds something that is no mart's (%s): choose another folder with --data", f.path, e.Name())
			}
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the data folder (--data): %w", err)
	}
	if has := strings.TrimSpace(string(content)); has != folderVersion {
		return fmt.Errorf("%s is a data folder of version %q and this mart reads version %s: use the mart that made it, or choose another folder with --data", f.path, has, folderVersion)
	}
	return nil
}

// hasSecrets tells whether the folder's secrets are all that a mart has: whoever has saved them begins a folder with them, for a database that
// is elsewhere.
func (f *folder) hasSecrets() bool {
	secrets, err := readSecrets(f.file(secretsFile))
	for name := range generated {
		if secrets[name] == "" {
			return false
		}
	}
	return err == nil
}

// state is what the parts of a mart keep in its folder. Each is made after the secrets.
var state = []string{"postgres", "kafka", "payments", "mail", ownerMark, catalogueMark}

// kept is which of it is there.
func (f *folder) kept() (names []string) {
	for _, name := range state {
		if f.marked(name) {
			names = append(names, name)
		}
	}
	return names
}

// marked tells whether something that is done once was done.
func (f *folder) marked(name string) bool {
	_, err := os.Stat(f.file(name))
	return err == nil
}

func (f *folder) mark(name, content string) error {
	if err := os.WriteFile(f.file(name), []byte(content+"\n"), 0o600); err != nil {
		return fmt.Errorf("note in the data folder that %s is done: %w", name, err)
	}
	return nil
}

// leave gives the folder back, and removes it when it was temporary.
func (f *folder) leave() error {
	err := f.lock.Release()
	if f.temporary {
		err = errors.Join(err, os.RemoveAll(f.path))
	}
	return err
}

// fits refuses a database in which nothing was ever decided beside a folder of a mart that had opened: its marks speak of another one.
func (m *Mart) fits(ctx context.Context) error {
	if !m.folder.marked(ownerMark) {
		return nil
	}
	empty, err := m.Database.Empty(ctx)
	if err == nil && empty {
		err = m.lostDatabase("is empty")
	}
	return err
}

func (m *Mart) lostDatabase(how string) error {
	return fmt.Errorf("%s (--data) is of a mart that was open before, and its database %s: put the folder postgres back, or name the database with --postgres as before, or choose another folder with --data and begin anew", m.Folder, how)
}
