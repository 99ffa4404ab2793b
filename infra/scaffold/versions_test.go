package scaffold

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// requirement is one module that wants another, at least at that version.
type requirement struct{ by, path, version string }

// func adds the mart's requirements to those of its own go.mod, whose versions win at the same path. Nothing that it compiles with
// may then need a newer one than stands there: func repairs no go.mod, it ends with "updates to go.mod needed".
// It is done before the others begin: TestVendored lays a vendor folder beside that go.mod.
func TestNothingNeedsMoreThanFuncPins(t *testing.T) {
	scaffold, err := written()
	if err != nil {
		t.Fatal(err)
	}
	graph, err := command(scaffold, "go", "mod", "graph")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range exceeded(requires(t, root), requires(t, scaffold), edges(graph)) {
		t.Error(fault)
	}
}

func requires(t *testing.T, dir string) map[string]string {
	t.Helper()
	name := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse(name, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range file.Require {
		found[r.Mod.Path] = r.Mod.Version
	}
	return found
}

// edges reads what `go mod graph` prints; the main module has no version there.
func edges(graph string) []requirement {
	var all []requirement
	for line := range strings.Lines(graph) {
		by, wanted, _ := strings.Cut(strings.TrimSpace(line), " ")
		path, version, _ := strings.Cut(wanted, "@")
		if strings.Contains(by, "@") {
			all = append(all, requirement{by, path, version})
		}
	}
	return all
}

// exceeded says of each version in the scaffold's go.mod that something needs more than it: what does, and what to do.
func exceeded(ours, scaffold map[string]string, graph []requirement) []string {
	var faults []string
	for _, path := range slices.Sorted(maps.Keys(scaffold)) {
		pinned := scaffold[path]
		newest := pinned
		var by []string
		for _, r := range graph {
			if r.path != path || semver.Compare(r.version, pinned) <= 0 {
				continue
			}
			by = append(by, r.by)
			if semver.Compare(r.version, newest) > 0 {
				newest = r.version
			}
		}
		if by == nil {
			continue
		}
		remedy := "hold back what needs more: go get " + path + "@" + pinned
		if ours[path] == pinned {
			remedy = "raise ours: go get " + path + "@" + newest
		}
		slices.Sort(by)
		faults = append(faults, fmt.Sprintf("func builds with %s %s, but %s is needed by %s; %s, then go mod tidy at the root and in each module under infra",
			path, pinned, newest, strings.Join(slices.Compact(by), ", "), remedy))
	}
	return faults
}

func TestExceeded(t *testing.T) {
	t.Parallel()
	ours := map[string]string{"a.org/sys": "v0.49.0", "a.org/old": "v1.0.0", "a.org/same": "v1.0.0"}
	scaffold := map[string]string{"a.org/sys": "v0.47.0", "a.org/old": "v1.0.0", "a.org/same": "v1.0.0"}
	got := exceeded(ours, scaffold, edges(`s a.org/sys@v0.49.0
s a.org/old@v1.0.0
a.org/mart@v0.0.0 a.org/sys@v0.49.0
a.org/term@v0.9.0 a.org/sys@v0.48.0
a.org/term@v0.9.0 a.org/same@v0.9.0
a.org/func-go@v0.22.0 a.org/old@v1.1.0
`))
	want := []string{
		"func builds with a.org/old v1.0.0, but v1.1.0 is needed by a.org/func-go@v0.22.0; " +
			"raise ours: go get a.org/old@v1.1.0, then go mod tidy at the root and in each module under infra",
		"func builds with a.org/sys v0.47.0, but v0.49.0 is needed by a.org/mart@v0.0.0, a.org/term@v0.9.0; " +
			"hold back what needs more: go get a.org/sys@v0.47.0, then go mod tidy at the root and in each module under infra",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
