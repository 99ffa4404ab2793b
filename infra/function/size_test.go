package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// limit is how large the one program of the image may be, in bytes: every node pulls it before a function's first start. A noun is about
// 0.75 MB of it: huma.Register once more for each of its five or six routes (some 30 KB each, with its tables), what web, events and db have
// for each type of its own, and its schemas. So there is room for one more; what brings a megabyte at once is a library, and is to be seen.
const limit = 58_000_000

func TestTheProgramStaysSmall(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short is set: without it the program is built as the image has it, and weighed")
	}
	program := filepath.Join(t.TempDir(), "function")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() >= limit {
		t.Errorf("the program has %d bytes, want less than %d: go tool nm -size -sort size tells what grew", info.Size(), limit)
	}
}
