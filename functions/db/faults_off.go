//go:build !faults

package db

// builtIn is the faults of a program that is built as ever: none.
func builtIn() Faults { return Faults{} }
