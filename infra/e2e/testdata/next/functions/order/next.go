package order

import "sync/atomic"

var placed atomic.Int64

// note is on few orders. A release that says more than that of what the one before does not know is rolled out in two steps.
func note() string {
	if n := placed.Add(1); n > 3 && n%200 != 0 {
		return ""
	}
	return "leave it at the door"
}
