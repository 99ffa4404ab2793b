// Package logs keeps what the functions of a mart on a laptop log, in its data folder, and finds in it what belongs to one thing: an order, a request, a
// trace.
//
// It owns the folder logs of the data folder. A mart that is deployed has a collector for that, and logs to its standard error as ever.
package logs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// How much is kept: that many bytes in each of that many files, the oldest of which is then forgotten.
const (
	fileBytes = 8 << 20
	fileCount = 4
)

// Folder is where in a data folder the lines are.
const Folder = "logs"

// File takes lines, one with each Write, and keeps the newest.
type File struct {
	folder string
	bytes  int64 // in each file
	count  int

	mu   sync.Mutex
	file *os.File
	size int64
}

// Open goes on with the lines in a data folder. They name ids, so that nobody else may read them.
func Open(data string) (*File, error) { return open(data, fileBytes, fileCount) }

func open(data string, bytes int64, count int) (*File, error) {
	f := &File{folder: filepath.Join(data, Folder), bytes: bytes, count: count}
	if err := os.MkdirAll(f.folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the logs: %w", err)
	}
	if err := f.begin(); err != nil {
		return nil, err
	}
	return f, nil
}

// begin opens the file that is written to.
func (f *File) begin() error {
	file, err := os.OpenFile(name(f.folder, 0), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("open the log: %w", err), file.Close())
	}
	f.file, f.size = file, info.Size()
	return nil
}

// name is the file with the newest lines, 0, or with older ones.
func name(folder string, age int) string {
	if age == 0 {
		return filepath.Join(folder, "mart.jsonl")
	}
	return filepath.Join(folder, "mart."+strconv.Itoa(age)+".jsonl")
}

// Write takes a line. Error: it is not kept.
func (f *File) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return 0, fs.ErrClosed
	}
	if f.size > 0 && f.size+int64(len(line)) > f.bytes {
		if err := f.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	return n, err
}

// rotate makes each file one older, and begins a new one. Where that cannot be done, the present one goes on.
func (f *File) rotate() error {
	for age := f.count - 1; age > 0; age-- {
		if err := os.Rename(name(f.folder, age-1), name(f.folder, age)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keep older lines of the log: %w", err)
		}
	}
	full := f.file
	if err := f.begin(); err != nil {
		return err
	}
	return full.Close()
}

// Close is called when nothing is written any more.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	file := f.file
	f.file = nil
	if file == nil {
		return nil
	}
	return file.Close()
}
