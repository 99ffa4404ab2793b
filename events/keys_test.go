package events

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A check is the same for the same key of a ring, another for anything else, and holds nothing of the key.
func TestKeyChecks(t *testing.T) {
	t.Parallel()
	checks := func(seal, personal string) map[string]string {
		all, err := keysOf(t, seal, personal).Checks()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, c := range all {
			found[c.Ring+" "+c.ID] = c.Value
		}
		return found
	}
	key := GenerateRing("")
	first, again := checks("a"+key+",b"+key, "a"+key), checks("b"+key+",a"+key, "a"+key)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the order of a ring matters: %s", diff)
	}
	values := map[string]string{}
	for of, value := range first {
		if other, twice := values[value]; twice {
			t.Errorf("%s and %s have one check", of, other)
		}
		if values[value] = of; len(value) != 22 || strings.Contains(key, value) {
			t.Errorf("%s: the check %q", of, value)
		}
	}
	if len(values) != 3 || first["EVENT_SEAL_KEYS a"] == "" || first["EVENT_PERSONAL_KEYS a"] == "" {
		t.Errorf("checks of %v", first)
	}
	if other := checks(GenerateRing("a"), "a"+key); other["EVENT_SEAL_KEYS a"] == first["EVENT_SEAL_KEYS a"] {
		t.Error("another key has the same check")
	}
}

func TestNewKeysRefuses(t *testing.T) {
	t.Parallel()
	for _, ring := range []string{"", "a", "a:", ":" + oldSeal[4:], "a:AAAA", "a.b:" + oldSeal[4:], oldSeal + ",", oldSeal + "," + oldSeal} {
		if _, err := NewKeys(ring, oldPersonal); err == nil || strings.Contains(err.Error(), oldSeal[4:]) {
			t.Errorf("ring %q: %v", ring, err)
		}
		if _, err := NewKeys(oldSeal, ring); err == nil {
			t.Errorf("personal ring %q is taken", ring)
		}
	}
	if _, err := NewKeys(GenerateRing("k1"), GenerateRing("k2")); err != nil {
		t.Errorf("a generated ring: %v", err)
	}
}
