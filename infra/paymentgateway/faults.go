package paymentgateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"
)

// What can go wrong. "Before" is before the money moves, "after" when it has moved and is in the ledger.
const (
	cutBefore    = "cut_before"    // the connection breaks, nothing is charged
	cutAfter     = "cut_after"     // the connection breaks, the charge stands
	hangBefore   = "hang_before"   // no answer, nothing is charged
	hangAfter    = "hang_after"    // no answer, the charge stands
	errorAfter   = "error_after"   // answer 500, the charge stands; the same key gets the 500 again, as at Stripe
	slow         = "slow"          // wait delayMs, then charge and answer, even if the caller has gone meanwhile
	otherAmount  = "other_amount"  // the answer states one minor unit more than the ledger holds
	webhookFirst = "webhook_first" // the event is delivered before the answer
	webhookTwice = "webhook_twice" // the event is delivered twice at the same moment
	webhookLate  = "webhook_late"  // the event waits delayMs
)

var modes = []string{cutBefore, cutAfter, hangBefore, hangAfter, errorAfter, slow, otherAmount, webhookFirst, webhookTwice, webhookLate}

// fault is one thing to go wrong, as POST /test/faults takes it: {"on": "capture", "mode": "cut_after", "times": 3}.
type fault struct {
	On      string `json:"on"`                // create, confirm, capture, cancel, refund, challenge or any
	Mode    string `json:"mode"`              // see above
	Times   int    `json:"times,omitempty"`   // how often; 0 means once, below zero until cleared
	Every   int    `json:"every,omitempty"`   // only each so-manieth matching call; 0 and 1 mean each
	DelayMS int    `json:"delayMs,omitempty"` // of slow and webhook_late
	Seen    int    `json:"seen"`              // matching calls so far
	Fired   int    `json:"fired"`             // how often it has gone wrong
}

func (f fault) matches(op string) bool { return f.On == op || f.On == opAny }

// only is the fault if its mode is one of those, else the empty one, which does nothing.
func (f fault) only(modes ...string) fault {
	if slices.Contains(modes, f.Mode) {
		return f
	}
	return fault{}
}

func (f fault) delivery() delivery {
	return delivery{
		first: f.Mode == webhookFirst, twice: f.Mode == webhookTwice,
		after: time.Duration(f.only(webhookLate).DelayMS) * time.Millisecond,
	}
}

// misstated is the same change with another amount in the answer; the ledger keeps the true one.
func (c change) misstated() change {
	c.intent.Shown.Amount++
	if c.intent.Shown.AmountCapturable > 0 {
		c.intent.Shown.AmountCapturable++
	}
	if c.intent.Shown.AmountReceived > 0 {
		c.intent.Shown.AmountReceived++
	}
	if c.refund != nil {
		other := *c.refund
		other.Amount++
		c.refund = &other
	}
	return c
}

// faults are those asked for, in the order they came; the first that matches a call strikes.
type faults struct {
	mu     sync.Mutex
	asked  []*fault
	struck map[string]bool // keys that a token's own fault has struck: it strikes once
}

func newFaults() *faults { return &faults{struck: map[string]bool{}} }

func (fs *faults) take(op, token, key string) fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.asked {
		spent := f.Times >= 0 && f.Fired >= max(f.Times, 1)
		if spent || !f.matches(op) {
			continue
		}
		f.Seen++
		if f.Seen%max(f.Every, 1) == 0 {
			f.Fired++
			return *f
		}
	}
	own := tokens[token].fault
	if own.Mode == "" || !own.matches(op) || fs.struck[key] {
		return fault{}
	}
	if key != "" {
		fs.struck[key] = true
	}
	return own
}

func (g *Gateway) faultFor(op operation, c call, key string) fault {
	token := c.params.get("payment_method")
	if token == "" {
		g.mu.Lock()
		in, _ := g.book.intent(max(c.id, c.params.get("payment_intent"))) // the operation refuses what is not there
		token = in.Token
		g.mu.Unlock()
	}
	return g.faults.take(op.name, token, key)
}

// fail lets the fault strike and reports whether there is still a caller to answer.
func (g *Gateway) fail(w http.ResponseWriter, r *http.Request, f fault) (goOn bool) {
	switch f.Mode {
	case cutBefore, cutAfter:
		cut(w)
		return false
	case hangBefore, hangAfter:
		select {
		case <-r.Context().Done():
		case <-g.stop.Done():
		case <-time.After(g.cfg.HangFor):
		}
		cut(w)
		return false
	case slow:
		select {
		case <-time.After(time.Duration(f.DelayMS) * time.Millisecond):
		case <-g.stop.Done():
		}
	}
	return true
}

// cut breaks the connection in the middle of an answer. Without the first half, Go's client would send the request
// again by itself where the connection had served before, for requests with an idempotency key are safe to repeat.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the server resets the stream
	}
	_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{"))
	_ = conn.Close()
}

func (g *Gateway) addFault(w http.ResponseWriter, r *http.Request) {
	var f fault
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	in.DisallowUnknownFields()
	ops := []string{opCreate, opConfirm, opCapture, opCancel, opRefund, opAnswer, opAny}
	if err := in.Decode(&f); err != nil || !slices.Contains(modes, f.Mode) || !slices.Contains(ops, f.On) {
		e := invalid("", "", "Send {\"on\": one of %v, \"mode\": one of %v, \"times\"?, \"every\"?, \"delayMs\"?}.", ops, modes)
		reply{Status: e.status, Body: e.body()}.write(w)
		return
	}
	f.Seen, f.Fired = 0, 0
	g.faults.mu.Lock()
	g.faults.asked = append(g.faults.asked, &f)
	g.faults.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (g *Gateway) showFaults(w http.ResponseWriter, _ *http.Request) {
	g.faults.mu.Lock()
	body := mustJSON(map[string]any{"faults": g.faults.asked})
	g.faults.mu.Unlock()
	reply{Status: http.StatusOK, Body: body}.write(w)
}

func (g *Gateway) clearFaults(w http.ResponseWriter, _ *http.Request) {
	g.faults.mu.Lock()
	g.faults.asked = nil
	g.faults.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
