package domain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// brandNamed is what becomes of a name, and what is wrong with it.
func brandNamed(name string) (string, []string) {
	b, err := Brand(events.BrandFields{Name: name, Slug: "x"})
	var messages []string
	for _, f := range faultsIn(err) {
		messages = append(messages, f.Message)
	}
	return b.Name, messages
}

func TestANameHasSomethingToSee(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", " ", "\u200b", "\u200d\u200c", "\u00ad", "\ufeff", "\u2060\u200e", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\U0001D159", "\u0301", "\u034f", "\ufe0f",
		"\U000E0041", "\u180e", "\u17b4", "\u3000",
	} {
		if _, got := brandNamed(name); !cmp.Equal(got, []string{"must not be empty"}) {
			t.Errorf("%+q: %v", name, got)
		}
	}
	for _, name := range []string{"!", "木", "7", "❤\ufe0f", "نمک\u200cدان", "👩\u200d🚀", "שלום\u200f (ab)", "🏴\U000E0067\U000E0062\U000E007F"} {
		if stored, got := brandNamed(name); got != nil || stored != name {
			t.Errorf("%+q: %+q %v", name, stored, got)
		}
	}
}

func TestANameTurnsNothing(t *testing.T) {
	t.Parallel()
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		for _, name := range []string{"a" + string(r) + "b", string(r) + "b", "a" + string(r)} {
			if _, got := brandNamed(name); !cmp.Equal(got, []string{"must not contain characters that turn the direction of writing"}) {
				t.Errorf("%+q: %v", name, got)
			}
		}
		_, err := Brand(events.BrandFields{Name: "a", Description: "b\n" + string(r)})
		if diff := cmp.Diff([]string{"body.description"}, places(err)); diff != "" {
			t.Errorf("%+q: %s", r, diff)
		}
	}
}

func TestANameIsComposed(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Cafe\u0301": "Café", "A\u030a": "Å", "\u212b": "Å", "\u1112\u1161\u11ab": "한", "\u200b Lamp\ufeff ": "Lamp", "ﬁne": "ﬁne",
	} {
		if got, faults := brandNamed(in); got != want || faults != nil {
			t.Errorf("%+q: %+q %v, want %+q", in, got, faults, want)
		}
	}
}

// A text of several lines is taken from any system, and stored in one form.
func TestATextHasLines(t *testing.T) {
	t.Parallel()
	var faults faults
	if got := faults.text("body.description", " one\r\ntwo\n\tthree ", limit{maxLength: 100}); got != "one\ntwo\n\tthree" || faults.problem() != nil {
		t.Errorf("got %q, %v", got, faults)
	}
	if faults.text("body.description", "one\rtwo", limit{maxLength: 100}); faults.problem() == nil {
		t.Error("a lone carriage return was taken")
	}
}
