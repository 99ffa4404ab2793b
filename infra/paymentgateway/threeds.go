package paymentgateway

import (
	"html/template"
	"net/http"
	"net/url"
)

// challengePage is what a card issuer shows in 3-D Secure, as little of it as a test needs.
var challengePage = template.Must(template.New("3ds").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>3-D Secure test page</title>
<h1>3-D Secure test page</h1>
<p>Payment {{.ID}} of {{.Amount}} {{.Currency}} (minor units) is {{.Status}}.</p>
{{if eq .Status "requires_action"}}<form method="post">
<button name="outcome" value="complete">Complete</button>
<button name="outcome" value="fail">Fail</button>
</form>{{end}}</html>
`))

func (g *Gateway) showChallenge(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	in, missing := g.book.intent(r.PathValue("id"))
	g.mu.Unlock()
	if missing != nil {
		http.Error(w, missing.Message, http.StatusNotFound)
		return
	}
	g.page(w, in)
}

func (g *Gateway) page(w http.ResponseWriter, in intent) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	if err := challengePage.Execute(w, in.Shown); err != nil {
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
	if said.Status != http.StatusOK {
		http.Error(w, "This payment waits for no answer.", said.Status)
		return
	}
	g.backToShop(w, r)
}

func (g *Gateway) backToShop(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	in, missing := g.book.intent(r.PathValue("id"))
	g.mu.Unlock()
	if missing != nil {
		http.Error(w, missing.Message, missing.status)
		return
	}
	back, err := url.Parse(in.ReturnURL)
	if err != nil || in.ReturnURL == "" {
		g.page(w, in)
		return
	}
	status := "succeeded"
	if in.Shown.LastPaymentError != nil {
		status = "failed"
	}
	q := back.Query()
	q.Set("payment_intent", in.Shown.ID)
	q.Set("payment_intent_client_secret", in.Shown.ClientSecret)
	q.Set("redirect_status", status)
	back.RawQuery = q.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}
