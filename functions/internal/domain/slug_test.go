package domain

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

func TestSlug(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Straße": "strasse", "Łódź": "lodz", "Ørsted": "orsted", "Æon": "aeon", "Þórr & Co.": "thorr-co", "İstanbul": "istanbul", "O'Hara": "o-hara",
		"Cafe\u0301": "cafe", "Мышь и сталь": "mysh-i-stal", "木": "mu", "★": "u2605", "🙂🙂": "u1f642-u1f642", " !! ": "u21-u21", "ＡＢＣ１": "abc1", "": "",
		strings.Repeat("a", 139) + " b": strings.Repeat("a", 139), strings.Repeat("a", 138) + " b c": strings.Repeat("a", 138) + "-b",
		strings.Repeat("ß", 120): strings.Repeat("s", 140),
	} {
		if got := Slug(name, 140); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// Whatever is accepted as a name has a slug, so that nobody has to think of one.
func TestEveryNameHasASlug(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 120, -1).Draw(t, "name")
		b, err := Brand(events.BrandFields{Name: name})
		if at := places(err); slices.Contains(at, "body.slug") && !slices.Contains(at, "body.name") {
			t.Fatalf("%q has no slug", name)
		}
		if err == nil && (!brandLimits["slug"].pattern.MatchString(b.Slug) || len(b.Slug) > brandLimits["slug"].maxLength) {
			t.Fatalf("%q: %q", name, b.Slug)
		}
	})
}
