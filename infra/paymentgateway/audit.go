package paymentgateway

import (
	"net/http"
	"time"
)

// Kinds of movement. Authorize, capture, charge, refund and cancel move money or release it; the others tell what was tried.
const (
	moveCreate    = "create"
	moveChallenge = "challenge"
	moveDecline   = "decline"
	moveAuthorize = "authorize"
	moveCapture   = "capture"
	moveCharge    = "charge" // authorised and captured at once
	moveCancel    = "cancel" // its amount is what was authorised and is released
	moveRefund    = "refund"
)

// Movement is one line of the account: what happened to which payment. Amount is in minor units.
type Movement struct {
	Kind      string    `json:"kind"`
	At        time.Time `json:"at"`
	Intent    string    `json:"intent"`
	PaymentID string    `json:"paymentId,omitempty"` // metadata payment_id of the intent
	Refund    string    `json:"refund,omitempty"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
}

// Sums are what the movements of one intent or one payment add up to, in minor units. Intents counts those that were
// ever authorised: more than one for a payment means that the buyer was charged twice.
type Sums struct {
	Currency   string `json:"currency"`
	Intents    int    `json:"intents"`
	Authorized int64  `json:"authorized"`
	Captured   int64  `json:"captured"`
	Released   int64  `json:"released"`
	Refunded   int64  `json:"refunded"`
}

// Ledger is the whole account, as GET /test/ledger shows it.
type Ledger struct {
	Movements []Movement      `json:"movements"` // in the order they happened
	ByIntent  map[string]Sums `json:"byIntent"`
	ByPayment map[string]Sums `json:"byPayment"` // by metadata payment_id
}

// Ledger is the account, for tests in this process; it panics when it cannot be read.
func (g *Gateway) Ledger() Ledger {
	l, err := g.account()
	if err != nil {
		panic(err)
	}
	return l
}

// account adds everything up, for checks that the books agree.
func (g *Gateway) account() (Ledger, error) {
	l := Ledger{Movements: []Movement{}, ByIntent: map[string]Sums{}, ByPayment: map[string]Sums{}}
	err := g.ledger.all(func(e entry, _ int64) {
		if m := e.Movement; m != nil {
			l.Movements = append(l.Movements, *m)
			l.ByIntent[m.Intent] = l.ByIntent[m.Intent].plus(*m)
			if m.PaymentID != "" {
				l.ByPayment[m.PaymentID] = l.ByPayment[m.PaymentID].plus(*m)
			}
		}
	})
	return l, err
}

func (s Sums) plus(m Movement) Sums {
	s.Currency = m.Currency
	switch m.Kind {
	case moveAuthorize:
		s.Intents++
		s.Authorized += m.Amount
	case moveCharge:
		s.Intents++
		s.Authorized += m.Amount
		s.Captured += m.Amount
	case moveCapture:
		s.Captured += m.Amount
	case moveCancel:
		s.Released += m.Amount
	case moveRefund:
		s.Refunded += m.Amount
	}
	return s
}

func (g *Gateway) showLedger(w http.ResponseWriter, _ *http.Request) {
	l, err := g.account()
	if err == nil {
		err = g.ledger.waitAll()
	}
	if err != nil {
		g.broken(w, err)
		return
	}
	reply{Status: http.StatusOK, Body: mustJSON(l)}.write(w)
}
