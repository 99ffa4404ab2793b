package domain

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is one mistake away from a word is like it, what is two away is not.
func TestAlike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, meant string }{
		{"lmap", "lamp"},
		{"lamps", "lamp"},
		{"lampp", "lamp"},
		{"lanp", "lamp"},
		{"lmps", "lamps"},
		{"amps", "lamps"},
		{"shrit", "shirt"},
		{"desklamp", "desk"},
		{"desklamp", "lamp"},
		{"лмапа", "лампа"},
		{"лама", "лампа"},
		{"ламп", "лампа"},
		{"λαπα", "λαμπα"},
		{"手机壳子", "手机壳"},
		{"la mp", "lamp"},
		{"hub 30 00", "3000"},
		{"cat", "cat"},
	} {
		if !slices.Contains(Alike(strings.Fields(c.typed)), c.meant) {
			t.Errorf("%s is not taken for %s", c.typed, c.meant)
		}
	}
	for _, c := range []struct{ typed, meant string }{
		{"lmapps", "lamp"},
		{"cat", "car"},
		{"mp3s", "mp3"},
		{"200", "300"},
		{"“lamp", "lamp"},
		{"a b c d e f lmap", "lamp"},
		{strings.Repeat("a", 21), strings.Repeat("a", 20)},
	} {
		if slices.Contains(Alike(strings.Fields(c.typed)), c.meant) {
			t.Errorf("%s is taken for %s", c.typed, c.meant)
		}
	}
}

func TestMistyped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, there string
		open         bool
		want         []string
	}{
		{"lmap", "lamp", true, []string{"(('lamp'))"}},
		{"lmap", "lamp map", false, []string{"(('lamp' | 'map'))"}},
		{"lmap", "light", true, nil},
		{"desklamp", "desk lamp", true, []string{"((('desk' & 'lamp')))"}},
		{"desklamp", "desk", true, nil},
		{"la mp", "lamp", true, []string{"(('lamp'))"}},
		{"red 200 lmap", "red 200 lamp", false, []string{"(('lamp') & 'red' & '200')", "('red') & ('200') & ('lamp')"}},
		{"blue lmap", "blue glue lamp", true, []string{"(('glue') & 'lmap':*) | (('lamp') & 'blue')", "('glue' | 'blue') & ('lamp' | 'lmap':*)"}},
		{"bleu lmap", "blue lamp", false, []string{"('blue') & ('lamp')"}},
		{"bleu lmap", "lamp", false, nil},
		{"", "lamp", false, nil},
	} {
		there := strings.Fields(c.there)
		got := Mistyped(strings.Fields(c.typed), c.open, func(word string) bool { return slices.Contains(there, word) })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.typed, diff)
		}
	}
}
