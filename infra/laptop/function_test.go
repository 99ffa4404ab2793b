package laptop

import (
	"strings"
	"testing"
)

// Who listens everywhere is named by an address that one can open.
func TestTheAddressOfAFunctionCanBeOpened(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"0.0.0.0:0", ":0", "127.0.0.1:0"} {
		u, err := open(t.Context(), "gateway", listen)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(u.url, "http://127.0.0.1:") {
			t.Errorf("on %s it is at %s", listen, u.url)
		}
		if err := u.stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
