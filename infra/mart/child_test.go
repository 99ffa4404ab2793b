package main

import (
	"os"
	"strings"
	"testing"
)

// TestMain makes this test's program the mart itself when it is called with a command: what measures marts starts them as programs.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		main()
		return
	}
	os.Exit(m.Run())
}
