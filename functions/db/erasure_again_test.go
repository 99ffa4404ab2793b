package db

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// What was answered to staff about an order that has lost its customer is not answered once more without what is gone, and not published so: a command
// that comes again is known, and that is all.
func TestErasing_IsNeitherAnsweredNorPublishedAgain(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	product, buyer := m.product(5), m.buyer()
	order, _ := m.paidFor(buyer, product, 1)
	shipment := m.command(m.sends(order, product, 1).WithID(events.NewID(), "what was asked"))
	plain := m.command(events.CreateBrand.New(events.NewID(), brandNamed("acme")).WithID(events.NewID(), "what was asked"))
	for _, e := range []events.Envelope{shipment, plain} {
		if err := m.store.Apply(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	m.must(events.DeliverOrder.New(order, events.Delivery{}).AskedBy(m.clerk))
	m.must(events.EraseCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}))
	m.published()
	if err := (erasing{}).sweep(t.Context(), m.store); err != nil {
		t.Fatal(err)
	}
	type told struct {
		Status events.OperationStatus
		Code   string
		Data   bool
	}
	other := m.replica(unswept) // which remembers nothing of it
	ask := func(e events.Envelope, since time.Time) told {
		t.Helper()
		q := events.OperationQuestion{Source: e.Source, ID: e.ID, Fingerprint: e.Fingerprint, Since: since}
		s, err := awaitOperation(t.Context(), other, events.Received[events.OperationQuestion]{Data: q})
		if err != nil {
			t.Fatal(err)
		}
		return told{s.Status, code(s), len(s.Data) > 0}
	}
	gone, went, whole := told{events.OperationFailed, "erased", false}, told{Status: events.OperationSucceeded}, told{events.OperationSucceeded, "", true}
	got := []told{ask(shipment, time.Time{}), ask(shipment, time.Now()), ask(plain, time.Time{})}
	if diff := cmp.Diff([]told{gone, went, whole}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	before := m.kafka.about(t, order)
	if err := other.Apply(t.Context(), shipment); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, m.kafka.about(t, order)); diff != "" {
		t.Errorf("what comes again is published:\n%s", diff)
	}
	if got := ask(shipment, time.Time{}); got != gone {
		t.Errorf("after it came again: %+v", got)
	}
}

// While a mail is being sent to somebody who is erased, none of theirs is touched: its sender writes down what all of them say. One that was left by its sender
// is given up, and not asked for any more.
func TestErasing_WaitsForMails(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept)
	buyer, sent, sending := m.buyer(), events.NewID(), events.NewID()
	claim := events.NotificationClaim{Kind: events.WelcomeMail, CustomerID: buyer.ID, Token: "t", LeaseSeconds: 60}
	m.must(events.ClaimNotification.New(sent, claim))
	m.must(events.RecordNotification.New(sent, events.NotificationResult{Status: events.NotificationSent, Token: "t"}))
	m.must(events.ClaimNotification.New(sending, claim))
	m.must(events.EraseCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}))
	m.published()
	type left struct{ Addressed, Sending, Values int }
	look := func(age string) left {
		t.Helper()
		m.exec(`update notification set lease_until = now() - $1::interval where status = 'sending'`, age)
		if err := (erasing{}).sweep(t.Context(), m.store); err != nil {
			t.Fatal(err)
		}
		return left{
			m.count(`select count(*) from notification where to_address <> ''`), m.count(`select count(*) from notification where status = 'sending'`),
			m.count(`select count(*) from journal_personal`),
		}
	}
	if diff := cmp.Diff([]left{{2, 1, 1}, {0, 0, 0}}, []left{look("1 minute"), look("11 minutes")}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.refused("lease_lost", events.RecordNotification.New(sending, events.NotificationResult{Status: events.NotificationSent, Token: "t"}))
	m.refused("already_sent", events.ClaimNotification.New(sending, claim))
}

// What is not published yet keeps what is personal of it, however long Kafka is away; and so does everybody while something is left for long.
func TestErasing_WaitsForWhatIsPublished(t *testing.T) {
	t.Parallel()
	m := newMarket(t, unswept, impatient)
	product, buyer := m.product(5), m.buyer()
	order := m.order(buyer, one(product))
	m.published()
	m.kafka.setDown(true)
	if err := m.store.Apply(t.Context(), m.command(events.CancelOrder.New(order, events.OrderReason{Reason: events.Said("canary")}).AskedBy(buyer))); err == nil {
		t.Fatal("it is published while Kafka is away")
	}
	if err := m.store.Apply(t.Context(), m.command(events.EraseCustomer.New(buyer.ID, events.Deletion{ExpectedVersion: 1}))); err == nil {
		t.Fatal("it is published while Kafka is away")
	}
	sweep := func() (named, values int) {
		t.Helper()
		if err := (erasing{}).sweep(t.Context(), m.store); err != nil {
			t.Fatal(err)
		}
		return m.count(`select count(*) from orders where email <> ''`), m.count(`select count(*) from journal_personal`)
	}
	m.exec(`insert into outbox (number, received_at) values (-1, now() - interval '2 minutes')`)
	if named, values := sweep(); named != 1 || values == 0 {
		t.Errorf("long after: %d orders, %d sets of personal values", named, values)
	}
	m.exec(`delete from outbox where number = -1`)
	if named, values := sweep(); named != 0 || values != 1 {
		t.Errorf("soon after: %d orders, %d sets of personal values; want those of what is not published", named, values)
	}
	m.kafka.setDown(false)
	m.published()
	if n := len(slices.Compact(m.kafka.about(t, order))); n != 2 {
		t.Errorf("%d events about the order, want that it was placed and cancelled", n)
	}
}
