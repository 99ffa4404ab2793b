package events

import (
	"strings"
	"testing"
)

// Each message is spoken of in one sentence that fits a line of a list, and nothing else is.
func TestEveryMessageIsSpokenOf(t *testing.T) {
	t.Parallel()
	for _, d := range All() {
		said := About(d)
		if said == "" {
			t.Errorf("nobody says what %s is: give it a sentence in about", d.Declaration())
		} else if !strings.HasSuffix(said, ".") || len(said) > 130 || said[0] < 'A' || said[0] > 'Z' {
			t.Errorf("%s: %q is no short sentence", d.Declaration(), said)
		}
	}
	for kind := range about {
		if _, there := ByType(kind); !there {
			t.Errorf("%s is spoken of, and no message", kind)
		}
	}
}
