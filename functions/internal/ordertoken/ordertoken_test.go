package ordertoken

import (
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

func keys(t *testing.T, personal string) *events.Keys {
	t.Helper()
	k, err := events.NewKeys(events.GenerateRing("s"), personal)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A token opens its order, and no other, until its time is over, by whichever key of the ring it was made.
func TestATokenOpensOneOrder(t *testing.T) {
	t.Parallel()
	old, newer := events.GenerateRing("p1"), events.GenerateRing("p2")
	placed := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	order, end := events.NewID(), placed.Add(Life).Truncate(time.Second)
	token := New(keys(t, old), order, placed)
	for name, c := range map[string]struct {
		ring string
		at   time.Time
		want bool
	}{
		"at once":         {old, placed, true},
		"at last":         {old, end.Add(-time.Second), true},
		"too late":        {old, end, false},
		"rotated":         {newer + "," + old, placed, true},
		"without its key": {newer, placed, false},
	} {
		if id, ok := Order(keys(t, c.ring), token, c.at); ok != c.want || ok && id != order {
			t.Errorf("%s: %q, %v", name, id, ok)
		}
	}
	if !Good(placed, end.Add(-time.Second)) || Good(placed, placed.Add(Life)) {
		t.Error("it is not good for as long as it opens something")
	}
}

// Whatever of a token is another's opens nothing.
func TestWhatOpensNothing(t *testing.T) {
	t.Parallel()
	k := keys(t, events.GenerateRing("p1"))
	now := time.Now()
	one, other := New(k, events.NewID(), now), New(k, events.NewID(), now.Add(time.Hour))
	mine, theirs := strings.Split(one, "."), strings.Split(other, ".")
	for name, token := range map[string]string{
		"nothing": "", "dots": "..", "an id": mine[0], "no digest": mine[0] + "." + mine[1] + ".", "another order": theirs[0] + "." + mine[1] + "." + mine[2],
		"a later end": mine[0] + "." + theirs[1] + "." + mine[2], "another digest": mine[0] + "." + mine[1] + "." + theirs[2], "more": one + ".x",
		"capitals": strings.ToUpper(one), "no time": mine[0] + ".-." + k.Digest(purpose, mine[0], "-"), "no id": "x." + mine[1] + "." + k.Digest(purpose, "x", mine[1]),
		"another purpose": mine[0] + "." + mine[1] + "." + k.Digest("password reset", mine[0], mine[1]),
	} {
		if id, ok := Order(k, token, now); ok {
			t.Errorf("%s: %q opens %s", name, token, id)
		}
	}
}
