package events_test

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
	"github.com/prometheus/client_golang/prometheus"
)

// A message is declared once, as a value that makes it, and says what it is called and where it goes.
func ExampleMessage_New() {
	create := events.CreateBrand.New(events.NewID(), events.BrandFields{Name: "Acme", Slug: "acme"})
	fmt.Println(create.Of().Type())
	fmt.Println(create.Of().Topic())
	fmt.Println(create.Of().Declaration().Needs)
	// Output:
	// com.onlinemart.brand.create.v1
	// mart.brand.commands
	// catalog:write
}

// What is personal leaves a function encrypted, and only the functions of the mart read it.
func ExampleStamp() {
	keys := newKeys()
	hire := events.CreateUser.New("0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d", events.NewUser{
		Email: events.Private("ada@example.com"), Name: events.Private("Ada"), Roles: []events.Role{events.ViewerRole},
	})
	stamped, err := events.Stamp(keys, events.User, events.Cause{By: events.SystemPrincipal(events.User)}, time.Now(), hire)
	if err != nil {
		panic(err)
	}
	envelope := stamped[0]
	fmt.Println(envelope.Source, envelope.Type, envelope.Subject)

	read, err := events.CreateUser.Decode(keys, envelope.Data)
	if err != nil {
		panic(err)
	}
	email := read.Email
	if err := keys.Open(&email); err != nil {
		panic(err)
	}
	fmt.Println(email.Reveal())
	// Output:
	// /mart/user com.onlinemart.user.create.v1 0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d
	// ada@example.com
}

// A reaction is a line of a function's table: the event that wakes it, and the commands that follow. Knative delivers the event by HTTP.
func ExampleMessage_Then() {
	reactions := events.Reactions{
		events.OrderDue.Then(func(_ context.Context, e events.Received[events.OrderDeadline]) ([]events.Outgoing, error) {
			return events.Send(events.ExpireOrder.New(e.Subject, e.Data)), nil
		}),
	}
	keys := newKeys()
	publisher := events.NewPublisherTo(events.Order, keys, func(_ context.Context, e events.Envelope) error {
		fmt.Println(e.Source, "sends", e.Type)
		return nil
	})
	receiver, err := events.NewReceiver(events.ReceiverConfig{
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

func newKeys() *events.Keys {
	keys, err := events.NewKeys(events.GenerateRing("s1"), events.GenerateRing("p1"))
	if err != nil {
		panic(err)
	}
	return keys
}

// deliver brings what db says to a function, and gives the status it answers with.
func deliver(to http.Handler, keys *events.Keys, m events.Outgoing) int {
	said, err := events.Stamp(keys, events.DB, events.Cause{By: events.SystemPrincipal(events.DB)}, time.Now(), m)
	if err != nil {
		panic(err)
	}
	event := events.CloudEvent(said[0])
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	if err := cehttp.WriteRequest(r.Context(), binding.ToMessage(&event), r); err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	to.ServeHTTP(w, r)
	return w.Code
}
