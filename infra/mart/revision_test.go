package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// make notes the revision in the program where git knows one, and builds it all the same where it does not.
func TestMakeNotesTheRevision(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		git  [][]string
		want string
	}{
		"a checkout":   {[][]string{{"init", "-q"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "first"}}, "-buildvcs=true"},
		"no commit":    {[][]string{{"init", "-q"}}, "-buildvcs=false"},
		"an unpacking": {nil, "-buildvcs=false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "Makefile"), makefile, 0o600); err != nil {
				t.Fatal(err)
			}
			run := func(program string, args ...string) string {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), program, args...)
				cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_GLOBAL="+os.DevNull)
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%s %v: %v\n%s", program, args, err, out)
				}
				return string(out)
			}
			for _, args := range c.git {
				run("git", args...)
			}
			if said := run("make", "-n", "bin/mart"); !strings.Contains(said, "go build "+c.want+" ") {
				t.Errorf("make runs %q, want %s", said, c.want)
			}
		})
	}
}
