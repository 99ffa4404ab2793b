package postgres

import "syscall"

// attributes makes the server run as another user and shut down (fast) when its parent is gone, however that ended.
// Its own process group keeps a Ctrl-C in the terminal away from it: who started it decides when it stops.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Setpgid: true, Pdeathsig: syscall.SIGINT}
}
