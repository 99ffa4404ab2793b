package web

import (
	"testing"

	"github.com/onlinemart/mart/events"
)

// Whoever is answered 202 is told where the thing will be.
func TestEveryNounHasItsCollection(t *testing.T) {
	t.Parallel()
	nowhere := map[string]bool{"customer": true, "session": true, "login": true, "reset": true, "verification": true, "note": true} // customers are at /customers/me, the others cannot be read
	for _, m := range events.All() {
		d := m.Declaration()
		if d.Kind == events.Command && collections[d.Noun] == "" && !nowhere[d.Noun] {
			t.Errorf("operations about a %s do not say where it is: add its path to collections in operation.go", d.Noun)
			nowhere[d.Noun] = true
		}
	}
}
