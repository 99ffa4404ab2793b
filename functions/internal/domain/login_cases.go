package domain

import (
	"cmp"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// LoginAccount is what is counted at an account.
type LoginAccount struct {
	Account   string
	Strangers Tries
	Wrong     int
	Since     time.Time
	Told      time.Time
	ForgetAt  time.Time
	Erased    bool // it is as if nothing had ever been counted
}

// LoginPlace is what is counted at an account from one place, and until when the place is known.
type LoginPlace struct {
	Account    string
	Place      string
	Tries      Tries
	KnownUntil time.Time
	ForgetAt   time.Time
	Erased     bool
}

// The rows of tries to log in: with an account, the places that are known there.
var (
	LoginAccounts = Table[LoginAccount]{"login_account"}
	LoginPlaces   = Table[LoginPlace]{"login_place"}
	// ErasedLogins are accounts of which nothing is left.
	ErasedLogins = Log[string]{"erased logins"}
)

// LoginPlaceKey is the key of a place at an account.
func LoginPlaceKey(account, place string) string { return account + " " + place }

// PlacesKept is how many known places an account keeps at most: the newest.
const PlacesKept = 50

// How long a place is known after the last log-in from it, and how long tries are.
const (
	networkKnown = 90 * 24 * time.Hour
	deviceKnown  = 365 * 24 * time.Hour
	triesKept    = 25 * time.Hour // after an hour all have come back; after a day nobody is told of them
)

func (c Case) loginPlace(account, place string) (LoginPlace, bool) {
	p, found := LoginPlaces.Get(c.Rows, LoginPlaceKey(account, place))
	if !found || p.Erased {
		return LoginPlace{Account: account, Place: place, Tries: Tries{At: c.Now}}, false
	}
	return p, true
}

// guessing is what is counted at an account as it is seen from a network and a device, and under which of the two a try is counted.
func (c Case) guessing(account, network, device string) (g Guessing, place LoginPlace) {
	g.Strangers.At, g.Since = c.Now, c.Now
	if a, found := LoginAccounts.Get(c.Rows, account); found && !a.Erased {
		g.Strangers, g.Wrong, g.Since, g.Told = a.Strangers, a.Wrong, a.Since, a.Told
	}
	place, _ = c.loginPlace(account, network)
	if device != "" {
		if p, _ := c.loginPlace(account, device); p.KnownUntil.After(c.Now) {
			place, g.Shown = p, true
		}
	}
	g.Place, g.Known = place.Tries, place.KnownUntil.After(c.Now)
	g.Network = c.atNetwork(LoginsAtNetwork, network).Tries
	return g, place
}

func (c Case) storeLogin(account string, place LoginPlace, g Guessing) {
	forget := c.Now.Add(triesKept)
	LoginAccounts.Put(c.Rows, account, LoginAccount{Account: account, Strangers: g.Strangers, Wrong: g.Wrong, Since: g.Since, Told: g.Told, ForgetAt: forget})
	place.Tries, place.ForgetAt = g.Place, forget
	if place.KnownUntil.After(forget) {
		place.ForgetAt = place.KnownUntil
	}
	c.putPlace(place)
}

func (c Case) putPlace(p LoginPlace) { LoginPlaces.Put(c.Rows, LoginPlaceKey(p.Account, p.Place), p) }

// TryLogin takes a try at an account, or says how long to wait for one. It never refuses: whoever asks must be told how long.
func TryLogin(c Case, m events.Received[events.LoginTry]) ([]events.Outgoing, error) {
	account := ID(m.Subject)
	g, place := c.guessing(account, m.Data.Network, m.Data.Device)
	turn := events.LoginTurn{Place: place.Place, Stranger: !g.Known, SaysSeconds: int(g.Says(c.Limits.Logins, c.Now) / time.Second)}
	if g.Wait(c.Limits.Logins, c.Now) > 0 {
		turn.WaitSeconds = turn.SaysSeconds
		return events.Send(events.LoginTried.New(m.Subject, turn)), nil
	}
	g = g.Try(c.Limits.Logins, c.Now)
	if !g.Known && c.Limits.Logins.Network > 0 {
		c.countAtNetwork(LoginsAtNetwork, m.Data.Network, g.Network)
	}
	told := events.Send(events.LoginTried.New(m.Subject, turn))
	attack := events.LoginAttack{Owner: m.Data.Owner, Wrong: g.Wrong, Since: g.Since.UTC()}
	g, warn := g.Warn(c.Now)
	if person := m.Data.Owner.Type == events.Staff || m.Data.Owner.Type == events.Shopper; warn && person {
		told = append(told, events.LoginAttacked.New(m.Subject, attack))
	}
	c.storeLogin(account, place, g)
	return told, nil
}

// EndLogin gives a try back that was no wrong password. Where it was the right one, network and device are known from now on.
func EndLogin(c Case, m events.Received[events.LoginEnd]) ([]events.Outgoing, error) {
	account := ID(m.Subject)
	g, place := c.guessing(account, m.Data.Place, "")
	c.storeLogin(account, place, g.GiveBack(c.Limits.Logins, m.Data.Stranger, c.Now))
	if m.Data.Stranger {
		c.giveBackAtNetwork(LoginsAtNetwork, m.Data.Place, c.Limits.Logins.Network)
	}
	if m.Data.Proven {
		c.knowPlace(account, m.Data.Network, c.Now.Add(networkKnown))
		c.knowPlace(account, m.Data.Device, c.Now.Add(deviceKnown))
		c.forgetPlaces(account)
	}
	return events.Send(events.LoginEnded.New(m.Subject, m.Data)), nil
}

// showPlace makes the place usual at an account from which somebody has used a link that was mailed to its owner: they read the mailbox, whoever has tried what before.
// Their tries begin anew, and so does what is counted of strangers at the account.
func (c Case) showPlace(account, network string) {
	a, _ := LoginAccounts.Get(c.Rows, account)
	LoginAccounts.Put(c.Rows, account, LoginAccount{Account: account, Strangers: Tries{At: c.Now}, Since: c.Now, Told: a.Told, ForgetAt: c.Now.Add(triesKept)})
	if network == "" {
		return
	}
	p, _ := c.loginPlace(account, network)
	p.Tries = Tries{At: c.Now}
	c.putPlace(p)
	c.knowPlace(account, network, c.Now.Add(networkKnown))
	c.forgetPlaces(account)
}

// knowPlace notes that somebody has logged in from a place, if there is one.
func (c Case) knowPlace(account, place string, until time.Time) {
	if place == "" {
		return
	}
	p, _ := c.loginPlace(account, place)
	p.KnownUntil, p.ForgetAt = until, until
	c.putPlace(p)
}

// forgetPlaces keeps the newest of the places that are known.
func (c Case) forgetPlaces(account string) {
	var known []LoginPlace
	for p := range LoginPlaces.All(c.Rows) {
		if p.Account == account && !p.Erased && !p.KnownUntil.IsZero() {
			known = append(known, p)
		}
	}
	slices.SortFunc(known, func(a, b LoginPlace) int {
		return cmp.Or(b.KnownUntil.Compare(a.KnownUntil), cmp.Compare(a.Place, b.Place))
	})
	for _, p := range known[min(PlacesKept, len(known)):] {
		p.KnownUntil, p.ForgetAt = time.Time{}, c.Now.Add(triesKept)
		c.putPlace(p)
	}
}

// eraseLogin forgets where the owner of an account has logged in from.
func (c Case) eraseLogin(account string) {
	ErasedLogins.Add(c.Rows, account)
	LoginAccounts.Put(c.Rows, account, LoginAccount{Account: account, Erased: true})
	for p := range LoginPlaces.All(c.Rows) {
		if p.Account == account {
			c.putPlace(LoginPlace{Account: account, Place: p.Place, Erased: true})
		}
	}
}
