package events_test

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
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
func ExampleOutgoing_Envelope() {
	keys := newKeys()
	hire := events.CreateUser.New("0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d", events.NewUser{
		Email: events.NewPersonal("ada@example.com"), Name: events.NewPersonal("Ada"), Roles: []events.Role{events.ViewerRole},
	})
	envelope, err := hire.Envelope(keys, events.User, events.Cause{By: events.SystemPrincipal(events.User)}, time.Now())
	if err != nil {
		panic(err)
	}
	fmt.Println(envelope.Source, envelope.Type, envelope.Subject)

	read, err := events.CreateUser.Decode(keys, envelope.Data)
	if err != nil {
		panic(err)
	}
	email := read.Email
	if err := keys.Decrypt(&email); err != nil {
		panic(err)
	}
	fmt.Println(email.Plaintext())
	// Output:
	// /mart/user com.onlinemart.user.create.v1 0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d
	// ada@example.com
}

// A reaction is a line of a function's table: the event that wakes it, and the commands that follow.
func ExampleMessage_Then() {
	reactions := events.Reactions{
		events.OrderDue.Then(func(_ context.Context, e events.Received[events.OrderDeadline]) ([]events.Outgoing, error) {
			return events.Send(events.ExpireOrder.New(e.Subject, e.Data)), nil
		}),
	}
	due := events.Envelope{Type: events.OrderDue.Type(), Subject: "0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d", Data: []byte(`{"dueAt": "2026-07-01T12:00:00Z"}`)}
	for _, r := range reactions {
		commands, err := r.React(context.Background(), newKeys(), due)
		fmt.Println(r.Message.Type(), "leads to", commands[0].Of().Type(), err)
	}
	// Output:
	// com.onlinemart.order.due.v1 leads to com.onlinemart.order.expire.v1 <nil>
}

func newKeys() *events.Keys {
	keys, err := events.NewKeys(events.GenerateRing("s1"), events.GenerateRing("p1"))
	if err != nil {
		panic(err)
	}
	return keys
}
