package domain

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// AtNetwork is what is counted of all who come from one network, whoever they say they are: many accounts are as cheap as one.
type AtNetwork string

// What is counted.
const (
	LoginsAtNetwork        AtNetwork = "log-in"
	RegistrationsAtNetwork AtNetwork = "registration"
)

// NetworkTries are those of late from one network.
type NetworkTries struct {
	What     AtNetwork
	Network  string // a digest
	Tries    Tries
	ForgetAt time.Time
}

// NetworksTries are those, by NetworkKey.
var NetworksTries = Table[NetworkTries]{"network_tries"}

// NetworkKey is the key of what is counted at a network.
func NetworkKey(what AtNetwork, network string) string { return string(what) + " " + network }

func (c Case) atNetwork(what AtNetwork, network string) NetworkTries {
	if n, found := NetworksTries.Get(c.Rows, NetworkKey(what, network)); found {
		return n
	}
	return NetworkTries{What: what, Network: network, Tries: Tries{At: c.Now}}
}

func (c Case) countAtNetwork(what AtNetwork, network string, t Tries) {
	NetworksTries.Put(c.Rows, NetworkKey(what, network), NetworkTries{What: what, Network: network, Tries: t, ForgetAt: c.Now.Add(triesKept)})
}

// giveBackAtNetwork returns a try that was none, where one is counted.
func (c Case) giveBackAtNetwork(what AtNetwork, network string, limit int) {
	n := c.atNetwork(what, network)
	if n.Tries.Spent == 0 {
		return
	}
	n.Tries = n.Tries.now(limit, c.Now)
	n.Tries.Spent = max(n.Tries.Spent-1, 0)
	c.countAtNetwork(what, network, n.Tries)
}

// takeAtNetwork counts something more that was asked for from a network: so many at once, and as many again over an hour; 0: any number. What waited so
// long that it is no part of a flood, or comes again after a restore, is not counted. Error: Problem too_many_attempts.
func (c Case) takeAtNetwork(e events.Envelope, what AtNetwork, network string, limit int) error {
	if limit == 0 || network == "" || c.Now.Sub(c.askedAt(e)) >= decidedLate {
		return nil
	}
	t := c.atNetwork(what, network).Tries.now(limit, c.Now)
	if wait := int(t.wait(limit) / time.Second); wait > 0 {
		tooMany := &events.Problem{Status: 429, Code: "too_many_attempts"}
		tooMany.Detail = "Too many accounts were made from where you are. Retry-After says how many seconds to wait."
		return tooMany.After(wait)
	}
	t.Spent++
	c.countAtNetwork(what, network, t)
	return nil
}
