package notification

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// tags are what a page has beside its text.
var tags = regexp.MustCompile(`<[^>]*>`)

// title is what stands in a page's heading.
func title(t *testing.T, page string) string {
	t.Helper()
	_, rest, begins := strings.Cut(page, "<h1 ")
	_, rest, opened := strings.Cut(rest, ">")
	heading, _, ends := strings.Cut(rest, "</h1>")
	if !begins || !opened || !ends {
		t.Fatalf("there is no heading:\n%s", page)
	}
	return html.UnescapeString(tags.ReplaceAllString(heading, ""))
}

// forEachMail gives each kind of mail in each language, composed of its example.
func forEachMail(t *testing.T, look func(kind events.NotificationKind, language events.Language, n events.NotificationState, m mail)) {
	t.Helper()
	for _, kind := range kinds() {
		for _, language := range languages() {
			n, of := letters(t).example(kind)
			n.Language = language
			m, err := letters(t).compose(n, of)
			if err != nil {
				t.Fatal(err)
			}
			look(kind, language, n, m)
		}
	}
}

// A mail is titled by what has happened, in both its forms, and greets its reader below.
func TestAMailIsTitledByWhatHasHappened(t *testing.T) {
	t.Parallel()
	forEachMail(t, func(kind events.NotificationKind, language events.Language, n events.NotificationState, m mail) {
		said := title(t, m.page)
		first, rest, _ := strings.Cut(m.text, "\n")
		if said != first || strings.Contains(said, "Ada") || orderKinds[kind] && !strings.Contains(said, "M-001234") {
			t.Errorf("%s in %s is titled %q, as text %q", kind, language, said, first)
		}
		if named := n.Name.Plaintext() != ""; strings.Contains(rest, "Ada Lovelace") != named || strings.Contains(m.page, "Ada Lovelace") != named {
			t.Errorf("%s in %s greets by name:\n%s", kind, language, m.text)
		}
	})
	n, of := letters(t).example(events.OrderShipment)
	m, err := letters(t).compose(n, of)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := title(t, m.page), "Your order M-001234 is on its way"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// No line breaks a word that is one to its reader.
func TestNoWordIsBrokenAtItsHyphen(t *testing.T) {
	t.Parallel()
	forEachMail(t, func(kind events.NotificationKind, language events.Language, _ events.NotificationState, m mail) {
		_, body, _ := strings.Cut(m.page, `<td class="side text"`)
		body, _, _ = strings.Cut(body, `<td class="side line muted"`)
		unbroken := regexp.MustCompile(`<span style="white-space: nowrap">[^<]*</span>`).ReplaceAllString(body, "")
		if broken := hyphened.FindAllString(tags.ReplaceAllString(unbroken, ""), -1); len(broken) > 0 {
			t.Errorf("%s in %s: a line may break %q", kind, language, broken)
		}
	})
	want := []piece{{"Ihre ", false}, {"E-Mail-Adresse", true}, {" zu ", false}, {"M-000001", true}, {".", false}}
	if d := cmp.Diff(want, whole("Ihre E-Mail-Adresse zu M-000001.")); d != "" {
		t.Error(d)
	}
}
