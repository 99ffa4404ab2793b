package laptop

import (
	"strings"
	"testing"
)

// Who listens everywhere is named by an address that one can open.
func TestTheAddressOfAFunctionCanBeOpened(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"0.0.0.0:0", ":0", "127.0.0.1:0"} {
		running, err := open(t.Context(), "gateway", listen)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(running.url, "http://127.0.0.1:") {
			t.Errorf("on %s it is at %s", listen, running.url)
		}
		if err := running.stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
