package e2e

import "syscall"

// attributes keeps a Ctrl-C, which is the parent's business, from a child, and ends the child with its parent, however that ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
