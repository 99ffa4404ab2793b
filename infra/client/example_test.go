package client_test

import (
	"context"
	"fmt"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// A customer buys the first thing there is, in a mart that is started for it; the one that make run starts is at http://127.0.0.1:8080.
func Example() {
	ctx := context.Background()
	mart, err := laptop.Start(ctx, laptop.Config{LogLevel: "error"})
	if err != nil {
		panic(err)
	}
	defer func() { _ = mart.Stop(ctx) }()

	ada, _, err := client.New(mart.URL).Register(ctx, "ada@example.com", "Ada", "correct horse battery")
	if err != nil {
		panic(err)
	}
	products, err := client.Get[client.Page[client.Product]](ctx, ada, "/products?inStock=true&limit=1")
	if err != nil {
		panic(err)
	}
	line, address := client.Line{ProductID: products.Items[0].ID, Quantity: 1}, client.Address("Ada")
	quote, err := ada.Quote(ctx, address, line)
	if err != nil {
		panic(err)
	}
	order, err := ada.OrderQuoted(ctx, address, quote.Choices[0].Quote, line)
	if err != nil {
		panic(err)
	}
	if _, err := ada.Pay(ctx, order.ID, "pm_card_visa"); err != nil {
		panic(err)
	}
	paid, err := client.Until(ctx, ada, "/orders/"+order.ID, func(o client.Order) bool { return o.Status == "paid" })
	if err != nil {
		panic(err)
	}
	fmt.Println(paid.Number, paid.Status)
	// Output: M-000001 paid
}
