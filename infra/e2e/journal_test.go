package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	var entries []journal.Entry
	var got []string
	for end := time.Now().Add(patience); !slices.Equal(want, got) && time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // a poll with a deadline
		var err error
		if entries, err = journal.Read(ctx, m.owner, order.ID, ""); err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, e := range entries {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(e.Type, "com.onlinemart."), ".v1")+" "+e.Outcome)
		}
		slices.Sort(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +in the journal):\n%s", diff)
	}
	tree := journal.Tree(entries, order.ID)
	if strings.Count("\n"+tree, "\nrequest ") != 2 {
		t.Errorf("want two requests, the order and its payment, and all else under them:\n%s", tree)
	}
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
	one, err := client.Get[client.Page[journal.Entry]](ctx, m.owner, "/journal?limit=1&subject="+order.ID)
	if err != nil || len(one.Items) != 1 || one.NextCursor == "" {
		t.Errorf("a page of one: %+v, %v", one, err)
	}
}
