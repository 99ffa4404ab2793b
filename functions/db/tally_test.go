package db

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// lines is a log that many write to.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// decided is what was logged of commands about a subject, one word for each, without what is another each time.
func (l *lines) decided(t *testing.T, subject string) (all []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for raw := range strings.Lines(l.text.String()) {
		var says struct{ Msg, Type, Subject, Outcome, Code, By, ID, Correlation string }
		if err := json.Unmarshal([]byte(raw), &says); err != nil {
			t.Fatal(err)
		}
		if says.Msg != "decided" || says.Subject != subject {
			continue
		}
		if says.ID == "" || says.Correlation == "" || says.By == "" {
			t.Errorf("it does not say all: %s", raw)
		}
		all = append(all, strings.TrimSpace(says.Type+" "+says.Outcome+" "+says.Code))
	}
	return all
}

// counts is the counters of the shop that are not 0.
func counts(t *testing.T, metrics *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, f := range families {
		if !slices.Contains([]string{"mart_orders_total", "mart_payments_total", "mart_refunds_total", "mart_mails_total"}, f.GetName()) {
			continue
		}
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			if n := m.GetCounter().GetValue(); n > 0 {
				found[name] = n
			}
		}
	}
	return found
}

// What decisions come to is counted when they are committed, once each: not when a command comes again, and not when it is refused. Each is
// logged once, too.
func TestWhatDecisionsComeToIsCountedOnce(t *testing.T) {
	t.Parallel()
	metrics, log := prometheus.NewRegistry(), &lines{}
	m := newMarket(t, func(o *inbox.Options) { o.Metrics, o.Log = metrics, slog.New(slog.NewJSONHandler(log, nil)) })
	buyer, product := m.buyer(), m.product(5)
	order, payment := m.bought(buyer, product)
	m.refused("order_not_payable", events.StartPayment.New(events.NewID(), events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer))
	m.must(events.RefundPayment.New(payment, events.RefundRequest{Amount: events.Money{Amount: 100, Currency: "USD"}, Reason: events.Said("a scratch")}).AskedBy(m.clerk))
	mail := events.NewID()
	m.must(events.ClaimNotification.New(mail, events.NotificationClaim{Kind: events.OrderConfirmation, CustomerID: buyer.ID, OrderID: order, Token: "t", LeaseSeconds: 30}))
	sent := m.apply(events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: "t"}))
	waits, unpaid := m.order(buyer, one(product)), m.order(buyer, one(product))
	m.must(events.CancelOrder.New(waits, events.OrderReason{Reason: events.Said("no")}).AskedBy(buyer))
	declined := m.pay(buyer, unpaid)
	m.must(said(declined, events.AuthorizeStep, events.PaymentDeclinedStatus))
	other := m.replica()
	for _, store := range []*inbox.Store{m.store, other, m.store} { // it comes again, here and there
		if err := store.Apply(t.Context(), sent); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]float64{
		"mart_orders_total placed": 3, "mart_orders_total authorized": 1, "mart_orders_total paid": 1, "mart_orders_total cancelled": 1,
		"mart_payments_total card started": 2, "mart_payments_total card authorized": 1, "mart_payments_total card captured": 1, "mart_payments_total card declined": 1,
		"mart_refunds_total requested": 1, "mart_mails_total order_confirmation sent": 1,
	}
	if d := cmp.Diff(want, counts(t, metrics)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"com.onlinemart.notification.claim.v1 succeeded", "com.onlinemart.notification.record.v1 succeeded"}, log.decided(t, mail)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{events.PlaceOrder.Type() + " succeeded", events.CommitStock.Type() + " succeeded"}, log.decided(t, order)); d != "" {
		t.Error(d)
	}
	refused := 0
	for raw := range strings.Lines(log.text.String()) {
		if strings.Contains(raw, `"outcome":"rejected"`) && strings.Contains(raw, `"code":"order_not_payable"`) {
			refused++
		}
		if strings.Contains(raw, "scratch") {
			t.Errorf("it tells what was said: %s", raw)
		}
	}
	if refused != 1 {
		t.Errorf("%d lines about the refusal", refused)
	}
}

// All kinds of mail are shown as 0 from the beginning: those that a claim may be for.
func TestEveryKindOfMailIsCounted(t *testing.T) {
	t.Parallel()
	kind, _ := reflect.TypeFor[events.NotificationClaim]().FieldByName("Kind")
	want := strings.Split(kind.Tag.Get("enum"), ",")
	var got []string
	for _, k := range events.NotificationKinds() {
		got = append(got, string(k))
	}
	if d := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))); d != "" {
		t.Error(d)
	}
}
