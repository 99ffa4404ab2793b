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

// Ledger adds the account up, for checks that the books agree.
func (g *Gateway) Ledger() Ledger {
	g.mu.Lock()
	l := Ledger{Movements: append([]Movement{}, g.book.movements...), ByIntent: map[string]Sums{}, ByPayment: map[string]Sums{}}
	g.mu.Unlock()
	for _, m := range l.Movements {
		l.ByIntent[m.Intent] = l.ByIntent[m.Intent].plus(m)
		if m.PaymentID != "" {
			l.ByPayment[m.PaymentID] = l.ByPayment[m.PaymentID].plus(m)
		}
	}
	return l
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
	l := g.Ledger()
	if err := g.ledger.waitAll(); err != nil {
		g.broken(w, err)
		return
	}
	reply{Status: http.StatusOK, Body: mustJSON(l)}.write(w)
}
