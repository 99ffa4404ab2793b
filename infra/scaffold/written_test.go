package scaffold

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// written is the project as an image's builder gets it, with what func's own code writes around it in .func/build: its path.
var written = sync.OnceValues(func() (string, error) {
	project, err := os.MkdirTemp("", "mart-scaffold-")
	if err != nil {
		return "", err
	}
	scaffold := filepath.Join(project, ".func", "build")
	_, err = leave(project)
	if err == nil {
		_, err = command("write", "go", "run", ".", project, scaffold)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(project))
	}
	return scaffold, nil
})

// built is the program that `func build --builder host` makes of it: compiled by its command, without any flag that would mend
// go.mod. Only where the sources lie stays out of the program, so that the compiler's cache holds for the next run.
var built = sync.OnceValues(func() (string, error) {
	scaffold, err := written()
	if err != nil {
		return "", err
	}
	program := filepath.Join(scaffold, "result", "f")
	_, err = command(scaffold, "go", "build", "-trimpath", "-o", program)
	return program, err
})

// command is what the program prints in that folder, with Go as it is without anybody's own flags. Error: all that it says.
func command(dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	run := exec.CommandContext(ctx, name, args...)
	run.Dir, run.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	said, err := run.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		err = fmt.Errorf("%w\n%s", err, failed.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("%v in %s: %w", run.Args, dir, err)
	}
	return string(said), nil
}
