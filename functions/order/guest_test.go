package order_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/order"
)

// guestsMart is an order function whose db places whatever guests order, at a time.
func guestsMart(t *testing.T, placed time.Time) *functiontest.Server {
	t.Helper()
	open := events.CartState{Meta: events.Meta{ID: id, Version: 2}, Status: events.CartOpenStatus, Lines: []events.CartLine{{ProductID: id, Quantity: 1}}}
	made := func(o string) (events.Declared, any, error) {
		return events.OrderPlaced, &events.OrderState{Meta: events.Meta{ID: o, Version: 1, CreatedAt: placed}, CustomerID: o, Email: events.NewPersonal("gil@example.com"), CustomerName: events.NewPersonal("Gil")}, nil
	}
	return functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){
			events.GetCart.Type(): func(functiontest.Query) (any, error) { return &open, nil },
			events.GetOrder.Type(): func(q functiontest.Query) (any, error) {
				var asked events.OwnedLookup
				if err := json.Unmarshal(q.Data, &asked); err != nil || asked.CustomerID != asked.ID {
					return nil, errors.Join(err, events.NotFound("order", asked.ID)) // as db does of a guest's
				}
				_, state, err := made(asked.ID)
				return state, err
			},
		},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.PlaceAsGuest.Type(): func(c functiontest.Command) (events.Declared, any, error) { return made(c.Subject) },
			events.OrderAsGuest.Type(): func(c functiontest.Command) (events.Declared, any, error) {
				return made(domain.CartOrderID(c.Subject))
			},
		},
	})
}

// Whoever has no account places an order by a message of its own, of which they are the guest, and is answered what opens it; once more, however it is written, it is
// the same order and the same token, and in no other answer there is one.
func TestAGuestPlacesAnOrder(t *testing.T) {
	t.Parallel()
	s := guestsMart(t, time.Now().UTC().Truncate(time.Second))
	const guest = `"guest":{"email":" Gil@Example.com ","name":"Gil"}`
	for path, body := range map[string]string{
		"/orders": `{"lines":[{"productId":"` + id + `","quantity":1}],` + address + `,` + guest + `}`, "/carts/" + id + "/order": `{` + address + `,` + guest + `}`,
	} {
		var first, again, read order.Order
		reply := s.Do(t, "", "POST", path, body, "Idempotency-Key", "k")
		reply.JSON(t, &first)
		s.Do(t, "", "POST", path, otherwise(t, body), "Idempotency-Key", "k").JSON(t, &again)
		if reply.StatusCode != 201 || first.Token == "" || first.CustomerID != "" {
			t.Fatalf("%s: %s %s", path, reply.Status, reply.Text)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("%s, repeated:\n%s", path, diff)
		}
		opened := s.Do(t, "", "GET", "/orders/"+first.ID, "", "Order-Token", first.Token)
		opened.JSON(t, &read)
		if diff := cmp.Diff(&order.Guest{Email: "gil@example.com"}, read.Guest); diff != "" || opened.StatusCode != 200 || read.Token != "" {
			t.Errorf("%s: read %s (-want +got):\n%s", path, opened.Text, diff)
		}
		for _, token := range []string{first.Token + "x", "x"} {
			if got := s.Do(t, "", "GET", "/orders/"+first.ID, "", "Order-Token", token); got.StatusCode != 404 {
				t.Errorf("%s with %q: %s", path, token, got.Status)
			}
		}
		if got := s.Do(t, "", "POST", path, strings.Replace(body, `"Gil"`, `"Eve"`, 1), "Idempotency-Key", "k"); got.StatusCode != 201 && path == "/orders" {
			t.Errorf("%s: a stranger's key: %s %s", path, got.Status, got.Text)
		}
	}
}

// otherwise is a JSON object in other bytes: its members stand the other way round, with other spaces and escapes between them.
func otherwise(t *testing.T, body string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &members); err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(members))
	slices.Reverse(names)
	var written []string
	for _, name := range names {
		written = append(written, fmt.Sprintf("\n\t%q : %s", name, members[name]))
	}
	return strings.NewReplacer(`"Gil"`, `"\u0047il"`, `:1}`, `: 1.0 }`).Replace("{" + strings.Join(written, ", ") + "\n}")
}

// What the guest of an order has written nobody reads who has its link alone, until it is paid: they may have had the shop write to somebody else. Whoever cancels it
// by the link reads nothing of it either. Staff do.
func TestAStrangersWordsAreLeftOut(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	state := events.OrderState{
		Meta: events.Meta{ID: id, Version: 2, CreatedAt: now}, CustomerID: id, Email: events.NewPersonal("gil@example.com"), CustomerName: events.NewPersonal("Gil"), Phone: events.NewPersonal("+493012345678"),
		ShippingAddress: events.PostalAddress{Name: events.NewPersonal("Gil"), Line1: events.NewPersonal("Road 1"), City: events.NewPersonal("Town"), PostalCode: events.NewPersonal("95014"), Country: "US"},
	}
	var answers atomic.Pointer[events.OrderState]
	s := functiontest.Start(t, events.Order, order.Routes, functiontest.Script{
		Answers: map[string]func(functiontest.Query) (any, error){events.GetOrder.Type(): func(functiontest.Query) (any, error) { return answers.Load(), nil }},
		Results: map[string]func(functiontest.Command) (events.Declared, any, error){
			events.PlaceAsGuest.Type(): func(c functiontest.Command) (events.Declared, any, error) {
				return events.OrderPlaced, &events.OrderState{Meta: events.Meta{ID: c.Subject, Version: 1, CreatedAt: now}, CustomerID: c.Subject}, nil
			},
			events.CancelOrder.Type(): func(functiontest.Command) (events.Declared, any, error) {
				return events.OrderCancelled, answers.Load(), nil
			},
		},
	})
	whole, bare := order.ShippingAddress{Name: "Gil", Line1: "Road 1", City: "Town", PostalCode: "95014", Country: "US"}, order.ShippingAddress{Country: "US"}
	known, bareGuest := order.Guest{Email: "gil@example.com", Name: "Gil", Phone: "+493012345678"}, order.Guest{Email: "gil@example.com"}
	type seen struct {
		Guest   order.Guest
		Address order.ShippingAddress
		Notes   []string
	}
	look := func(token, orderToken, method, path, body string) seen {
		t.Helper()
		var o order.Order
		reply := s.Do(t, token, method, path, body, "Order-Token", orderToken, "Idempotency-Key", events.NewID())
		reply.JSON(t, &o)
		if reply.StatusCode != 200 || o.Guest == nil {
			t.Fatalf("%s %s", reply.Status, reply.Text)
		}
		of := seen{*o.Guest, o.ShippingAddress, nil}
		for _, h := range o.History {
			of.Notes = append(of.Notes, h.Note)
		}
		return of
	}
	var placed order.Order
	s.Do(t, "", "POST", "/orders", `{"lines":[{"productId":"`+id+`","quantity":1}],`+address+`,"guest":{"email":"gil@example.com","name":"Gil"}}`, "Idempotency-Key", "k").JSON(t, &placed)
	state.ID, state.CustomerID = placed.ID, placed.ID
	guest, clerk := events.Guest(placed.ID), events.Principal{Type: events.Staff, ID: "s1"}
	for name, c := range map[string]struct {
		status events.OrderStatus
		before []events.OrderStatus
		want   seen
	}{
		"placed":              {events.OrderPlacedStatus, nil, seen{bareGuest, bare, []string{"", "sorry"}}},
		"being paid":          {events.OrderAuthorizedStatus, nil, seen{bareGuest, bare, []string{"", "sorry"}}},
		"expired":             {events.OrderExpiredStatus, nil, seen{bareGuest, bare, []string{"", "sorry"}}},
		"cancelled":           {events.OrderCancelledStatus, nil, seen{bareGuest, bare, []string{"", "sorry"}}},
		"paid":                {events.OrderPaidStatus, nil, seen{known, whole, []string{"look here", "sorry"}}},
		"paid, and cancelled": {events.OrderCancelledStatus, []events.OrderStatus{events.OrderPaidStatus}, seen{known, whole, []string{"", "look here", "sorry"}}},
	} {
		o := state
		o.Status = c.status
		for _, before := range c.before {
			o.History = append(o.History, events.OrderStep{Status: before, At: now, By: guest})
		}
		o.History = append(o.History, events.OrderStep{Status: c.status, At: now, By: guest, Note: events.Said("look here")}, events.OrderStep{Status: c.status, At: now, By: clerk, Note: events.Said("sorry")})
		answers.Store(&o)
		if d := cmp.Diff(c.want, look("", placed.Token, "GET", "/orders/"+placed.ID, "")); d != "" {
			t.Errorf("%s, read (-want +got):\n%s", name, d)
		}
		if d := cmp.Diff(c.want, look("", placed.Token, "POST", "/orders/"+placed.ID+"/cancellation", "{}")); d != "" {
			t.Errorf("%s, cancelled (-want +got):\n%s", name, d)
		}
		if got := look(functiontest.Viewer, "", "GET", "/orders/"+placed.ID, ""); got.Guest != known || got.Address != whole {
			t.Errorf("%s, staff read %+v", name, got)
		}
	}
}

// A token is good for 90 days after the order was placed: then its order is not there.
func TestATokenEnds(t *testing.T) {
	t.Parallel()
	s := guestsMart(t, time.Now().Add(-90*24*time.Hour))
	var placed order.Order
	s.Do(t, "", "POST", "/orders", `{"lines":[{"productId":"`+id+`","quantity":1}],`+address+`,"guest":{"email":"gil@example.com","name":"Gil"}}`, "Idempotency-Key", "k").JSON(t, &placed)
	late, never := s.Do(t, "", "GET", "/orders/"+placed.ID, "", "Order-Token", placed.Token), s.Do(t, "", "GET", "/orders/"+id, "", "Order-Token", placed.Token)
	var of [2]web.Problem
	late.JSON(t, &of[0])
	never.JSON(t, &of[1])
	if late.StatusCode != 404 || strings.ReplaceAll(of[0].Detail, placed.ID, id) != of[1].Detail || of[0].Code != of[1].Code {
		t.Errorf("%s, and of no order %s", late.Text, never.Text)
	}
}

// An order that is not decided yet has its token already: it is the one that the order will have, and shows what became of it.
func TestAGuestDoesNotWait(t *testing.T) {
	t.Parallel()
	s := guestsMart(t, time.Now())
	reply := s.Do(t, "", "POST", "/orders", `{"lines":[{"productId":"`+id+`","quantity":1}],`+address+`,"guest":{"email":"gil@example.com","name":"Gil"}}`, "Idempotency-Key", "k", "Prefer", "respond-async")
	var op web.Operation
	reply.JSON(t, &op)
	s.Await(t, 1)
	if reply.StatusCode != 202 || !strings.HasPrefix(op.Token, s.Commands()[0].Subject+".") {
		t.Fatalf("%s %s", reply.Status, reply.Text)
	}
	at := reply.Header.Get("Location")
	for token, want := range map[string]int{op.Token: 200, "": 404, "x": 404} {
		if got := s.Do(t, "", "GET", at, "", "Order-Token", token); got.StatusCode != want {
			t.Errorf("%q: %s %s", token, got.Status, got.Text)
		}
	}
}

// Whoever has no account and sends what cannot be read is told so, and where; who sends what can be, and says not who they are, needs a token.
func TestAGuestWhoCannotBeRead(t *testing.T) {
	t.Parallel()
	s := guestsMart(t, time.Now())
	const guest = `"guest":{"email":"gil@example.com","name":"Gil"}`
	for path, body := range map[string]string{
		"/orders": `{"lines":[{"productId":"` + id + `","quantity":1}],` + address + `,` + guest + `}`, "/carts/" + id + "/order": `{` + address + `,` + guest + `}`,
	} {
		for what, c := range map[string]struct{ body, want string }{
			"cut off":           {body[:len(body)-1], "400 malformed"},
			"cut off early":     {`{"guest":`, "400 malformed"},
			"no JSON":           {`guest=gil@example.com`, "400 malformed"},
			"said twice":        {strings.Replace(body, guest, guest+","+guest, 1), "400 malformed"},
			"nobody":            {strings.Replace(body, ","+guest, "", 1), "401 token_required"},
			"null":              {strings.Replace(body, guest, `"guest":null`, 1), "401 token_required"},
			"of another shape":  {`[` + body + `]`, "401 token_required"},
			"nothing":           {"", "401 token_required"},
			"as it can be read": {body, "201 "},
		} {
			var p web.Problem
			got := s.Do(t, "", "POST", path, c.body, "Idempotency-Key", what)
			if got.StatusCode >= 400 {
				got.JSON(t, &p)
			}
			if is := fmt.Sprint(got.StatusCode, " ", p.Code); is != c.want {
				t.Errorf("%s, %s: %s, want %s: %s", path, what, is, c.want, got.Text)
			}
			if strings.HasPrefix(c.want, "400") && p.Detail == "" {
				t.Errorf("%s, %s: nothing is said: %s", path, what, got.Text)
			}
		}
	}
	if sent := len(s.Commands()); sent != 2 {
		t.Errorf("%d commands went out, want those that can be read", sent)
	}
}
