package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
)

// stockOfBench is more than is ever bought.
const stockOfBench = 1_000_000

// shop makes what is sold and who buys it.
func (r *run) shop(ctx context.Context, products, buyers int) ([]client.Product, []client.Client, error) {
	var shelf []client.Product
	for i := range products {
		p, err := r.owner.Stocked(ctx, uuid.NewString()[:18], fmt.Sprintf("Bench %d", i), client.Money{Amount: 1999, Currency: "EUR"}, stockOfBench)
		if err != nil {
			return nil, nil, err
		}
		shelf = append(shelf, p)
	}
	var people []client.Client
	for range buyers {
		c, _, err := client.New(r.mart.URL).Register(ctx, uuid.NewString()+"@example.com", "Bench", "nine quiet boats on tuesday")
		if err != nil {
			return nil, nil, err
		}
		people = append(people, c)
	}
	return shelf, people, nil
}

// buy orders and pays for one unit; it returns when the money is captured.
func buy(ctx context.Context, c client.Client, product string) (client.Order, error) {
	order, err := c.Order(ctx, "Bench", client.Line{ProductID: product, Quantity: 1})
	if err != nil {
		return order, err
	}
	payment, err := c.Pay(ctx, order.ID, "pm_card_visa")
	if err == nil && payment.Status != "captured" {
		_, err = client.Until(ctx, c, "/payments/"+payment.ID, func(p client.Payment) bool { return p.Status == "captured" })
	}
	return order, err
}

// mails is how many the inbox has.
func (r *run) mails(ctx context.Context) (int, error) {
	page, err := client.Get[struct {
		Total int `json:"total"`
	}](ctx, client.New(r.mart.MailURL), "/api/v1/messages?limit=1")
	return page.Total, err
}

// onePurchase measures a purchase with nobody else in the mart: until the stock is committed and the mail has arrived.
func (r *run) onePurchase(ctx context.Context) error {
	shelf, people, err := r.shop(ctx, 1, 1)
	if err != nil {
		return err
	}
	had, err := r.mails(ctx)
	if err != nil {
		return err
	}
	var took []time.Duration
	for until := time.Now().Add(r.For); time.Now().Before(until); {
		begin := time.Now()
		if _, err := buy(ctx, people[0], shelf[0].ID); err != nil {
			return err
		}
		if err := r.mart.Inbox.Await(ctx, had+len(took)+1); err != nil {
			return err
		}
		if _, err := client.Until(ctx, r.owner, "/stock/"+shelf[0].ID, func(s client.Stock) bool { return s.Reserved == 0 }); err != nil {
			return err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	r.result.PurchaseP50Ms, r.result.PurchaseP99Ms = percentile(took, 0.5), percentile(took, 0.99)
	return nil
}

// purchases measures whole purchases by many buyers; the clock stops when the last one is paid, its stock committed and its mail there.
func (r *run) purchases(ctx context.Context) error {
	shelf, people, err := r.shop(ctx, 32, r.Buyers)
	if err != nil {
		return err
	}
	had, err := r.mails(ctx)
	if err != nil {
		return err
	}
	begin, until := time.Now(), time.Now().Add(2*r.For)
	var bought, failed atomic.Int64
	var all sync.WaitGroup
	for i, buyer := range people {
		all.Go(func() {
			for n := i; time.Now().Before(until); n++ {
				if _, err := buy(ctx, buyer, shelf[n%len(shelf)].ID); err != nil {
					failed.Add(1)
					continue
				}
				bought.Add(1)
			}
		})
	}
	all.Wait()
	r.result.Failures += failed.Load()
	if err := r.settled(ctx, shelf, had+int(bought.Load())); err != nil {
		return err
	}
	r.result.PurchasesPerSecond = float64(bought.Load()) / time.Since(begin).Seconds()
	return nil
}

// settled waits until nothing is reserved and so many mails are there.
func (r *run) settled(ctx context.Context, shelf []client.Product, mails int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, p := range shelf {
		if _, err := client.Until(ctx, r.owner, "/stock/"+p.ID, func(s client.Stock) bool { return s.Reserved == 0 }); err != nil {
			return err
		}
	}
	return r.mart.Inbox.Await(ctx, mails)
}
