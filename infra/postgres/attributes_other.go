//go:build !linux

package postgres

import "syscall"

// attributes makes the server run as another user. Only Linux can end a child with its parent; elsewhere the next start
// stops what is left.
func attributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as, Setpgid: true}
}
