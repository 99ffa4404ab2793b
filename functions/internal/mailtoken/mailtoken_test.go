package mailtoken

import (
	"strings"
	"testing"

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

// A token is found again by whoever has the key that made it, also behind a newer one, and by nobody else.
func TestATokenIsMadeAgain(t *testing.T) {
	t.Parallel()
	old, newer := events.GenerateRing("p1"), events.GenerateRing("p2")
	reset := events.NewID()
	token := New(keys(t, old), PasswordReset, reset)
	if id, ok := ID(token); !ok || id != reset {
		t.Errorf("%q is of %q, %v", token, id, ok)
	}
	for name, c := range map[string]struct {
		ring string
		want string
	}{"the same ring": {old, token}, "rotated": {newer + "," + old, token}, "without its key": {newer, ""}} {
		if again, ok := Again(keys(t, c.ring), PasswordReset, reset, Hash(token)); ok != (c.want != "") || ok && again != c.want {
			t.Errorf("%s: %q, %v", name, again, ok)
		}
	}
	if other := New(keys(t, old), PasswordReset, events.NewID()); other[37:] == token[37:] || Is(other, Hash(token)) {
		t.Error("two resets have one token")
	}
	if other := New(keys(t, old), EmailVerification, reset); other == token {
		t.Error("a token is good for two purposes")
	}
	if again, ok := Again(keys(t, old), EmailVerification, reset, Hash(token)); ok {
		t.Errorf("a reset's token is found as another's: %q", again)
	}
}

func TestWhatIsNoToken(t *testing.T) {
	t.Parallel()
	id := events.NewID()
	for _, text := range []string{"", ".", id, id + ".", "x.y", strings.ReplaceAll(id, "-", "") + ".y", "{" + id[1:35] + "}.y"} {
		if _, ok := ID(text); ok {
			t.Errorf("%q", text)
		}
	}
}
