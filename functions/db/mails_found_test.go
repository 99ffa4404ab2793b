package db

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// Staff find mails by their kind and their state, those that have failed among many that have not; what failed without a word is found, too.
func TestMailsAreFoundByKindAndState(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	clerk := m.clerk.ID
	claim := func(kind events.NotificationKind) string {
		id := events.NewID()
		m.must(events.ClaimNotification.New(id, events.NotificationClaim{Kind: kind, UserID: clerk, ProductID: events.NewID(), Token: "t", LeaseSeconds: 60}))
		return id
	}
	ends := func(id string, status events.NotificationStatus, reason string) string {
		m.must(events.RecordNotification.New(id, events.NotificationResult{Status: status, Token: "t", Reason: reason}))
		return id
	}
	sent := ends(claim(events.LowStockMail), events.NotificationSent, "")
	failed := ends(claim(events.LowStockMail), events.NotificationFailed, "550 no such user")
	silent := ends(claim(events.LoginWarning), events.NotificationFailed, "")
	sending := claim(events.LoginWarning)
	for name, c := range map[string]struct {
		asked events.NotificationFilter
		want  []string
	}{
		"all, the newest first": {events.NotificationFilter{}, []string{sending, silent, failed, sent}},
		"of a kind":             {events.NotificationFilter{Kind: events.LowStockMail}, []string{failed, sent}},
		"sent":                  {events.NotificationFilter{Status: events.NotificationSent}, []string{sent}},
		"failed":                {events.NotificationFilter{Status: events.NotificationFailed}, []string{silent, failed}},
		"being sent":            {events.NotificationFilter{Status: events.NotificationSending}, []string{sending}},
		"of a kind, failed":     {events.NotificationFilter{Kind: events.LowStockMail, Status: events.NotificationFailed}, []string{failed}},
		"of a kind, sending":    {events.NotificationFilter{Kind: events.LowStockMail, Status: events.NotificationSending}, nil},
		"of no kind there is":   {events.NotificationFilter{Kind: events.WelcomeMail}, nil},
	} {
		page, err := listNotifications(t.Context(), m.store, events.Received[events.NotificationFilter]{Data: c.asked})
		var got []string
		for _, n := range page.Items {
			got = append(got, n.ID)
			if (n.Reason != "") != (n.Status == events.NotificationFailed) {
				t.Errorf("%s because of %q", n.Status, n.Reason)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// Stock is found by words of what its product is called, and says what that is now.
func TestStockIsFoundByWhatItIsOf(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	called := map[string]string{"Crème brûlée bowl": "BOWL-1", "Creamer": "CR-2", "Mug": "MUG-BOWL"}
	ids := map[string]string{}
	for name, sku := range called {
		ids[name] = m.product(9)
		m.exec(`update product set name = $2, sku = $3 where id = $1`, ids[name], name, sku)
	}
	for asked, want := range map[string][]string{
		"creme": {"Crème brûlée bowl"}, "cre": {"Creamer", "Crème brûlée bowl"}, "bowl": {"Crème brûlée bowl", "Mug"}, "CR-2": {"Creamer"},
		"bowl -mug": {"Crème brûlée bowl"}, "plate": nil, "!": nil,
	} {
		page, err := listStock(t.Context(), m.store, events.Received[events.StockFilter]{Data: events.StockFilter{Text: asked}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]events.ListedStock{}
		for _, s := range page.Items {
			got[s.Name] = s
		}
		wanted := map[string]events.ListedStock{}
		for _, name := range want {
			wanted[name] = events.ListedStock{
				StockState: events.StockState{ProductID: ids[name], OnHand: 9, Available: 9, Version: 2}, SKU: called[name], Name: name,
			}
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", asked, diff)
		}
	}
}
