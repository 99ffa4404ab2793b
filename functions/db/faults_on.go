//go:build faults

package db

import "os"

// builtIn reads the faults of a program that a test has built: MART_FAILPOINT is Faults.KillAt.
func builtIn() Faults { return Faults{KillAt: os.Getenv("MART_FAILPOINT")} }
