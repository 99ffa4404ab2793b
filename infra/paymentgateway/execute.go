package paymentgateway

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"
)

// execute makes an operation a handler: once per idempotency key, on disk before the answer, with the faults asked for.
func (g *Gateway) execute(op operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, request := r.Header.Get("Idempotency-Key"), id("req")
		w.Header().Set("Request-Id", request)
		p, refused := g.read(w, r, op, key)
		if refused != nil {
			reply{Status: refused.status, Body: refused.body()}.write(w)
			return
		}
		print := fingerprint(r, p)
		if known, e := g.begin(key, print); e != nil {
			reply{Status: e.status, Body: e.body()}.write(w)
			return
		} else if known != nil {
			g.replay(w, *known)
			return
		}
		c := call{params: p, id: r.PathValue("id"), at: g.now(), base: g.publicURL(r)}
		f := g.faultFor(op, c, key)
		if f.Mode == cutBefore || f.Mode == hangBefore {
			g.finish(key) // nothing runs: whoever asks again is not kept waiting
			g.fail(w, r, f)
			return
		}
		g.fail(w, r, f.only(slow))
		if key != "" {
			w.Header().Set("Idempotency-Key", key)
		}
		g.run(w, r, execution{op: op, call: c, key: key, print: print, request: request, fault: f})
	})
}

func (g *Gateway) read(w http.ResponseWriter, r *http.Request, op operation, key string) (params, *apiError) {
	if e := g.authenticate(r); e != nil {
		return nil, e
	}
	if len(key) > maxKeyLength {
		return nil, invalid("", "", "An idempotency key has at most %d characters.", maxKeyLength)
	}
	return readParams(w, r, op.allowed)
}

// fingerprint tells whether two requests with one key are the same request.
func fingerprint(r *http.Request, p params) string {
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL.Path + "?" + url.Values(p).Encode()))
	return hex.EncodeToString(sum[:])
}

// begin reserves the key, or returns the answer that it already has.
func (g *Gateway) begin(key, print string) (*answer, *apiError) {
	if key == "" {
		return nil, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inFlight[key] {
		return nil, keyInUse(key)
	}
	known, e := g.book.answered(key, g.now().Add(-answersKept))
	switch {
	case e != nil:
		return nil, e
	case known != nil && known.Fingerprint != print:
		return nil, keyReused(key)
	case known != nil:
		return known, nil
	}
	g.inFlight[key] = true
	return nil, nil
}

func (g *Gateway) finish(key string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.inFlight, key)
}

func (g *Gateway) replay(w http.ResponseWriter, known answer) {
	if err := g.ledger.waitAll(); err != nil {
		g.broken(w, err)
		return
	}
	w.Header().Set("Idempotency-Key", known.Key)
	w.Header().Set("Idempotent-Replayed", "true")
	w.Header().Set("Original-Request", known.Request)
	known.Reply.write(w)
}

// execution is one run of an operation.
type execution struct {
	op      operation
	call    call
	key     string
	print   string
	request string
	fault   fault
}

func (g *Gateway) run(w http.ResponseWriter, r *http.Request, x execution) {
	if err := g.Ready(); err != nil {
		g.finish(x.key)
		g.broken(w, err)
		return
	}
	said, events, err := g.record(x)
	g.finish(x.key)
	if err != nil {
		g.postLater(events)
		g.broken(w, err)
		return
	}
	for _, ev := range events {
		g.post(ev, x.fault.delivery())
	}
	if g.fail(w, r, x.fault.only(cutAfter, hangAfter)) {
		said.write(w)
	}
}

// record runs the operation and returns once its entry is on disk. A refusal by validation changes nothing and is not
// kept; a decline and an error in the middle are kept, and come again with the same key.
func (g *Gateway) record(x execution) (reply, []event, error) {
	g.mu.Lock()
	did, refused := x.op.run(g, x.call)
	if refused != nil && refused.Intent == nil {
		g.mu.Unlock()
		return reply{Status: refused.status, Body: refused.body()}, nil, nil
	}
	e := entry{At: x.call.at}
	said := did.reply(refused, x.fault)
	if refused == nil {
		e.Movement, e.Intent, e.Refund = did.recorded(x.call.at), &did.intent, did.refund
		e.Events = g.events(did, x)
	}
	if x.key != "" {
		e.Answer = &answer{Key: x.key, Fingerprint: x.print, Request: x.request, At: x.call.at, Reply: said}
	}
	at, ticket := g.ledger.append(e)
	g.book.apply(e, at)
	g.mu.Unlock()
	return said, e.Events, g.ledger.wait(ticket)
}

// reply is what the caller reads: the object, the card error, the refusal, or what the fault makes of it.
func (c change) reply(refused *apiError, f fault) reply {
	switch {
	case f.Mode == errorAfter:
		e := failed()
		return reply{Status: e.status, Body: e.body()}
	case refused != nil:
		return reply{Status: refused.status, Body: refused.body()}
	case f.Mode == otherAmount:
		c = c.misstated()
	}
	if c.declined {
		e := *c.intent.Shown.LastPaymentError
		e.Intent = &c.intent.Shown
		return reply{Status: http.StatusPaymentRequired, Body: e.body()}
	}
	if c.refund != nil {
		return reply{Status: http.StatusOK, Body: mustJSON(c.refund)}
	}
	return reply{Status: http.StatusOK, Body: mustJSON(c.intent.Shown)}
}

func (c change) recorded(at time.Time) *Movement {
	m := Movement{
		Kind: c.movement, At: at, Intent: c.intent.Shown.ID, PaymentID: c.intent.Shown.Metadata["payment_id"],
		Amount: c.amount, Currency: c.intent.Shown.Currency,
	}
	if c.refund != nil {
		m.Refund = c.refund.ID
	}
	return &m
}

// broken answers when the ledger cannot be written: whoever repeats the call with its key learns later what became of it.
func (g *Gateway) broken(w http.ResponseWriter, err error) {
	g.cfg.Log.Error("the payment ledger cannot be written, and nothing more is taken until there is space", "error", err)
	e := failed()
	reply{Status: e.status, Body: e.body()}.write(w)
}

// publicURL is where a browser finds the gateway.
func (g *Gateway) publicURL(r *http.Request) string {
	if g.cfg.PublicURL != "" {
		return g.cfg.PublicURL
	}
	return "http://" + r.Host
}
