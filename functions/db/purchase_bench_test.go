package db

import (
	"context"
	"fmt"
	"testing"

	"github.com/onlinemart/mart/events"
)

// BenchmarkPurchase is what a purchase asks of db, from the order to the committed stock, by buyers at the same time: each buys one of
// forty products, so that their orders meet at the same rows.
func BenchmarkPurchase(b *testing.B) {
	for _, n := range []int{1, 32, 128} {
		b.Run(fmt.Sprintf("buyers/%d", n), func(b *testing.B) {
			m := newMarket(b)
			m.store.Publisher = nowhere{}
			products := make([]string, 40)
			for i := range products {
				products[i] = m.product(1_000_000)
			}
			buyer := m.buyer()
			crew(b, n, func(i int) {
				order, payment := events.NewID(), events.NewID()
				for _, o := range []events.Outgoing{
					events.PlaceOrder.New(order, one(products[i%len(products)])).AskedBy(buyer),
					events.StartPayment.New(payment, events.PaymentRequest{OrderID: order, PaymentMethod: "pm_card_visa"}).AskedBy(buyer),
					said(payment, events.AuthorizeStep, events.PaymentAuthStatus), said(payment, events.CaptureStep, events.PaymentCapturedStatus),
					events.CommitStock.New(order, events.OrderStock{OrderID: order}),
				} {
					if err := m.store.Apply(context.Background(), m.command(o)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
