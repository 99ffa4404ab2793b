package notification

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What is written can be read, by day and by night: the contrast is that of WCAG 2.2 AA, 4.5 to 1 for text.
func TestPalette_Contrast(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]palette{"light": light, "dark": dark} {
		for what, pair := range map[string][2]string{
			"text": {p.Text, p.Card}, "muted": {p.Muted, p.Card}, "the button's label": {p.Label, p.Button}, "text outside": {p.Text, p.Page},
		} {
			if got := contrast(t, pair[0], pair[1]); got < 4.5 {
				t.Errorf("%s, %s: %.2f to 1", name, what, got)
			}
		}
	}
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white is %.2f, want 21", got)
	}
}

// A mail looks like the pages that its links lead to: they have the same colours, by day and by night.
func TestPalette_IsThatOfThePages(t *testing.T) {
	t.Parallel()
	look, err := os.ReadFile("../gateway/pages/look.css")
	if err != nil {
		t.Fatal(err)
	}
	day, night, found := strings.Cut(string(look), "prefers-color-scheme: dark")
	if !found {
		t.Fatal("look.css has no colours for the dark any more: say here where they are")
	}
	for scheme, one := range map[string]struct {
		mail palette
		css  string
	}{"light": {light, day}, "dark": {dark, night}} {
		colour := func(name string) string {
			found := regexp.MustCompile("--" + name + ": (#[0-9a-f]{6})").FindStringSubmatch(one.css)
			if found == nil {
				t.Fatalf("look.css has no --%s", name)
			}
			return found[1]
		}
		want := palette{
			Page: colour("paper"), Card: colour("card"), Text: colour("ink"), Muted: colour("quiet"),
			Line: colour("line"), Button: colour("accent"), Label: colour("paper"),
		}
		if one.mail != want {
			t.Errorf("%s: mails have %+v, pages %+v", scheme, one.mail, want)
		}
	}
}

// contrast is that of two colours. Source: WCAG 2.2, definitions of contrast ratio and relative luminance.
func contrast(t *testing.T, one, other string) float64 {
	t.Helper()
	a, b := luminance(t, one), luminance(t, other)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func luminance(t *testing.T, colour string) (sum float64) {
	t.Helper()
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		part := float64(n) / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weight * part
	}
	return sum
}
