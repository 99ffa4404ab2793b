package db

import (
	"testing"

	"github.com/onlinemart/mart/events"
)

// After a restore all commands since the backup come again, also those that are known: were numbers taken for these, the orders that follow
// would not have those that are in people's mails.
func TestOrder_ACommandThatComesAgainTakesNoNumber(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	product, by := m.product(5), m.buyer()
	first := m.apply(events.PlaceOrder.New(events.NewID(), one(product)).AskedBy(by))
	for range 3 {
		if err := m.store.Apply(t.Context(), first); err != nil {
			t.Fatal(err)
		}
	}
	second := m.order(by, one(product))
	if n := m.count(`select (select number from orders where id = $2) - (select number from orders where id = $1)`, first.Subject, second); n != 1 {
		t.Errorf("the next order's number is %d later", n)
	}
}
