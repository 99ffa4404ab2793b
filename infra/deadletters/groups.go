package deadletters

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

// group is all letters about one event: it may have failed at several functions, and at each more than once.
type group struct {
	source, id, kind string
	letters          []Letter
}

// grouped puts letters of one event together. Events come in the order of their first letters, letters in the order in which they were given up.
func grouped(letters []Letter) (groups []group) {
	places := map[[2]string]int{}
	ordered := slices.SortedStableFunc(slices.Values(letters), func(a, b Letter) int { return a.At.Compare(b.At) })
	for _, l := range ordered {
		key := [2]string{l.Source, l.ID}
		i, known := places[key]
		if !known {
			i = len(groups)
			places[key], groups = i, append(groups, group{source: l.Source, id: l.ID, kind: l.Type})
		}
		groups[i].letters = append(groups[i].letters, l)
	}
	return groups
}

// failures is how often each function has given the event up.
func (g group) failures() string {
	var names []string
	times := map[string]int{}
	for _, l := range g.letters {
		name := cmp.Or(string(l.Function), "somebody")
		if times[name]++; times[name] == 1 {
			names = append(names, name)
		}
	}
	for i, name := range names {
		switch n := times[name]; n {
		case 1:
			names[i] += " once"
		case 2:
			names[i] += " twice"
		default:
			names[i] += fmt.Sprintf(" %d times", n)
		}
	}
	return strings.Join(names, ", ")
}

// trace is how the event is found in traces and logs; "" when no letter tells.
func (g group) trace() string {
	for _, l := range g.letters {
		if l.Trace != "" {
			return l.Trace
		}
	}
	return ""
}

// listed prints letters event by event.
func listed(w io.Writer, letters []Letter, which string) {
	again, groups := 0, grouped(letters)
	for _, g := range groups {
		_, _ = fmt.Fprintf(w, "%s %s  given up by %s", oneLine(g.kind), oneLine(g.id), oneLine(g.failures()))
		if t := g.trace(); t != "" {
			_, _ = fmt.Fprintf(w, "  trace %s", t)
		}
		_, _ = fmt.Fprintln(w)
		for _, l := range g.letters {
			listLetter(w, l)
			if l.Replayed != nil {
				again++
			}
		}
	}
	_, _ = fmt.Fprintf(w, "%d dead letters%s of %d events, %d of which were sent again.\n", len(letters), which, len(groups), again)
}

func listLetter(w io.Writer, l Letter) {
	at := func(t time.Time) string { return t.UTC().Format(time.DateTime) }
	_, _ = fmt.Fprintf(w, "  %-8s %s  %s at %s: %s\n", l.Place, at(l.At), oneLine(cmp.Or(l.Code, "no answer")), oneLine(l.Failed), oneLine(l.Reason))
	if l.Replayed != nil {
		_, _ = fmt.Fprintf(w, "           sent again at %s%s\n", at(*l.Replayed), byWhom(l.ReplayedBy))
	}
	if l.Discarded != nil {
		_, _ = fmt.Fprintf(w, "           discarded at %s%s\n", at(*l.Discarded), byWhom(l.DiscardedBy))
	}
	if reason := l.hopeless(); reason != "" && l.Replayed == nil && l.Discarded == nil {
		_, _ = fmt.Fprintf(w, "           can never succeed: %s\n", reason)
	}
}

// byWhom says who did it, where a mark tells: those of a release before do not.
func byWhom(who string) string {
	if who == "" {
		return ""
	}
	return " by " + oneLine(who)
}

// hopeless says why nothing comes of a letter that is sent again as things are; "" when something may.
func (l Letter) hopeless() string {
	return events.LetterFacts{Type: l.Type, Topic: l.Topic, Code: l.Code, Failed: l.Failed, SentAt: l.Event}.HopelessAt(time.Now())
}

// leaveHopeless takes out the letters of which nothing would come, and says so of each. Whoever names a letter or its event asks for it.
func leaveHopeless(letters []Letter) (rest []Letter, left []Step) {
	for _, l := range letters {
		if reason := l.hopeless(); reason != "" && l.Replayed == nil {
			left = append(left, Step{l, "stays: " + reason + "; name it, or say --hopeless, when that has been mended", false})
			continue
		}
		rest = append(rest, l)
	}
	return rest, left
}
