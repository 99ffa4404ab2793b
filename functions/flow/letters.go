package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
)

// Unheard are the ids of the events after which a function should have asked for something, and has not: some of them may be dead letters.
func Unheard(from Source) (ids []string) {
	from.tree().each(func(r events.JournalResult, _ events.Function) { ids = append(ids, r.ID) })
	return slices.Compact(ids)
}

// each visits every event with each function that is told of it and has not asked for anything since.
func (t Tree) each(visit func(r events.JournalResult, by events.Function)) {
	t.Walk(func(_ int, e events.JournalEntry) {
		for _, r := range e.Results {
			for _, f := range t.unheard(r) {
				visit(r, f)
			}
		}
	})
}

// undelivered is what waits for a function; where the event is a dead letter, where that is looked at and how it is sent again.
func undelivered(t Tree, letters []events.DeadLetterState) (all []Wait) {
	t.each(func(r events.JournalResult, f events.Function) {
		i := slices.IndexFunc(letters, func(l events.DeadLetterState) bool { return l.EventID == r.ID && (l.Function == f || l.Function == "") })
		if i < 0 {
			all = append(all, Wait{
				Subject: r.Subject,
				Text:    fmt.Sprintf("%s is told of %s, and nothing has followed from that yet. If it cannot take it, it will be a dead letter: see why, and send it again.", f, Short(r.Type)),
				Do:      []string{"mart dead-letters --id " + r.ID, "mart dead-letters replay --id " + r.ID},
			})
			return
		}
		all = append(all, waitsFor(letters[i], fmt.Sprintf("%s could not take %s", f, Short(r.Type)), r.Subject))
	})
	return all
}

// briefly is the beginning of what a function has answered: the letter has all of it.
func briefly(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if runes := []rune(line); len(runes) > longestWhy {
		return string(runes[:longestWhy]) + "…"
	}
	return strings.TrimSuffix(line, ".")
}

const longestWhy = 200

// waitsFor is what has to be done about a letter.
func waitsFor(l events.DeadLetterState, what, subject string) Wait {
	if why := briefly(cmp.Or(l.Reason, l.Code)); why != "" {
		what += " (" + why + ")"
	}
	w := Wait{Subject: subject, Letter: l.ID, Text: what}
	switch {
	case l.Replayed != nil:
		w.Text += fmt.Sprintf(". It was sent again at %s, and nothing has followed from that yet.", Clock(l.Replayed.At))
	case l.Discarded != nil:
		w.Text += ", and somebody has discarded the dead letter: nothing follows from it any more."
	default:
		w.Text += ", so it is a dead letter: mend why, and send it again."
		if l.Hopeless != "" {
			w.Text += " As things are that comes to nothing: " + l.Hopeless + "."
		}
		w.Do = []string{"mart dead-letters replay --place " + l.Place}
	}
	w.Do = append([]string{"mart dead-letters show " + l.Place}, w.Do...)
	return w
}
