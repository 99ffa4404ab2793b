package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// limit is how large the one program of the image may be, in bytes: every node pulls it before a function's first start. A noun is about
// 0.75 MB of it: huma.Register once more for each of its five or six routes (some 30 KB each, with its tables), what web, events and db have
// for each type of its own, and its schemas. So there is room for one more; what brings a megabyte at once is a library, and is to be seen.
const limit = 61_000_000

// said is where the image's build says what it is built from.
var said = regexp.MustCompile(`-X (\S+)=\$REVISION"`)

// As the image has it, the program has its limit, and what the image is called is in it: the linker passes over a variable that there is not.
func TestTheProgramStaysSmall(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short is set: without it the program is built as the image has it, and weighed")
	}
	image, err := os.ReadFile("../image/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	variable := said.FindSubmatch(image)
	if variable == nil {
		t.Fatalf("the image's build does not say what it is built from: want %s", said)
	}
	const revision = "v1.2.3-of-this-test"
	program := filepath.Join(t.TempDir(), "function")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X "+string(variable[1])+"="+revision, "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	built, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if len(built) >= limit {
		t.Errorf("the program has %d bytes, want less than %d: go tool nm -size -sort size tells what grew", len(built), limit)
	}
	if !bytes.Contains(built, []byte(revision)) {
		t.Errorf("%s is no variable of the program: the image cannot say what it was built from", variable[1])
	}
}
