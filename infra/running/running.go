// Package running finds the mart that runs on a data folder of this machine: mart up notes its address there, and commands that ask a mart read it.
//
// Nobody is asked who was not named or found so: a password that is sent to a port by habit is sent to whatever listens there.
package running

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/onlinemart/mart/infra/filelock"
)

const (
	addressFile = "address"
	// LockFile is what a mart that runs on a folder holds: its address counts while it does.
	LockFile = "lock"
)

// Note says in a data folder where its mart answers.
func Note(data, url string) error {
	if err := os.WriteFile(filepath.Join(data, addressFile), []byte(url+"\n"), 0o600); err != nil {
		return fmt.Errorf("note in the data folder where the mart answers: %w", err)
	}
	return nil
}

// Where is the address of the mart that is meant: the one that was named, else that of the mart that runs on the data folder, which it says on w.
// Error: none does, or the folder cannot be read.
func Where(named, data string, w io.Writer) (string, error) {
	if named != "" {
		return named, nil
	}
	url, err := at(data)
	if err != nil {
		return "", err
	}
	_, _ = fmt.Fprintf(w, "The mart is %s, which runs on %s.\n", url, data) // where nobody reads it, it is asked all the same
	return url, nil
}

func at(data string) (string, error) {
	none := fmt.Errorf("no mart runs on %s (--data, MART_DATA): start it there, or say with --url (MART_URL) which one is asked", data)
	url, err := os.ReadFile(filepath.Join(data, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", none
	}
	if err != nil {
		return "", fmt.Errorf("find the mart (--data; or name it with --url): %w", err)
	}
	lock, err := filelock.Try(filepath.Join(data, LockFile))
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return strings.TrimSpace(string(url)), nil
	case err != nil:
		return "", fmt.Errorf("find the mart (--data; or name it with --url): %w", err)
	}
	return "", errors.Join(none, lock.Release())
}
