package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/journal"
)

// What a purchase was made of is in the journal, each decision once, under what led to it, and nothing that is personal.
func TestJournalTellsAPurchase(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	order := b.order(ctx, t, m.product(ctx, t, 2).ID, 2)
	if _, err := b.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		t.Fatal(err)
	}
	m.oneMail(ctx, t, b, b.status(ctx, t, order.ID, "paid"))

	want := []string{
		"inventory.commit succeeded", "notification.claim succeeded", "notification.record succeeded", "order.place succeeded",
		"payment.record succeeded", "payment.record succeeded", "payment.start succeeded",
	}
	var entries []events.JournalEntry
	var got []string
	for end := time.Now().Add(patience / 2); !slices.Equal(want, got) && time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // a poll with a deadline
		var err error
		if entries, err = journal.Read(ctx, m.owner, order.ID, ""); err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, e := range entries {
			if !changedNothing(e) {
				got = append(got, strings.TrimSuffix(strings.TrimPrefix(e.Type, "com.onlinemart."), ".v1")+" "+e.Outcome)
			}
		}
		slices.Sort(got)
	}
	tree := journal.Tree(entries, order.ID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +in the journal):\n%s\n%s", diff, tree)
	}
	wantRoots(t, entries, tree)
	for _, e := range entries {
		for _, r := range e.Results {
			if data := string(r.Data); strings.Contains(data, b.email) || strings.Contains(data, `"p1.`) || strings.Contains(data, "personal:") {
				t.Errorf("%s tells something personal: %s", r.Type, data)
			}
		}
	}
	if _, err := journal.Read(ctx, b.Client, order.ID, ""); err == nil {
		t.Error("a customer reads the journal")
	}
	one, err := client.Get[client.Page[events.JournalEntry]](ctx, m.owner, "/journal?limit=1&subject="+order.ID)
	if err != nil || len(one.Items) != 1 || one.NextCursor == "" {
		t.Errorf("a page of one: %+v, %v", one, err)
	}
}

// wantRoots fails unless all began with the order, its payment, and what the provider has said of that by itself.
func wantRoots(t *testing.T, entries []events.JournalEntry, tree string) {
	t.Helper()
	said, roots := map[string]bool{}, map[string]int{}
	for _, e := range entries {
		for _, r := range e.Results {
			said[r.ID] = true
		}
	}
	for _, e := range entries {
		if !said[e.Causation] {
			roots[e.Type]++
		}
	}
	delete(roots, events.RecordPayment.Type())
	if diff := cmp.Diff(map[string]int{events.PlaceOrder.Type(): 1, events.StartPayment.Type(): 1}, roots); diff != "" {
		t.Errorf("it began with (-want +got):\n%s\n%s", diff, tree)
	}
}

// Why an order is not paid, and who gave money back, is asked by the order.
func TestJournalTellsOfAnOrdersPayments(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	b := m.buyer(ctx, t)
	order := b.order(ctx, t, m.product(ctx, t, 1).ID, 1)
	if _, err := b.Pay(ctx, order.ID, "pm_card_chargeDeclined"); err != nil {
		t.Fatal(err)
	}
	paid, err := b.Pay(ctx, order.ID, "pm_card_visa")
	if err != nil {
		t.Fatal(err)
	}
	b.status(ctx, t, order.ID, "paid")
	refund := map[string]any{"amount": client.Money{Amount: 100, Currency: "EUR"}, "reason": "late"}
	if a := send(ctx, t, m.owner, http.MethodPost, "/payments/"+paid.ID+"/refunds", refund, client.NewKey()); a.Status >= http.StatusBadRequest {
		t.Fatalf("refund: %d %s", a.Status, a.Body)
	}
	entries, err := journal.Read(ctx, m.owner, order.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range entries {
		count[e.Type]++
	}
	if count[events.StartPayment.Type()] != 2 || count[events.RefundPayment.Type()] != 1 {
		t.Errorf("want both payments and the refund:\n%s", journal.Tree(entries, order.ID))
	}
}

// changedNothing tells an entry of the second who says the same of a payment: the provider's own message may come before its answer has been
// recorded, and then stands in the journal under a request of its own.
func changedNothing(e events.JournalEntry) bool {
	return len(e.Results) == 1 && e.Results[0].Type == events.PaymentUnchanged.Type()
}
