package inbox

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever is told fits into notifications and is read again whole, but by its sender.
func TestNeighboursMessages(t *testing.T) {
	t.Parallel()
	from, to := newReplicas(nil), newReplicas(nil)
	var told, heard []identity
	for i := range 500 {
		told = append(told, identity{"/mart/brand", strconv.Itoa(i) + strings.Repeat("x", i%60)})
	}
	for _, m := range from.messages(told) {
		if len(m) > maxPayload {
			t.Errorf("a message of %d bytes", len(m))
		}
		heard = append(heard, to.parse(m)...)
		if own := from.parse(m); len(own) > 0 {
			t.Errorf("a sender heard itself: %v", own)
		}
	}
	if d := cmp.Diff(told, heard, cmp.AllowUnexported(identity{})); d != "" {
		t.Error(d)
	}
}
