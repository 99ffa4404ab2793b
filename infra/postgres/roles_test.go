package postgres

import (
	"os"
	"strings"
	"testing"
)

// Containers get the very rights that CreateDatabase gives.
func TestRolesScript(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("roles.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, right := range append(entrance("mart"), rights...) {
		if !strings.Contains(string(script), right+";\n") {
			t.Errorf("roles.sh does not %s", right)
		}
	}
}
