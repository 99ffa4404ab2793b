package web

import (
	"os"
	"testing"
)

// What huma keeps in package variables is chosen before any test, as a program chooses it before it serves.
func TestMain(m *testing.M) {
	useProblems()
	os.Exit(m.Run())
}
