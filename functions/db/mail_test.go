package db

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// Who has not paid for an order after a while is reminded of it once; who has is not, and a reminder that comes late is none.
func TestAnOrderThatWaitsIsToldOfOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Limits.RemindAfter = time.Minute })
	product, buyer := m.product(9), m.buyer()
	past := func() {
		m.exec(`update deadline set due_at = now() - interval '1 second' where kind = 'order reminder' and fired_at is null`)
	}
	waits, cancelled := m.order(buyer, one(product)), m.order(buyer, one(product))
	paid, _ := m.bought(buyer, product)
	m.must(events.CancelOrder.New(cancelled, events.OrderReason{}).AskedBy(buyer))
	if n := m.count(`select count(*) from deadline where kind = 'order reminder'`); n != 1 {
		t.Errorf("%d orders are to be reminded of, want the one that waits", n)
	}
	past()
	m.eventually("it is told", func() bool { return m.told(events.OrderWaiting, waits) == 1 })
	past()
	m.eventually("nothing is due", func() bool {
		return m.count(`select count(*) from deadline where kind = 'order reminder' and fired_at is null`) == 0
	})
	for order, want := range map[string]int{waits: 1, paid: 0, cancelled: 0} {
		if n := m.told(events.OrderWaiting, order); n != want {
			t.Errorf("%s was told %d times, want %d", order, n, want)
		}
	}
	claim := func(order string) events.Outgoing {
		return events.ClaimNotification.New(events.NewID(), events.NotificationClaim{Kind: events.OrderReminder, CustomerID: buyer.ID, OrderID: order, Token: events.NewID(), LeaseSeconds: 60})
	}
	m.must(claim(waits))
	m.refused("order_state", claim(paid))
	m.refused("order_state", claim(cancelled))
	m.elapse(waits)
	m.must(expire(waits))
	if n := m.count(`select count(*) from deadline where kind = 'order reminder'`); n != 0 {
		t.Errorf("%d reminders are left", n)
	}
}

// Without a time for it nobody is reminded, nor where an order ends before it.
func TestNobodyIsReminded(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{"never": 0, "too late": 15 * time.Minute} {
		m := newMarket(t, func(o *inbox.Options) { o.Limits.RemindAfter = after })
		m.order(m.buyer(), one(m.product(1)))
		if n := m.count(`select count(*) from deadline where kind = 'order reminder'`); n != 0 {
			t.Errorf("%s: %d reminders", name, n)
		}
	}
}

// A mail is in its customer's language as it was when the mail was claimed, and each time it is claimed; one to staff in none of their own.
func TestAMailHasItsReadersLanguage(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	id := events.NewID()
	c := events.NewCustomer{Email: events.NewPersonal("ada@example.com"), Name: events.NewPersonal("Ada"), Language: events.German, PasswordHash: events.NewPersonal("h")}
	m.must(events.RegisterCustomer.New(id, c).AskedBy(events.Principal{Type: events.Anonymous}))
	mail := events.NewID()
	claimed := func(n events.NotificationClaim) events.Language {
		t.Helper()
		n.Kind, n.Token, n.LeaseSeconds = events.LoginWarning, events.NewID(), 60
		m.must(events.ClaimNotification.New(mail, n))
		got, err := getNotification(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: mail}})
		if err != nil {
			t.Fatal(err)
		}
		m.must(events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: n.Token}))
		return got.Language
	}
	if got := claimed(events.NotificationClaim{CustomerID: id}); got != events.German {
		t.Errorf("it is in %q", got)
	}
	version := int64(1)
	for _, step := range []struct{ change, want events.Language }{{"", events.German}, {events.English, events.English}, {events.MartLanguage, ""}, {"", ""}} {
		change := events.Change[events.CustomerFields]{ExpectedVersion: version, Fields: events.CustomerFields{Name: events.NewPersonal("Ada"), Language: step.change}}
		m.must(events.UpdateCustomer.New(id, change).AskedBy(shopper(id)))
		version++
		state, err := getCustomer(t.Context(), m.store, events.Received[events.Lookup]{Data: events.Lookup{ID: id, MinVersion: version}})
		if err != nil || state.Language != step.want {
			t.Errorf("after %q it is %q, %v, want %q", step.change, state.Language, err, step.want)
		}
	}
	m.must(events.UpdateCustomer.New(id, events.Change[events.CustomerFields]{
		ExpectedVersion: version, Fields: events.CustomerFields{Name: events.NewPersonal("Ada"), Language: events.English},
	}).AskedBy(shopper(id)))
	m.exec(`update notification set lease_until = now() - interval '1 second', status = 'sending', token = 'x'`)
	if got := claimed(events.NotificationClaim{CustomerID: id}); got != events.English {
		t.Errorf("claimed once more it is in %q", got)
	}
	mail = events.NewID()
	if got := claimed(events.NotificationClaim{UserID: m.clerk.ID}); got != "" {
		t.Errorf("a mail to staff is in %q", got)
	}
	m.refused("invalid", events.UpdateCustomer.New(id, events.Change[events.CustomerFields]{
		ExpectedVersion: version + 1, Fields: events.CustomerFields{Name: events.NewPersonal("Ada"), Language: "fr"},
	}).AskedBy(shopper(id)))
	m.must(events.DeleteCustomer.New(id, events.Deletion{ExpectedVersion: version + 1}).AskedBy(shopper(id)))
	if n := m.count(`select count(*) from customer where id = $1 and language <> ''`, id); n != 0 {
		t.Error("the language of an erased customer is left")
	}
}

// An order's line keeps the picture that its product had when it was ordered, unless its address is too long for that.
func TestAnOrderKeepsPictures(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	buyer, plain, pictured, long := m.buyer(), m.product(1), m.product(1), m.product(1)
	m.exec(`update product set image_url = 'https://x.example/mug.png' where id = $1`, pictured)
	m.exec(`update product set image_url = 'https://x.example/' || repeat('x', 500) where id = $1`, long)
	id := m.order(buyer, cartOf(events.OrderItem{ProductID: plain, Quantity: 1}, events.OrderItem{ProductID: pictured, Quantity: 1}, events.OrderItem{ProductID: long, Quantity: 1}))
	m.exec(`update product set image_url = ''`)
	o, err := getOrder(t.Context(), m.store, events.Received[events.OwnedLookup]{Data: events.OwnedLookup{ID: id}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range o.Lines {
		got = append(got, l.ImageURL)
	}
	if d := cmp.Diff([]string{"", "https://x.example/mug.png", ""}, got); d != "" {
		t.Error(d)
	}
}
