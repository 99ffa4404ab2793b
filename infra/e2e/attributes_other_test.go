//go:build !linux

package e2e

import "syscall"

// attributes keeps a Ctrl-C, which is the parent's business, from a child. A child that is this test's own program sees for itself when its
// parent has gone; only Linux can end another program with it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
