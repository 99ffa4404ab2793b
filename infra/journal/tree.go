package journal

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/flow"
)

// width is how long a line is at most.
const width = 80

// Tree is how entries led to each other: under each what its results led to. Entries of one correlation begin with its id; what is about the
// subject is marked.
func Tree(entries []events.JournalEntry, subject string) string {
	grown := flow.Grow(entries)
	t := tree{after: grown.After, subject: subject}
	correlation := ""
	for _, e := range grown.Roots {
		if e.Correlation != correlation {
			correlation = e.Correlation
			t.line(0, "request %s", correlation)
		}
		t.entry(1, e)
	}
	outcomes := map[string]int{}
	for _, e := range entries {
		outcomes[e.Outcome]++
	}
	t.line(0, "%d decisions: %s.", len(entries), counted(outcomes))
	return t.text.String()
}

func counted(outcomes map[string]int) string {
	var all []string
	for _, name := range []string{"succeeded", "rejected", "failed", "due"} {
		if n := outcomes[name]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, name))
		}
	}
	return strings.Join(all, ", ")
}

type tree struct {
	after   map[string][]events.JournalEntry // what an event led to
	subject string
	text    strings.Builder
}

func (t *tree) entry(depth int, e events.JournalEntry) {
	mark := ""
	if e.Subject == t.subject {
		mark = " *"
	}
	t.line(depth, "%s  %s  %s%s", e.DecidedAt.UTC().Format("2006-01-02 15:04:05.000"), flow.Short(e.Type), e.Outcome, mark)
	t.line(depth+1, "about %s", e.Subject)
	t.line(depth+1, "asked by %s, %s", flow.Who(e.By), waited(e))
	for _, r := range e.Results {
		t.result(depth+1, e, r)
	}
}

func (t *tree) result(depth int, e events.JournalEntry, r events.JournalResult) {
	t.line(depth, "-> %s", flow.Short(r.Type))
	if r.Subject != e.Subject {
		mark := ""
		if r.Subject == t.subject {
			mark = " *"
		}
		t.line(depth+1, "about %s%s", r.Subject, mark)
	}
	if refused := flow.Why(e); refused != nil {
		t.line(depth+1, "%s: %s", refused.Code, refused.Detail)
	}
	for _, next := range t.after[r.ID] {
		t.entry(depth+1, next)
	}
}

// line writes one, indented by depth, which stops to grow before there is no room, and what does not fit below it.
func (t *tree) line(depth int, format string, args ...any) {
	indent := strings.Repeat("  ", min(depth, 12))
	text := []rune(printable(fmt.Sprintf(format, args...)))
	for first := true; first || len(text) > 0; first = false {
		room := width - len(indent)
		n := min(len(text), room)
		if n < len(text) {
			if space := slices.Index(reversed(text[:n]), ' '); space >= 0 && space < n-1 {
				n -= space
			}
		}
		t.text.WriteString(strings.TrimRight(indent+string(text[:n]), " ") + "\n")
		text = text[n:]
		if first {
			indent += "    "
		}
	}
}

func reversed(text []rune) []rune {
	text = slices.Clone(text)
	slices.Reverse(text)
	return text
}

// waited is how long it took from the request to the decision.
func waited(e events.JournalEntry) string {
	took := e.DecidedAt.Sub(e.AskedAt).Round(time.Millisecond)
	if took < 0 {
		took = 0
	}
	return took.String() + " before"
}

// printable is text without what would make a terminal do something.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
