package process

import "syscall"

// attributes is what is set besides what the command sets itself.
func attributes(own *syscall.SysProcAttr, orphaned syscall.Signal) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	if own != nil {
		*a = *own
	}
	a.Setpgid, a.Pdeathsig = true, orphaned
	return a
}
