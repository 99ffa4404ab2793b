package bus

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/onlinemart/mart/events"
	"github.com/prometheus/client_golang/prometheus"
)

// stamped is a message as f would send it now.
func stamped(t testing.TB, k *events.Keys, f events.Function, m events.Outgoing) events.Envelope {
	t.Helper()
	e, err := stamp(k, f, m, events.Cause{By: events.SystemPrincipal(f)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func paidOrder() events.Outgoing {
	return events.OrderPaid.New(brandID, events.OrderState{
		Meta: events.Meta{ID: brandID, Version: 2, CreatedAt: noon, UpdatedAt: noon}, Number: "M-000001", CustomerID: brandID, Status: events.OrderPaidStatus,
		Lines: []events.OrderLine{}, Total: events.Money{Amount: 1999, Currency: "USD"}, PayBy: noon, Email: events.NewPersonal("ada@example.com"),
		ShippingAddress: events.PostalAddress{Name: events.NewPersonal("Ada Lovelace"), Line1: events.NewPersonal("1 Mill Lane"), City: events.NewPersonal("London"), PostalCode: events.NewPersonal("N1"), Country: "GB"},
	})
}

// port is a receiver with what it did.
type port struct {
	*Receiver
	registry *prometheus.Registry
	buried   []error
	sent     []events.Outgoing
}

// portOf is the receiver of f, whose every handler is handle.
func portOf(t testing.TB, f events.Function, k *events.Keys, handle func(ctx context.Context, e events.Envelope) (any, error)) *port {
	t.Helper()
	p := &port{registry: prometheus.NewRegistry()}
	var handlers []events.Handler
	for _, d := range events.All() {
		details := d.Declaration()
		if !details.Receives(f) || details.Kind == events.Command {
			continue
		}
		h := events.Handler{Message: d, Reply: func(ctx context.Context, _ *events.Keys, e events.Envelope) (any, error) { return handle(ctx, e) }}
		h.React = func(ctx context.Context, _ *events.Keys, e events.Envelope) ([]events.Outgoing, error) {
			_, err := handle(ctx, e)
			return nil, err
		}
		handlers = append(handlers, h)
	}
	r, err := NewReceiver(ReceiverConfig{
		Self: f, Keys: k, Handlers: handlers, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: p.registry,
		Apply: func(ctx context.Context, e events.Envelope) error { _, err := handle(ctx, e); return err },
		Send:  func(_ context.Context, m ...events.Outgoing) error { p.sent = append(p.sent, m...); return nil },
		DeadLetter: func(_ context.Context, _ events.Envelope, reason error) error {
			p.buried = append(p.buried, reason)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Receiver = r
	return p
}

func (p *port) post(req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, req)
	return w
}

func (p *port) count(outcome string) float64 {
	families, err := p.registry.Gather()
	if err != nil {
		return -1
	}
	n := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "outcome" && l.GetValue() == outcome {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}

// inBinary is e as a request in binary mode.
func inBinary(t testing.TB, e events.Envelope) *http.Request {
	t.Helper()
	c := CloudEvent(e)
	req := httptest.NewRequest(http.MethodPost, "/", nil)
	if err := cehttp.WriteRequest(t.Context(), binding.ToMessage(&c), req); err != nil {
		t.Fatal(err)
	}
	return req
}

// inStructured is e as a request in structured mode.
func inStructured(t testing.TB, e events.Envelope) *http.Request {
	t.Helper()
	c := CloudEvent(e)
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(raw)))
	req.Header.Set("Content-Type", "application/cloudevents+json")
	return req
}
