package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/poll"
)

// stockOfBench is more than is ever bought.
const stockOfBench = 1_000_000

// shop makes what is sold and who buys it. It takes a while: passwords are slow to hash on purpose.
func (r *run) shop(ctx context.Context, products, buyers int) ([]client.Product, []*buyer, error) {
	var shelf []client.Product
	for i := range products {
		p, err := r.owner.Stocked(ctx, uuid.NewString()[:18], fmt.Sprintf("Bench %d", i), client.Money{Amount: 1999, Currency: "EUR"}, stockOfBench)
		if err != nil {
			return nil, nil, err
		}
		shelf = append(shelf, p)
	}
	var people []*buyer
	for range buyers {
		b, err := register(ctx, r.at.url)
		if err != nil {
			return nil, nil, err
		}
		people = append(people, b)
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
	}](ctx, client.New(r.at.mail), "/api/v1/messages?limit=1")
	return page.Total, err
}

// emptyInbox deletes the mails that are there: the inbox keeps no more than mailsKept, and counts no further.
func (r *run) emptyInbox(ctx context.Context) error {
	_, err := client.New(r.at.mail).Send(ctx, http.MethodDelete, "/api/v1/messages", nil)
	return err
}

const mailsKept = 10_000

// awaitMails waits until so many mails are there. It looks often: what is measured ends with it.
func (r *run) awaitMails(ctx context.Context, want int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	has := 0
	err := poll.Until(ctx, time.Millisecond, func(ctx context.Context) (enough bool, err error) {
		has, err = r.mails(ctx)
		return has >= min(want, mailsKept), err
	})
	if err != nil {
		return fmt.Errorf("%d of %d mails have come: %w", has, want, err)
	}
	return nil
}

// onePurchase measures a purchase with nobody else in the mart: until the stock is committed and the mail has arrived.
func (r *run) onePurchase(ctx context.Context) error {
	shelf, people, err := r.shop(ctx, 1, 1)
	if err == nil {
		err = r.emptyInbox(ctx)
	}
	if err != nil {
		return err
	}
	var took []time.Duration
	for until := time.Now().Add(r.For); time.Now().Before(until); {
		begin := time.Now()
		if _, err := buy(ctx, people[0].Client, shelf[0].ID); err != nil {
			return err
		}
		if err := r.awaitMails(ctx, len(took)+1); err != nil {
			return err
		}
		if err := r.awaitCommitted(ctx, shelf); err != nil {
			return err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	r.result.PurchaseP50Ms, r.result.PurchaseP99Ms = percentile(took, 0.5), percentile(took, 0.99)
	return nil
}

// trade is what came of buyers who buy at once.
type trade struct {
	bought, failed atomic.Int64
	took           []time.Duration // of each purchase, sorted
	lasted         time.Duration   // until the last one was paid, its stock committed and its mail there
}

// purchases lets all buyers buy, for a time or up to a number. Done is told of each purchase with how many there were by then.
func (r *run) purchases(ctx context.Context, shelf []client.Product, people []*buyer, done func(n int64)) (*trade, error) {
	if err := r.emptyInbox(ctx); err != nil {
		return nil, err
	}
	t, took := &trade{}, make([][]time.Duration, len(people))
	begin := time.Now()
	var begun atomic.Int64
	more := func() bool { return begun.Add(1) <= int64(r.Purchases) }
	if r.Purchases == 0 {
		until := begin.Add(2 * r.For)
		more = func() bool { return time.Now().Before(until) }
	}
	var all sync.WaitGroup
	for i, b := range people {
		all.Go(func() {
			for n := i; more() && ctx.Err() == nil; n++ {
				began := time.Now()
				if err := b.buys(ctx, shelf[n%len(shelf)].ID); err != nil {
					t.failed.Add(1)
					continue
				}
				took[i] = append(took[i], time.Since(began))
				done(t.bought.Add(1))
			}
		})
	}
	all.Wait()
	r.result.Failures += t.failed.Load()
	err := r.awaitSettled(ctx, shelf, int(t.bought.Load()))
	t.lasted = time.Since(begin)
	t.took = slices.Concat(took...)
	slices.Sort(t.took)
	return t, err
}

// manyPurchases measures how many whole purchases a second so many buyers get done.
func (r *run) manyPurchases(ctx context.Context) error {
	shelf, people, err := r.shop(ctx, shelfOfBench, r.Buyers)
	if err != nil {
		return err
	}
	t, err := r.purchases(ctx, shelf, people, func(int64) {})
	if err != nil {
		return err
	}
	r.recordTrade(t)
	return nil
}

// shelfOfBench is how many products there are to choose from.
const shelfOfBench = 32

func (r *run) recordTrade(t *trade) {
	r.result.Purchases = t.bought.Load()
	r.result.PurchasesPerSecond = float64(t.bought.Load()) / t.lasted.Seconds()
	r.result.LoadedPurchaseP50Ms, r.result.LoadedPurchaseP99Ms = percentile(t.took, 0.5), percentile(t.took, 0.99)
}

// tokenLives is how long the owner's is used: a long run outlives it, and in a short one no password is hashed.
const tokenLives = 4 * time.Minute

func (r *run) enter(ctx context.Context) (err error) {
	r.owner, err = r.at.enter(ctx)
	r.entered = time.Now()
	return err
}

// awaitSettled waits until nothing is reserved and so many mails are there.
func (r *run) awaitSettled(ctx context.Context, shelf []client.Product, mails int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if time.Since(r.entered) > tokenLives {
		if err := r.enter(ctx); err != nil {
			return err
		}
	}
	if err := r.awaitCommitted(ctx, shelf); err != nil {
		return err
	}
	return r.awaitMails(ctx, mails)
}

// awaitCommitted waits until nothing is reserved.
func (r *run) awaitCommitted(ctx context.Context, shelf []client.Product) error {
	for _, p := range shelf {
		if _, err := client.Until(ctx, r.owner, "/stock/"+p.ID, func(s client.Stock) bool { return s.Reserved == 0 }); err != nil {
			return err
		}
	}
	return nil
}
