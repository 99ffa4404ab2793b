package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Why a letter is not sent again, and what somebody says who wants it all the same.
func TestMayReplay(t *testing.T) {
	t.Parallel()
	done := &events.LetterMark{At: time.Date(2026, 3, 3, 9, 41, 0, 0, time.UTC)}
	for name, c := range map[string]struct {
		change func(*events.DeadLetterState)
		wanted events.LetterReplay
		code   string
		says   string
	}{
		"open":                          {func(*events.DeadLetterState) {}, events.LetterReplay{}, "", ""},
		"no event of ours":              {func(s *events.DeadLetterState) { s.Topic = "" }, events.LetterReplay{Again: true, Hopeless: true}, "letter_unaddressed", "nowhere to go"},
		"from nobody":                   {func(s *events.DeadLetterState) { s.Function = "" }, events.LetterReplay{}, "letter_unaddressed", "--place 0:17 --function NAME"},
		"too large":                     {func(s *events.DeadLetterState) { s.Kept = false }, events.LetterReplay{}, "letter_not_kept", "mart dead-letters replay --place 0:17"},
		"sent":                          {func(s *events.DeadLetterState) { s.Replayed = done }, events.LetterReplay{Hopeless: true}, "letter_replayed", "2026-03-03 09:41:00"},
		"sent, said again":              {func(s *events.DeadLetterState) { s.Replayed = done }, events.LetterReplay{Again: true}, "", ""},
		"discarded":                     {func(s *events.DeadLetterState) { s.Discarded = done }, events.LetterReplay{}, "letter_discarded", "2026-03-03 09:41:00"},
		"discarded, said again":         {func(s *events.DeadLetterState) { s.Discarded = done }, events.LetterReplay{Again: true}, "", ""},
		"claimed, whatever is said":     {func(s *events.DeadLetterState) { s.ClaimedUntil = done.At }, events.LetterReplay{Again: true, Hopeless: true}, "letter_claimed", "2026-03-03 09:41:00"},
		"hopeless":                      {func(s *events.DeadLetterState) { s.Hopeless = "it is not readable" }, events.LetterReplay{Again: true}, "letter_hopeless", "it is not readable"},
		"hopeless, mended":              {func(s *events.DeadLetterState) { s.Hopeless = "it is not readable" }, events.LetterReplay{Hopeless: true}, "", ""},
		"hopeless, and sent already":    {func(s *events.DeadLetterState) { s.Hopeless, s.Replayed = "x", done }, events.LetterReplay{Hopeless: true}, "letter_replayed", ""},
		"hopeless, sent, and said both": {func(s *events.DeadLetterState) { s.Hopeless, s.Replayed = "x", done }, events.LetterReplay{Hopeless: true, Again: true}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := events.DeadLetterState{LetterFacts: events.LetterFacts{Place: "0:17", Topic: "t", Function: events.Payment}, Kept: true}
			c.change(&s)
			code, says := "", ""
			if problem := domain.MayReplay(s, c.wanted); problem != nil {
				code, says = problem.Code, problem.Detail
			}
			if code != c.code || !strings.Contains(says, c.says) {
				t.Errorf("%q %q, want %q and %q", code, says, c.code, c.says)
			}
		})
	}
}

// A claim keeps others away for its time, and ends with what it was for.
func TestStateOfALetter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 3, 9, 41, 0, 0, time.UTC)
	at := func(kind events.MarkKind, ago time.Duration) events.LetterMark {
		return events.LetterMark{Kind: kind, Run: string(kind), At: now.Add(-ago)}
	}
	l := domain.DeadLetter{NewDeadLetter: events.NewDeadLetter{LetterFacts: events.LetterFacts{Type: events.OrderPaid.Type(), Topic: "t"}}, MarksFrom: now.Add(-time.Hour)}
	for name, c := range map[string]struct {
		marks   []events.LetterMark
		want    events.LetterStatus
		claimed bool
	}{
		"untouched":               {nil, events.LetterOpen, false},
		"claimed":                 {[]events.LetterMark{at(events.ClaimedMark, time.Minute)}, events.LetterOpen, true},
		"claimed long ago":        {[]events.LetterMark{at(events.ClaimedMark, events.LetterClaim)}, events.LetterOpen, false},
		"claimed and sent":        {[]events.LetterMark{at(events.ReplayedMark, time.Second), at(events.ClaimedMark, time.Minute)}, events.LetterReplayed, false},
		"discarded, then sent":    {[]events.LetterMark{at(events.DiscardedMark, time.Minute), at(events.ReplayedMark, time.Second)}, events.LetterReplayed, false},
		"of another at its place": {[]events.LetterMark{at(events.ReplayedMark, 2*time.Hour)}, events.LetterOpen, false},
	} {
		if got := l.State(c.marks, now); got.Status != c.want || got.ClaimedUntil.IsZero() == c.claimed {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
