package db

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

func TestAValueThatCannotBeReadIsTheAskersFault(t *testing.T) {
	t.Parallel()
	b := setup(t)
	receiver, err := bus.NewReceiver(bus.ReceiverConfig{
		Self: events.DB, Keys: b.keys, Handlers: b.store.Answers(), Apply: b.store.Apply, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(receiver)
	defer server.Close()
	asker := bus.NewAsker(events.Product, b.keys, server.URL)
	defer asker.Close()
	position := func(sort, key string) events.Paging {
		return events.Paging{Limit: 20, Sort: sort, Cursor: base64.RawURLEncoding.EncodeToString([]byte(`{"s":"` + sort + `","k":"` + key + `","i":"` + events.NewID() + `"}`))}
	}
	_, prefixed := bus.Ask(t.Context(), asker, events.GetProduct, events.Lookup{ID: "urn:uuid:" + events.NewID()})
	_, unknown := bus.Ask(t.Context(), asker, events.AwaitOperation, events.OperationQuestion{Source: events.Product.Source(), ID: "\x00"})
	asked := map[string]error{"an id with a prefix": prefixed, "an operation's id with a NUL": unknown}
	for name, f := range map[string]events.ProductFilter{
		"a text with a NUL": {Paging: events.Paging{Limit: 20}, Text: "a\x00"}, "a time of one's own": {Paging: position("-createdAt", "soon")}, "a number too large": {Paging: position("price", "99999999999999999999")},
		"a zone that is none": {Paging: position("-createdAt", "2026-11-29 02:38:05+99")}, "a place": {Paging: position("-createdAt", "2026-11-29 02:38:05 Mars/Phobos")},
		"no end": {Paging: position("-createdAt", "infinity")}, "this moment": {Paging: position("-createdAt", "now")}, "a day of Julian's": {Paging: position("-createdAt", "J2451187")},
	} {
		_, asked[name] = bus.Ask(t.Context(), asker, events.ListProducts, f)
	}
	for name, err := range asked {
		if !errors.Is(err, inbox.ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACommandThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, by := m.product(3), m.buyer()
	order := m.order(by, one(product))
	m.refused("invalid", events.PlaceOrder.New(events.NewID(), one("urn:uuid:"+product)).AskedBy(by))
	m.refused("invalid", events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "a\x00b"}).AskedBy(by))
	m.is(order, product, "placed - 3/1")
}
