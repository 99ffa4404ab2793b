package postgres

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Oldest is the oldest major version that Mart's SQL runs on.
const Oldest = 14

// binaries is one installation of Postgres: the folder of initdb and postgres.
type binaries struct {
	dir   string
	major int
}

// findBinaries prefers the version that wrote the data folder, then the newest installed one, then a download.
func findBinaries(ctx context.Context, p layout, from source) (binaries, error) {
	need, err := p.wroteBy()
	if err != nil {
		return binaries{}, err
	}
	found := installed(ctx)
	if err := ctx.Err(); err != nil { // who was not let finish has not said that it does not work
		return binaries{}, fmt.Errorf("postgres: look for an installed one: %w", err)
	}
	if dir := os.Getenv("PG_BIN"); dir != "" && len(found) == 0 {
		return binaries{}, fmt.Errorf("postgres: PG_BIN=%s has no working initdb and postgres of version %d or newer: correct or unset it", dir, Oldest)
	}
	if need != 0 && need < Oldest {
		return binaries{}, fmt.Errorf("postgres: the data folder %s was written by Postgres %d, and the mart needs %d or newer: dump it with that version (pg_dumpall), or move the folder away to start afresh", p.base, need, Oldest)
	}
	if need != 0 {
		found = slices.DeleteFunc(found, func(b binaries) bool { return b.major != need })
	}
	if len(found) > 0 {
		return found[0], nil
	}
	fetched, err := from.download(ctx, need, p)
	if err != nil {
		return binaries{}, missing(need, p, err)
	}
	return fetched, nil
}

func missing(need int, p layout, err error) error {
	if need == 0 {
		return fmt.Errorf("postgres: none installed, and none could be downloaded (%w): install Postgres %d or newer (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql), or set PG_BIN to the folder of its initdb", err, Oldest)
	}
	return fmt.Errorf("postgres: the data folder %s was written by Postgres %d, which is not installed (%w): install that version, set PG_BIN to the folder of its initdb, or move the data folder away to start afresh", p.base, need, err)
}

// wroteBy is the major version of the cluster in the data folder, 0 when there is none.
func (p layout) wroteBy() (int, error) {
	text, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("postgres: read the data folder's version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("postgres: %s is not a data folder of Postgres %d or newer: move it away to start afresh", p.data(), Oldest)
	}
	return major, nil
}

// installed lists what this machine has and Mart can use. PG_BIN comes first, then the newest.
func installed(ctx context.Context) []binaries {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		return usable(ctx, []string{dir})
	}
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
	} {
		matches, _ := filepath.Glob(pattern) // the patterns are well-formed
		dirs = append(dirs, matches...)
	}
	slices.Sort(dirs)
	found := usable(ctx, slices.Compact(dirs))
	slices.SortStableFunc(found, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	return found
}

func usable(ctx context.Context, dirs []string) []binaries {
	var found []binaries
	for _, dir := range dirs {
		if !exists(filepath.Join(dir, "initdb")) {
			continue
		}
		if major := versionOf(ctx, dir); major >= Oldest {
			found = append(found, binaries{dir: dir, major: major})
		}
	}
	return found
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// versionOf asks the program itself; 0 when it does not run.
func versionOf(ctx context.Context, dir string) int {
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	match := versionText.FindSubmatch(out)
	if match == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(match[1])) // digits by the pattern
	return major
}
