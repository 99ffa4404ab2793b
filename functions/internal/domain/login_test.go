package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	someTerms = LoginTerms{PerPlace: 10, Strangers: 30}
	midnight  = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
)

// guess tries until it has to wait, and tells how often it could.
func guess(g Guessing, at time.Time) (Guessing, int) {
	for n := 0; ; n++ {
		if g.Wait(someTerms, at) > 0 || n == 1000 {
			return g, n
		}
		g = g.Try(someTerms, at)
	}
}

func TestGuessing_SlowsDown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given Guessing
		after time.Duration // what was tried at once
		first int           // at once
		more  int           // after that
		wait  time.Duration // then
	}{
		"a stranger":              {Guessing{}, 6 * time.Minute, 10, 1, 6 * time.Minute},
		"a stranger, an hour on":  {Guessing{}, time.Hour, 10, 10, 6 * time.Minute},
		"a stranger, a year on":   {Guessing{}, 24 * 365 * time.Hour, 10, 10, 6 * time.Minute},
		"a known place":           {Guessing{Known: true}, 59 * time.Minute, 10, 9, time.Minute},
		"among other strangers":   {Guessing{Strangers: Tries{Spent: 25, At: midnight}}, 2 * time.Minute, 5, 1, 2 * time.Minute},
		"while strangers attack":  {Guessing{Strangers: Tries{Spent: 30, At: midnight}}, time.Minute, 0, 0, time.Minute},
		"known, while they do so": {Guessing{Known: true, Strangers: Tries{Spent: 30, At: midnight}}, time.Minute, 10, 0, 5 * time.Minute},
		"a clock set back":        {Guessing{}, -time.Hour, 10, 0, 6 * time.Minute},
	} {
		g, first := guess(c.given, midnight)
		g, more := guess(g, midnight.Add(c.after))
		if diff := cmp.Diff([]any{c.first, c.more, c.wait}, []any{first, more, g.Wait(someTerms, midnight.Add(c.after))}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		later := midnight.Add(max(c.after, 0)).Add(c.wait)
		if c.after >= 0 && g.Wait(someTerms, later) != 0 {
			t.Errorf("%s: after the wait there is another one", name)
		}
	}
}

// A network has so many tries at all accounts together; whoever has logged in from there goes on, and what they try is not counted there.
func TestGuessing_OfANetwork(t *testing.T) {
	t.Parallel()
	terms := LoginTerms{PerPlace: 10, Strangers: 30, Network: 60}
	full := Tries{Spent: 60, At: midnight}
	for name, c := range map[string]struct {
		given       Guessing
		terms       LoginTerms
		waits, says time.Duration
		then        float64
	}{
		"a stranger":               {Guessing{Network: full}, terms, time.Minute, time.Minute, 61},
		"known at the account":     {Guessing{Network: full, Known: true}, terms, 0, time.Minute, 60},
		"who shows a device":       {Guessing{Network: full, Known: true, Shown: true}, terms, 0, 0, 60},
		"one less":                 {Guessing{Network: Tries{Spent: 59, At: midnight}}, terms, 0, 0, 60},
		"the first":                {Guessing{Network: Tries{At: midnight}}, terms, 0, 0, 1},
		"where it is not bounded":  {Guessing{Network: full}, someTerms, 0, 0, 60},
		"and others at an account": {Guessing{Network: full, Strangers: Tries{Spent: 31, At: midnight}}, terms, 4 * time.Minute, 4 * time.Minute, 61},
	} {
		got := []any{c.given.Wait(c.terms, midnight), c.given.Says(c.terms, midnight), c.given.Try(c.terms, midnight).Network.Spent}
		if diff := cmp.Diff([]any{c.waits, c.says, c.then}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What is said at the limit is the same wherever somebody has logged in before; only whether the password is looked at differs.
func TestGuessing_WhatIsToldTellsNothing(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]Guessing{
		"nobody tries": {}, "strangers attack": {Strangers: Tries{Spent: 30, At: midnight}}, "this network, too": {Strangers: Tries{Spent: 29.5, At: midnight}, Place: Tries{Spent: 9.8, At: midnight}},
	} {
		known, shown := g, g
		known.Known = true
		shown.Known, shown.Shown = true, true
		if stranger, told := g.Wait(someTerms, midnight), known.Says(someTerms, midnight); told != stranger || g.Says(someTerms, midnight) != stranger {
			t.Errorf("%s: a stranger waits %v, a known network is told of %v", name, stranger, told)
		}
		if own := shown.Wait(someTerms, midnight); shown.Says(someTerms, midnight) != own || known.Wait(someTerms, midnight) != own {
			t.Errorf("%s: a device waits %v and is told of %v", name, own, shown.Says(someTerms, midnight))
		}
	}
}

func TestGuessing_ARightPasswordCostsNothing(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		g := Guessing{Known: known, Since: midnight, Place: Tries{Spent: 3, At: midnight}, Strangers: Tries{Spent: 5, At: midnight}, Wrong: 8}
		if diff := cmp.Diff(g, g.Try(someTerms, midnight).GiveBack(someTerms, !known, midnight)); diff != "" {
			t.Errorf("known %v: %s", known, diff)
		}
	}
	if diff := cmp.Diff(Tries{At: midnight}, Guessing{}.GiveBack(someTerms, true, midnight).Place); diff != "" {
		t.Errorf("more came back than was taken: %s", diff)
	}
}

func TestGuessing_WarnsNowAndThen(t *testing.T) {
	t.Parallel()
	g, told := Guessing{}, []time.Duration{}
	for minute := range 3 * 24 * 60 {
		at := midnight.Add(time.Duration(minute) * time.Minute)
		if g.Wait(someTerms, at) > 0 {
			continue
		}
		var warn bool
		if g, warn = g.Try(someTerms, at).Warn(at); warn {
			told = append(told, at.Sub(midnight))
		}
	}
	// One network: ten at once, then ten an hour.
	if diff := cmp.Diff([]time.Duration{time.Hour, 13 * time.Hour, 25 * time.Hour, 37 * time.Hour, 49 * time.Hour, 61 * time.Hour}, told); diff != "" {
		t.Error(diff)
	}
	g = Guessing{}
	for day := range 40 { // somebody who mistypes once a day
		at := midnight.Add(time.Duration(day) * 25 * time.Hour)
		var warn bool
		if g, warn = g.Try(someTerms, at).Warn(at); warn {
			t.Errorf("told on day %d", day)
		}
	}
}
