package paymentgateway

import (
	"encoding/json"
	"net/http"
	"time"
)

// now is the gateway's time: the clock's, and as much later as it was moved on.
func (g *Gateway) now() time.Time { return g.cfg.Clock().Add(time.Duration(g.ahead.Load())) }

// Advance moves the gateway's time on, until it is opened anew: idempotency keys get old, and what happens from here on happens later.
func (g *Gateway) Advance(by time.Duration) { g.ahead.Add(int64(by)) }

// moveClock is Advance for whoever has only the address: {"advance": "48h"}.
func (g *Gateway) moveClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance string `json:"advance"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in)
	by, bad := time.ParseDuration(in.Advance)
	if err != nil || bad != nil || by <= 0 {
		http.Error(w, `Send how far to move on: {"advance": "48h"}.`, http.StatusBadRequest)
		return
	}
	g.Advance(by)
	w.WriteHeader(http.StatusNoContent)
}
