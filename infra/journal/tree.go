package journal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// width is how long a line is at most.
const width = 80

// Tree is how entries led to each other: under each what its results led to. Entries of one correlation begin with its id; what is about the
// subject is marked.
func Tree(entries []Entry, subject string) string {
	by := map[string][]Entry{} // what led to them
	said := map[string]bool{}
	for _, e := range entries {
		for _, r := range e.Results {
			said[r.ID] = true
		}
	}
	var roots []Entry
	for _, e := range entries {
		if said[e.Causation] {
			by[e.Causation] = append(by[e.Causation], e)
		} else {
			roots = append(roots, e)
		}
	}
	t := tree{by: by, subject: subject}
	correlation := ""
	for _, e := range roots {
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
	by      map[string][]Entry
	subject string
	text    strings.Builder
}

func (t *tree) entry(depth int, e Entry) {
	mark := ""
	if e.Subject == t.subject {
		mark = " *"
	}
	t.line(depth, "%s  %s  %s%s", e.DecidedAt.UTC().Format("2006-01-02 15:04:05.000"), short(e.Type), e.Outcome, mark)
	t.line(depth+1, "about %s", e.Subject)
	t.line(depth+1, "asked by %s, %s", asker(e.By), waited(e))
	for _, r := range e.Results {
		t.result(depth+1, e, r)
	}
}

func (t *tree) result(depth int, e Entry, r Result) {
	t.line(depth, "-> %s", short(r.Type))
	if r.Subject != e.Subject {
		mark := ""
		if r.Subject == t.subject {
			mark = " *"
		}
		t.line(depth+1, "about %s%s", r.Subject, mark)
	}
	if e.Outcome == "rejected" || e.Outcome == "failed" {
		t.line(depth+1, "%s", why(r.Data))
	}
	for _, next := range t.by[r.ID] {
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

// short is a type without what all have in common.
func short(kind string) string {
	return strings.TrimSuffix(strings.TrimPrefix(kind, "com.onlinemart."), ".v1")
}

// askers is what people call those who ask.
var askers = map[string]string{"user": "staff", "app_user": "customer", "service_account": "program", "system": "the function", "unauthenticated": "somebody unknown"}

func asker(a Asker) string {
	name, known := askers[a.Type]
	if !known {
		name = a.Type
	}
	return strings.TrimSpace(name + " " + a.ID)
}

// waited is how long it took from the request to the decision.
func waited(e Entry) string {
	took := e.DecidedAt.Sub(e.AskedAt).Round(time.Millisecond)
	if took < 0 {
		took = 0
	}
	return took.String() + " before"
}

// why is a refusal in words.
func why(data json.RawMessage) string {
	var r struct{ Problem struct{ Code, Detail string } }
	if err := json.Unmarshal(data, &r); err != nil || r.Problem.Code == "" {
		return "(why cannot be read)"
	}
	return r.Problem.Code + ": " + r.Problem.Detail
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
