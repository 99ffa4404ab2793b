package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/prometheus/client_golang/prometheus"
)

// A receiver takes what Knative delivers by HTTP, hands it to the function's reactions, and sends what follows before it says that it is done.
func ExampleReceiver() {
	reactions := events.Reactions{
		events.OrderDue.Then(func(_ context.Context, e events.Received[events.OrderDeadline]) ([]events.Outgoing, error) {
			return events.Send(events.ExpireOrder.New(e.Subject, e.Data)), nil
		}),
	}
	keys := newKeys()
	publisher := bus.NewPublisherTo(events.Order, keys, func(_ context.Context, e events.Envelope) error {
		fmt.Println(e.Source, "sends", e.Type)
		return nil
	})
	receiver, err := bus.NewReceiver(bus.ReceiverConfig{
		Self: events.Order, Keys: keys, Handlers: reactions, Send: publisher.Send, Partial: true,
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		panic(err)
	}
	due := events.OrderDue.New("0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d", events.OrderDeadline{DueAt: time.Now()})
	fmt.Println(deliver(receiver, keys, due))
	// Output:
	// /mart/order sends com.onlinemart.order.expire.v1
	// 202
}

// Whoever has a question asks db, which answers by HTTP as well.
func ExampleAsk() {
	keys := newKeys()
	db := answering(keys, events.GetBrand.Answer(func(_ context.Context, e events.Received[events.Lookup]) (events.BrandState, error) {
		return events.BrandState{}, events.NotFound("brand", e.Data.ID)
	}))
	defer db.Close()
	asker := bus.NewAsker(events.Brand, keys, db.URL)
	defer asker.Close()
	_, err := bus.Ask(context.Background(), asker, events.GetBrand, events.Lookup{ID: "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"})
	fmt.Println(err)
	// Output:
	// not_found: There is no brand 0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d.
}

// A command is sent by Kafka, and db is asked what has become of it.
func ExampleCaller_Call() {
	keys := newKeys()
	onKafka := make(chan struct{})
	publisher := bus.NewPublisherTo(events.Brand, keys, func(_ context.Context, e events.Envelope) error {
		fmt.Println(e.Source, "sends", e.Type)
		close(onKafka)
		return nil
	})
	db := answering(keys, events.AwaitOperation.Answer(func(_ context.Context, e events.Received[events.OperationQuestion]) (events.OperationState, error) {
		<-onKafka
		return events.OperationState{ID: e.Data.ID, Status: events.OperationSucceeded, Type: events.BrandCreated.Type()}, nil
	}))
	defer db.Close()
	asker := bus.NewAsker(events.Brand, keys, db.URL)
	defer asker.Close()
	caller := bus.Caller{Publisher: publisher, Asker: asker}
	create := events.CreateBrand.New("0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d", events.BrandFields{Name: "Acme", Slug: "acme"})
	state, err := caller.Call(context.Background(), create, time.Second)
	fmt.Println(state.Status, state.Type, err)
	// Output:
	// /mart/brand sends com.onlinemart.brand.create.v1
	// succeeded com.onlinemart.brand.created.v1 <nil>
}

func newKeys() *events.Keys {
	keys, err := events.NewKeys(events.GenerateRing("s1"), events.GenerateRing("p1"))
	if err != nil {
		panic(err)
	}
	return keys
}

// deliver brings what db says to a function, and gives the status it answers with.
func deliver(to http.Handler, keys *events.Keys, m events.Outgoing) int {
	said, err := bus.Stamp(keys, events.DB, events.Cause{By: events.SystemPrincipal(events.DB)}, time.Now(), m)
	if err != nil {
		panic(err)
	}
	event := bus.CloudEvent(said[0])
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	if err := cehttp.WriteRequest(r.Context(), binding.ToMessage(&event), r); err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	return w.Code
}

// answering is db with these answers.
func answering(keys *events.Keys, answers ...events.Handler) *httptest.Server {
	receiver, err := bus.NewReceiver(bus.ReceiverConfig{
		Self: events.DB, Keys: keys, Handlers: answers, Partial: true, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		panic(err)
	}
	return httptest.NewServer(receiver)
}
