package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// stopped tells whether a process stands still: all its threads, for a signal is only on its way when the sender goes on.
func stopped(pid int) (bool, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false, fmt.Errorf("look at process %d: it has no threads: %w", pid, os.ErrProcessDone)
	}
	for _, t := range threads {
		stat, err := os.ReadFile(t)
		if err != nil {
			return false, nil // the thread has ended; the others say more the next time
		}
		if _, after, ok := bytes.Cut(stat[bytes.LastIndexByte(stat, ')'):], []byte(" ")); !ok || after[0] != 'T' {
			return false, nil
		}
	}
	return true, nil
}
