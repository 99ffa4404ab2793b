package functiontest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/prometheus/client_golang/prometheus"
)

// Port is where a function's events come in, without the rest of the function.
type Port struct {
	keys     *events.Keys
	receiver *bus.Receiver
	Buried   []string // why events became dead letters
}

// oneSetOfKeys is every port's, as it is every function's: what was encrypted for one is read at another.
var oneSetOfKeys = sync.OnceValues(func() (*events.Keys, error) {
	return events.NewKeys(events.GenerateRing("s"), events.GenerateRing("p"))
})

// Receive gives reactions a port. send takes what they lead to.
func Receive(t testing.TB, f events.Function, reactions events.Reactions, send func(...events.Outgoing)) *Port {
	t.Helper()
	keys, err := oneSetOfKeys()
	check(t, err)
	p := &Port{keys: keys}
	p.receiver, err = bus.NewReceiver(bus.ReceiverConfig{
		Self: f, Keys: keys, Handlers: reactions, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		Send: func(_ context.Context, m ...events.Outgoing) error { send(m...); return nil },
		DeadLetter: func(_ context.Context, _ events.Envelope, reason error) error {
			p.Buried = append(p.Buried, reason.Error())
			return nil
		},
	})
	check(t, err)
	return p
}

// Deliver posts an event that db has said at that time, and gives the answer's status.
func (p *Port) Deliver(t testing.TB, at time.Time, m events.Outgoing) int {
	t.Helper()
	e, err := bus.Stamp(p.keys, events.DB, events.Cause{By: events.SystemPrincipal(events.DB)}, at, m)
	check(t, err)
	c := bus.CloudEvent(e[0])
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
	check(t, cehttp.WriteRequest(t.Context(), binding.ToMessage(&c), r))
	w := httptest.NewRecorder()
	p.receiver.ServeHTTP(w, r)
	return w.Code
}
