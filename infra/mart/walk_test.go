package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/recording"
)

// A walk is as wide as it is, and one that is recorded as wide as a phone shows it; a terminal sees writing, and a file none.
func TestAWalkIsShown(t *testing.T) {
	t.Parallel()
	show := func(w *walk) {
		w.hop("order", 12*time.Millisecond, "POST /orders: M-000001 placed, 42.90 GBP", "order.placeChosen → db: costs what was quoted, stock reserved, one transaction → order.placed")
		w.hop("done", 1500*time.Microsecond, "paid", "")
	}
	var plain, styled, narrow bytes.Buffer
	show(newWalk(&plain, false))
	show(newWalk(&styled, true))
	recorded := newWalk(&narrow, false).recorded()
	show(recorded)
	const folded = "" +
		"order        12.0 ms  POST /orders: M-000001 placed, 42.90 GBP\n" +
		"                      order.placeChosen → db: costs what was\n" +
		"                      quoted, stock reserved, one transaction →\n" +
		"                      order.placed\n" +
		"done          1.5 ms  paid\n"
	for _, c := range []struct{ name, got, want string }{
		{"plain", plain.String(), "" +
			"order        12.0 ms  POST /orders: M-000001 placed, 42.90 GBP\n" +
			"                      order.placeChosen → db: costs what was quoted, stock reserved, one transaction → order.placed\n" +
			"done          1.5 ms  paid\n"},
		{"styled", styled.String(), "" +
			"\x1b[1morder    \x1b[0m    12.0 ms  POST /orders: M-000001 placed, 42.90 GBP\n" +
			"                      \x1b[2morder.placeChosen → db: costs what was quoted, stock reserved, one transaction → order.placed\x1b[0m\n" +
			"\x1b[1mdone     \x1b[0m     1.5 ms  paid\n"},
		{"recorded", narrow.String(), folded},
		{"record", recordedText(recorded.record), "$ mart demo\n" + folded},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
}

func recordedText(r *recording.Recording) string {
	var all strings.Builder
	for _, s := range r.Shown {
		all.WriteString(recording.Plain(s.Text))
	}
	return all.String()
}

func TestHowManyThereAre(t *testing.T) {
	t.Parallel()
	got := []string{many(0, "tax", "taxes"), many(1, "tax", "taxes"), many(2, "tax", "taxes")}
	if d := cmp.Diff([]string{"0 taxes", "1 tax", "2 taxes"}, got); d != "" {
		t.Error(d)
	}
}

// titles are the hops that were shown, in order.
func titles(shown string) (all []string) {
	for line := range strings.Lines(shown) {
		if title, _, _ := strings.Cut(line, " "); title != "" {
			all = append(all, title)
		}
	}
	return all
}

// Somebody buys something in a mart of their own, every hop is shown once, and what is recorded is what was shown.
func TestADemoIsShownAndRecorded(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	w := newWalk(&shown, false).recorded()
	if err := (demo{}).run(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	want := []string{"start"}
	for _, s := range steps {
		want = append(want, s.title)
	}
	if d := cmp.Diff(append(want, "done"), titles(shown.String())); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff("$ mart demo\n"+shown.String(), recordedText(w.record)); d != "" {
		t.Error(d)
	}
	if !strings.Contains(strings.Join(strings.Fields(shown.String()), " "), "and 1 tax ") {
		t.Errorf("it is sent to where the demo catalogue has no tax:\n%s", shown.String())
	}
	if !slices.IsSortedFunc(w.record.Shown, func(a, b recording.Shown) int { return int(a.After - b.After) }) {
		t.Errorf("out of order: %+v", w.record.Shown)
	}
	for _, kind := range []func(recording.Recording) ([]byte, error){recording.Recording.Cast, recording.Recording.SVG} {
		if _, err := kind(*w.record); err != nil {
			t.Error(err)
		}
	}
}

// README's picture of a demo is one of these steps: make pictures makes it anew.
func TestTheRecordingInREADMEIsOfTheseSteps(t *testing.T) {
	t.Parallel()
	picture, err := os.Open("../pages/pictures/readme-demo.svg")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = picture.Close() }() // it has been read
	var drawn []string
	for d := xml.NewDecoder(picture); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			drawn = append(drawn, string(text))
		}
	}
	all := strings.Join(strings.Fields(strings.Join(drawn, " ")), " ")
	for _, s := range steps {
		if !strings.Contains(all, s.title+" ") || !strings.Contains(all, s.behind) {
			t.Errorf("it does not show how %s is %q", s.title, s.behind)
		}
	}
}

// A recording that could not be written is refused before anybody buys anything.
func TestARecordingIsOfAKindThatThereIs(t *testing.T) {
	t.Parallel()
	err := demo{URL: "http://127.0.0.1:1", Record: "walk.gif"}.Run(t.Context())
	if err == nil || err.Error() != "--record: a recording is an asciicast or a picture: call the file walk.cast or walk.svg" {
		t.Errorf("got %v", err)
	}
}
