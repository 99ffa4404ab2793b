package domain

import "time"

// LoginTerms say how many wrong passwords may be tried at one account. Each number is as many at once, and as many again over an hour.
type LoginTerms struct {
	PerPlace  int // from one place: a network address, or a device that has logged in before
	Strangers int // from all places together from which nobody has logged in before
	Network   int // from one network, at all accounts together; 0: any number
}

// Tries are the wrong passwords of late, as a measure that sinks: by the whole limit each hour.
type Tries struct {
	Spent float64
	At    time.Time
}

// now is what is left of them at that time.
func (t Tries) now(limit int, at time.Time) Tries {
	passed := max(at.Sub(t.At), 0)
	return Tries{Spent: max(t.Spent-passed.Hours()*float64(limit), 0), At: at}
}

// wait is how long the next one must wait, in whole seconds.
func (t Tries) wait(limit int) time.Duration {
	over := t.Spent + 1 - float64(limit)
	if over <= 0 {
		return 0
	}
	exact := time.Duration(over / float64(limit) * float64(time.Hour))
	return (exact + time.Second - 1).Truncate(time.Second)
}

// When an owner is told of wrong passwords: that many within a day, and not more often than every twelve hours.
const (
	WarnAfter  = 20
	WarnWithin = 24 * time.Hour
	WarnEvery  = 12 * time.Hour
)

// Guessing is what is known of the tries at one account, seen from one place. A place from which somebody has logged in has its own
// tries and nobody else's, so that strangers, however many, do not keep its owner out.
type Guessing struct {
	Known     bool  // somebody has logged in from this place before
	Shown     bool  // and whoever comes has shown so, by what their device was given
	Place     Tries // from this place
	Strangers Tries // from all the others together that are not known
	Network   Tries // from this network, at all accounts together, of all who are not known there
	Wrong     int   // from anywhere, since Since
	Since     time.Time
	Told      time.Time // when its owner was last told
}

// Wait is how long the next try must wait, in whole seconds; 0: it may come.
func (g Guessing) Wait(t LoginTerms, at time.Time) time.Duration {
	wait := g.Place.now(t.PerPlace, at).wait(t.PerPlace)
	if !g.Known {
		wait = max(wait, g.waitOfOthers(t, at))
	}
	return wait
}

// waitOfOthers is how long a try must wait for what others have tried: strangers at this account, and whoever is at this network, at any.
func (g Guessing) waitOfOthers(t LoginTerms, at time.Time) time.Duration {
	wait := g.Strangers.now(t.Strangers, at).wait(t.Strangers)
	if t.Network > 0 {
		wait = max(wait, g.Network.now(t.Network, at).wait(t.Network))
	}
	return wait
}

// Says is how long the next try is said to have to wait, and what a wrong password is answered with from a network that is known: as if
// it were not. So no answer tells those who share a network with somebody at which accounts they have logged in. Who shows what a device
// was given learns nothing by it.
func (g Guessing) Says(t LoginTerms, at time.Time) time.Duration {
	wait := g.Wait(t, at)
	if !g.Shown {
		wait = max(wait, g.waitOfOthers(t, at))
	}
	return wait
}

// Try takes a try before its password is looked at, so that many at one moment are not more than are allowed. Wait must be over.
func (g Guessing) Try(t LoginTerms, at time.Time) Guessing {
	if at.Sub(g.Since) > WarnWithin {
		g.Wrong, g.Since = 0, at
	}
	g.Wrong++
	g.Place = g.Place.now(t.PerPlace, at)
	g.Place.Spent++
	if !g.Known {
		g.Strangers = g.Strangers.now(t.Strangers, at)
		g.Strangers.Spent++
	}
	if !g.Known && t.Network > 0 { // whoever is known goes on and pays for nothing, so that their own log-ins give nothing back to others' guesses
		g.Network = g.Network.now(t.Network, at)
		g.Network.Spent++
	}
	return g
}

// GiveBack returns a try that was no wrong password. stranger is what the place was when it was taken.
func (g Guessing) GiveBack(t LoginTerms, stranger bool, at time.Time) Guessing {
	g.Wrong = max(g.Wrong-1, 0)
	g.Place = g.Place.now(t.PerPlace, at)
	g.Place.Spent = max(g.Place.Spent-1, 0)
	if stranger {
		g.Strangers = g.Strangers.now(t.Strangers, at)
		g.Strangers.Spent = max(g.Strangers.Spent-1, 0)
	}
	return g
}

// Warn tells whether the owner is to be told now; then they are told, and counting begins anew.
func (g Guessing) Warn(at time.Time) (Guessing, bool) {
	if g.Wrong < WarnAfter || at.Sub(g.Told) < WarnEvery {
		return g, false
	}
	g.Told, g.Wrong, g.Since = at, 0, at
	return g, true
}
