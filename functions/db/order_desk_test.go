package db

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Staff find an order by what a customer tells them of it.
func TestOrdersAreFoundByWhatPeopleKnowOfThem(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	lamp, mug, ada, bo := m.product(9), m.product(9), m.buyer(), m.buyer()
	first, _ := m.bought(ada, lamp)
	m.must(events.FulfilOrder.New(first, events.Shipment{
		Lines: []events.OrderItem{{ProductID: lamp, Quantity: 1}}, Carrier: "UPS", TrackingNumber: events.NewPersonal("1Z 999-aa1"),
	}).AskedBy(m.clerk))
	second := m.order(bo, cartOf(events.OrderItem{ProductID: lamp, Quantity: 1}, events.OrderItem{ProductID: mug, Quantity: 1}))
	placed, number, address := m.orderOf(second).CreatedAt, m.orderOf(second).Number, bo.ID+"@example.com"
	for name, c := range map[string]struct {
		asked events.OrderFilter
		want  []string
	}{
		"number":                    {events.OrderFilter{Number: number}, []string{second}},
		"number as people write it": {events.OrderFilter{Number: strings.Replace(strings.ToLower(number), "-0000", "-", 1)}, []string{second}},
		"nobody's number":           {events.OrderFilter{Number: "M-999999"}, nil},
		"e-mail in any case":        {events.OrderFilter{Email: events.NewPersonal(strings.ToUpper(address))}, []string{second}},
		"nobody's e-mail":           {events.OrderFilter{Email: events.NewPersonal("nobody@example.com")}, nil},
		"customer":                  {events.OrderFilter{CustomerID: ada.ID}, []string{first}},
		"what both have":            {events.OrderFilter{ProductID: lamp}, []string{first, second}},
		"what one has":              {events.OrderFilter{ProductID: mug}, []string{second}},
		"its parcel, as spoken":     {events.OrderFilter{TrackingNumber: events.NewPersonal("1z999 AA1")}, []string{first}},
		"half a parcel's number":    {events.OrderFilter{TrackingNumber: events.NewPersonal("1Z999")}, nil},
		"from":                      {events.OrderFilter{PlacedFrom: placed}, []string{second}},
		"before":                    {events.OrderFilter{PlacedBefore: placed}, []string{first}},
		"from, before":              {events.OrderFilter{PlacedFrom: placed, PlacedBefore: placed}, nil},
		"all at once": {
			events.OrderFilter{Number: number, Email: events.NewPersonal(address), CustomerID: bo.ID, ProductID: mug, PlacedFrom: placed.Add(-time.Minute), Status: events.OrderPlacedStatus},
			[]string{second},
		},
	} {
		page, err := listOrders(t.Context(), m.store, events.Received[events.OrderFilter]{Envelope: events.Envelope{By: m.clerk}, Data: c.asked})
		var got []string
		for _, o := range page.Items {
			got = append(got, o.ID)
		}
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// An order's number is as good as its id, for whoever may read it.
func TestAnOrderIsReadByItsNumber(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, ada, bo := m.product(9), m.buyer(), m.buyer()
	id := m.order(ada, one(product))
	want := m.orderOf(id)
	for name, c := range map[string]struct {
		asked events.OwnedLookup
		want  error
	}{
		"staff":             {events.OwnedLookup{ID: want.Number, MinVersion: 1}, nil},
		"its customer":      {events.OwnedLookup{ID: want.Number, CustomerID: ada.ID}, nil},
		"another customer":  {events.OwnedLookup{ID: want.Number, CustomerID: bo.ID}, events.NotFound("order", want.Number)},
		"a number of none":  {events.OwnedLookup{ID: "M-999999"}, events.NotFound("order", "M-999999")},
		"and one of nobody": {events.OwnedLookup{ID: "M-999999", CustomerID: bo.ID}, events.NotFound("order", "M-999999")},
	} {
		got, err := getOrder(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: c.asked})
		if !cmp.Equal(err, c.want) || err == nil && !cmp.Equal(got, want) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// A note is kept as ciphertext, belongs to an order that there is, does not change it, and is empty when its customer is erased.
func TestNotesAboutAnOrder(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, ada := m.product(9), m.buyer()
	order, _ := m.bought(ada, product)
	other, _ := m.bought(m.buyer(), product)
	version := m.orderOf(order).Version
	say := func(order, text string) events.Outgoing {
		return events.AddNote.New(events.NewID(), events.NewNote{OrderID: order, Text: events.Said(text)})
	}
	m.must(say(order, "canary: Ada rang twice").AskedBy(m.clerk))
	m.must(say(order, "canary: parcel is at the neighbour's").AskedBy(m.clerk))
	m.refused("not_found", say(events.NewID(), "of none").AskedBy(m.clerk))
	m.refused("forbidden", say(order, "by its customer").AskedBy(ada))
	m.refused("invalid", say(order, " ").AskedBy(m.clerk))
	noted := func(order string) (texts []string) {
		page, err := listNotes(t.Context(), m.store, events.Received[events.NoteFilter]{Data: events.NoteFilter{OrderID: order}})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Items {
			if n.By != m.clerk || n.OrderID != order || n.At.IsZero() {
				t.Errorf("%+v", n)
			}
			if err := m.allKeys().Decrypt(&n.Text.Personal); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, n.Text.Plaintext())
		}
		return texts
	}
	if diff := cmp.Diff([]string{"canary: Ada rang twice", "canary: parcel is at the neighbour's"}, noted(order)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := noted(other); got != nil {
		t.Errorf("another order has %q", got)
	}
	if _, err := listNotes(t.Context(), m.store, events.Received[events.NoteFilter]{Data: events.NoteFilter{OrderID: events.NewID()}}); err == nil {
		t.Error("an order that there is not has notes")
	}
	if got := m.orderOf(order).Version; got != version {
		t.Errorf("the order has version %d, want %d as before", got, version)
	}
	if n := m.count(`select count(*) from order_note where words like '%canary%'`); n != 0 {
		t.Errorf("%d notes are kept in clear", n)
	}
	m.must(events.DeleteCustomer.New(ada.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(ada))
	if diff := cmp.Diff([]string{"", ""}, noted(order)); diff != "" {
		t.Errorf("erased (-want +got):\n%s", diff)
	}
}

// What people take for a number is one, and nothing else is.
func TestOrderNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"M-000123": 123, "m-123": 123, "M-1": 1, "M-1234567": 1234567, "M-999999999999999999": 999999999999999999,
		"": 0, "M-": 0, "M-0": 0, "M--1": 0, "123": 0, "M-1x": 0, "M-9999999999999999999": 0, " M-1": 0, "M-1\n": 0, "M-١": 0,
	} {
		if got, ok := domain.ParseOrderNumber(text); got != want && ok || ok != (want > 0) {
			t.Errorf("%q: %d %t, want %d", text, got, ok, want)
		}
	}
}
