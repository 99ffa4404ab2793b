package scaffold

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ignored tells what func leaves out of an image: a pattern with a leading slash is a path from the root, another is a name
// or a glob of a name at any depth. Some names func always leaves out.
func ignored(patterns []string, path string) bool {
	for _, pattern := range append(patterns, ".git", ".func", ".funcignore", ".gitignore") {
		pattern = strings.TrimSuffix(pattern, "/")
		if rooted, ok := strings.CutPrefix(pattern, "/"); ok {
			if path == rooted {
				return true
			}
			continue
		}
		if match, err := filepath.Match(pattern, filepath.Base(path)); err == nil && match {
			return true
		}
	}
	return false
}

func patterns() ([]string, error) {
	text, err := os.ReadFile(root + "/.funcignore")
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	return found, nil
}

// needed is all that may lie at the root of what func builds.
var needed = map[string]bool{"func.yaml": true, "go.mod": true, "go.sum": true, "function.go": true, "events": true, "functions": true, "schemas": true}

// What is left after .funcignore is what is needed, no more; that it builds is seen in built.
func TestFuncIgnore(t *testing.T) {
	t.Parallel()
	found, err := leave(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if !needed[name] {
			t.Errorf("%s would be in the image: add /%s to .funcignore", name, name)
		}
	}
}

// leave copies what .funcignore leaves of the project: the names at its root.
func leave(out string) ([]string, error) {
	skip, err := patterns()
	if err != nil {
		return nil, err
	}
	var names []string
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if ignored(skip, relative) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Dir(relative) == "." {
			names = append(names, relative)
		}
		return copyTo(filepath.Join(out, relative), path, entry)
	})
	return names, err
}

func copyTo(target, source string, entry fs.DirEntry) error {
	if entry.IsDir() {
		return os.Mkdir(target, 0o755)
	}
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return os.WriteFile(target, content, 0o644)
}
