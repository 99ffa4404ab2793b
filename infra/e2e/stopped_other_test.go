//go:build !linux

package e2e

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// stopped tells whether a process stands still: a signal is only on its way when the sender goes on.
func stopped(pid int) (bool, error) {
	state, err := exec.Command("ps", "-o", "state=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false, fmt.Errorf("look at process %d: %w", pid, err)
	}
	return strings.HasPrefix(strings.TrimSpace(string(state)), "T"), nil
}
