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
	var out, heardOut []leftOut
	var lines []string
	for i := range 500 {
		one := identity{"/mart/brand", strconv.Itoa(i) + strings.Repeat("x", i%60)}
		if i%7 == 0 {
			out = append(out, leftOut{one, "s" + strconv.Itoa(i)})
			lines = append(lines, one.line()+" s"+strconv.Itoa(i))
			continue
		}
		told, lines = append(told, one), append(lines, one.line())
	}
	for _, m := range from.messages(lines) {
		if len(m) > maxPayload {
			t.Errorf("a message of %d bytes", len(m))
		}
		decided, leftOut := to.parse(m)
		heard, heardOut = append(heard, decided...), append(heardOut, leftOut...)
		if own, ownOut := from.parse(m); len(own)+len(ownOut) > 0 {
			t.Errorf("a sender heard itself: %v, %v", own, ownOut)
		}
	}
	if d := cmp.Diff(told, heard, cmp.AllowUnexported(identity{})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(out, heardOut, cmp.AllowUnexported(identity{}, leftOut{})); d != "" {
		t.Errorf("left out: %s", d)
	}
}
