package paymentgateway

import (
	_ "embed"
	"html/template"
	"io"
	"net/http"
	"net/url"
)

//go:embed challenge.html
var challengeSource string

//go:embed challenge.css
var challengeStyle string

// challengePage is what a card's bank shows in 3-D Secure.
var challengePage = template.Must(template.New("3ds").Parse(challengeSource))

// challengePolicy lets the page have its own style, and send its form, which leads to whatever shop the buyer comes from; no page may frame it, whose buyer would confirm what they do not see.
const challengePolicy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"

// challenge is what the page shows.
type challenge struct {
	ID, Shop, Amount string
	Last             string // the last four digits of the card, if it is known
	Asks             bool   // it waits for an answer
	Title, Says      string // what has become of it
	Back             string // where the shop is; "" where nobody said
}

// unknown is shown where there is no such payment: nobody knows then which shop it is of.
var unknown = challenge{Title: "There is no such payment", Says: "The link is not whole, or of another day. Go back to the shop, and to your bank from there."}

func (g *Gateway) showChallenge(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	in, missing := g.book.intent(r.PathValue("id"))
	g.mu.Unlock()
	if missing != nil {
		g.write(w, http.StatusNotFound, unknown)
		return
	}
	g.page(w, http.StatusOK, in)
}

func showChallengeStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = io.WriteString(w, challengeStyle) // who has gone misses nothing
}

// page is what has become of a payment, and the way back to its shop.
func (g *Gateway) page(w http.ResponseWriter, status int, in intent) {
	c := challenge{
		ID: in.Shown.ID, Shop: g.cfg.Shop, Amount: formatted(in.Shown.Amount, in.Shown.Currency), Last: tokens[in.Token].last,
		Asks: in.Shown.Status == requiresAction, Back: in.back(),
	}
	switch in.Shown.Status {
	case requiresCapture, succeeded:
		c.Title, c.Says = "The payment is confirmed", "There is nothing more to do here."
	case canceled:
		c.Title, c.Says = "The payment was called off", "The shop does not wait for it any more. Nothing was taken."
	default:
		c.Title, c.Says = "The payment was not confirmed", "Nothing was taken. The shop can try again."
	}
	g.write(w, status, c)
}

func (g *Gateway) write(w http.ResponseWriter, status int, c challenge) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", challengePolicy)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := challengePage.Execute(w, c); err != nil {
		g.cfg.Log.Debug("the buyer left the 3-D Secure page", "error", err)
	}
}

// answerChallenge takes outcome=complete or outcome=fail, once, and sends the buyer back to the shop.
func (g *Gateway) answerChallenge(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	outcome := r.PostFormValue("outcome")
	if outcome != "complete" && outcome != "fail" {
		http.Error(w, "Send outcome=complete or outcome=fail.", http.StatusBadRequest)
		return
	}
	answer := operation{name: opAnswer, run: func(g *Gateway, c call) (change, *apiError) {
		in, err := g.book.intent(c.id)
		if err != nil {
			return change{}, err
		}
		if in.Shown.Status != requiresAction {
			return change{}, unexpectedState("authenticated", in)
		}
		did := change{amount: in.Shown.Amount}
		if outcome == "fail" {
			did.movement, did.event = in.failChallenge()
		} else {
			did.movement, did.event = in.settle(tokens[in.Token].decline)
		}
		did.intent = in
		return did, nil
	}}
	c := call{id: r.PathValue("id"), at: g.now()}
	f := g.faultFor(answer, c, "")
	said, events, err := g.record(execution{op: answer, call: c, fault: f})
	if err != nil {
		g.broken(w, err)
		return
	}
	for _, ev := range events {
		g.post(ev, f.delivery())
	}
	g.backToShop(w, r, said.Status)
}

// backToShop sends the buyer there once they have answered; who comes too late, or twice, reads first what became of the payment.
func (g *Gateway) backToShop(w http.ResponseWriter, r *http.Request, status int) {
	g.mu.Lock()
	in, missing := g.book.intent(r.PathValue("id"))
	g.mu.Unlock()
	if missing != nil {
		g.write(w, http.StatusNotFound, unknown)
		return
	}
	back := in.back()
	if back == "" || status != http.StatusOK {
		g.page(w, status, in)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// back is where the shop wants its buyer, with what became of the payment; "" where it has not said where, or nothing has become of it yet.
func (in intent) back() string {
	back, err := url.Parse(in.ReturnURL)
	if err != nil || in.ReturnURL == "" || in.Shown.Status == requiresAction {
		return ""
	}
	status := "succeeded"
	if in.Shown.LastPaymentError != nil || in.Shown.Status == canceled {
		status = "failed"
	}
	q := back.Query()
	q.Set("payment_intent", in.Shown.ID)
	q.Set("payment_intent_client_secret", in.Shown.ClientSecret)
	q.Set("redirect_status", status)
	back.RawQuery = q.Encode()
	return back.String()
}
