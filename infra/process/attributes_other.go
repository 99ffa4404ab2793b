//go:build !linux

package process

import "syscall"

// attributes is what is set besides what the command sets itself. Only Linux can end a child with its parent.
func attributes(own *syscall.SysProcAttr, _ syscall.Signal) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	if own != nil {
		*a = *own
	}
	a.Setpgid = true
	return a
}
