package payment

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// What is said in one language is said in each; every code that means the same as another means one of which something is said.
func TestBuyersAreToldTheSameInEachLanguage(t *testing.T) {
	t.Parallel()
	english := slices.Sorted(maps.Keys(allWords()[events.English]))
	for _, language := range languages {
		if diff := cmp.Diff(english, slices.Sorted(maps.Keys(allWords()[language]))); diff != "" {
			t.Errorf("%s (-english +it):\n%s", language, diff)
		}
	}
	for code, same := range alike {
		if !slices.Contains(english, same) || slices.Contains(english, code) {
			t.Errorf("%s is told as %s", code, same)
		}
	}
}
