package db

import (
	"testing"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// What a purchase leaves in db's memory is counted in bytes of rows, which no clock and no neighbour changes: as JSON, results alone were
// three times as much.
func TestPurchase_LeavesLittleBehind(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *inbox.Options) { o.Unswept = true }) // it writes anew what was encrypted before the buyer had a key, and that once a second by the clock
	product, buyer := m.product(10), m.buyer()
	const purchases = 5
	for range purchases {
		order, _ := m.bought(buyer, product)
		mail := events.NewID()
		m.must(events.ClaimNotification.New(mail, events.NotificationClaim{Kind: events.OrderConfirmation, CustomerID: buyer.ID, OrderID: order, Token: "t", LeaseSeconds: 30}))
		m.must(events.RecordNotification.New(mail, events.NotificationResult{Status: events.NotificationSent, Token: "t"}))
	}
	m.rests()
	for table, most := range map[string]int{"journal": 3500, "inbox": 800, "journal_personal": 530, "outbox": 0} {
		if n := m.count(`select coalesce(sum(pg_column_size(t.*)), 0) / $1 from `+table+` t`, purchases); n > most {
			t.Errorf("%d bytes a purchase in %s, want %d at most", n, table, most)
		} else {
			t.Logf("%d bytes a purchase in %s", n, table)
		}
	}
}
