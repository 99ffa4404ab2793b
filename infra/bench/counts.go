package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/kafkasource"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/poll"
)

const (
	countedPurchases  = 6
	unmeasured        = 3                       // purchases before that: connections are made, statements prepared, keys read
	committedEvery    = 50 * time.Millisecond   // how often consumers note what is done
	learnedLongEnough = 2500 * time.Millisecond // without anything new; db sweeps every second
)

// Count tells what one purchase takes, counted over some that are made one after another: every command of db is a batch of its own then.
func Count(ctx context.Context, o Options) (Counts, error) {
	r := newRun(o)
	c := &counting{run: r, tap: newTap(), fronts: &fronts{}}
	c.fronts.database = func(ctx context.Context, env map[string]string) (func(), error) {
		proxy, err := proxyTo(ctx, env["DATABASE_URL"], 0, c.tap)
		if err != nil {
			return nil, err
		}
		env["DATABASE_URL"] = proxy.dsn
		return proxy.close, nil
	}
	r.say("what one purchase takes")
	var counts Counts
	config := laptop.Config{Serve: c.fronts.serve, Sources: func(o *kafkasource.Options) { o.CommitEvery = committedEvery }}
	err := r.inLaptop(ctx, config, func(ctx context.Context, _ *laptop.Mart) (err error) {
		counts, err = c.purchases(ctx)
		return err
	})
	return counts, err
}

// counting is a count under way.
type counting struct {
	*run
	fronts *fronts // nil: the mart is another program
	tap    *tap
}

// taken is what was counted up to a moment.
type taken struct {
	asks
	spoken
	passage
}

func (c *counting) purchases(ctx context.Context) (Counts, error) {
	shelf, people, err := c.shop(ctx, 1, 1)
	if err != nil {
		return Counts{}, err
	}
	if err := c.several(ctx, people[0].Client, shelf[0].ID, unmeasured); err != nil {
		return Counts{}, err
	}
	if err := c.learnWhatAlwaysIs(ctx); err != nil {
		return Counts{}, err
	}
	before, err := c.taken(ctx)
	if err != nil {
		return Counts{}, err
	}
	if err := c.several(ctx, people[0].Client, shelf[0].ID, countedPurchases); err != nil {
		return Counts{}, err
	}
	after, err := c.taken(ctx)
	return after.since(before), err
}

// learnWhatAlwaysIs listens to db while nothing goes on.
func (c *counting) learnWhatAlwaysIs(ctx context.Context) error {
	c.tap.learning(true)
	defer c.tap.learning(false)
	known, since := 0, time.Now()
	err := poll.Until(ctx, committedEvery, func(context.Context) (bool, error) {
		if now := c.tap.learned(); now != known {
			known, since = now, time.Now()
		}
		return known > 0 && time.Since(since) >= learnedLongEnough, nil
	})
	if err != nil {
		return fmt.Errorf("listen to db while nothing goes on: %w", err)
	}
	return nil
}

// several makes some purchases, one after another, each whole and quiet before the next.
func (c *counting) several(ctx context.Context, by client.Client, product string, n int) error {
	if err := c.emptyInbox(ctx); err != nil {
		return err
	}
	begin, err := c.readPassage(ctx)
	if err != nil {
		return err
	}
	for i := range n {
		if err := c.one(ctx, by, product, i+1); err != nil {
			return err
		}
		if err := c.awaitQuiet(ctx, begin, false); err != nil {
			return err
		}
	}
	return c.awaitQuiet(ctx, begin, true)
}

// one purchase, until its mail is there, the given number of them all, and the provider has told of it.
func (c *counting) one(ctx context.Context, by client.Client, product string, mails int) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	told, release := int64(0), func() {}
	if c.fronts != nil {
		told, release = c.fronts.webhooks(), c.fronts.hold()
	}
	_, err := c.ordered(ctx, by, product)
	if err == nil {
		err = c.awaitMails(ctx, mails) // nobody asks the mart: that would be counted
	}
	release()
	if err != nil || c.fronts == nil {
		return err
	}
	if err := poll.Until(ctx, committedEvery, func(context.Context) (bool, error) { return c.fronts.webhooks() != told, nil }); err != nil {
		return fmt.Errorf("wait for the provider's webhook: %w", err)
	}
	return nil
}

func (c *counting) ordered(ctx context.Context, by client.Client, product string) (client.Payment, error) {
	order, err := by.Order(ctx, "Bench", client.Line{ProductID: product, Quantity: 1})
	if err != nil {
		return client.Payment{}, err
	}
	return by.Pay(ctx, order.ID, "pm_card_visa")
}

func (c *counting) taken(ctx context.Context) (taken, error) {
	passed, err := c.readPassage(ctx)
	now := taken{spoken: c.tap.count(), passage: passed}
	if c.fronts != nil {
		now.asks = c.fronts.count()
	}
	return now, err
}

func (t taken) since(before taken) Counts {
	each := func(after, before int64) float64 { return float64(after-before) / countedPurchases }
	return Counts{
		Requests: each(t.requests, before.requests), Questions: each(t.questions, before.questions),
		Deliveries: each(t.delivered(""), before.delivered("")), Commands: each(t.delivered(groupOfDB), before.delivered(groupOfDB)),
		Records: each(t.records(), before.records()), Statements: each(t.statements, before.statements), RoundTrips: each(t.trips, before.trips),
		Reads: each(t.reads, before.reads),
	}
}

// countOutside counts what can be seen of another program: its records, what its consumers are done with, and what it says to Postgres.
func (r *run) countOutside(ctx context.Context, program string) (Counts, error) {
	c := &counting{run: r, tap: newTap()}
	through := func(ctx context.Context, dsn string) (string, func(), error) {
		proxy, err := proxyTo(ctx, dsn, 0, c.tap)
		if err != nil {
			return "", nil, err
		}
		return proxy.dsn, proxy.close, nil
	}
	var counts Counts
	err := r.inProgram(ctx, program, through, func(ctx context.Context) (err error) {
		counts, err = c.purchases(ctx)
		return err
	})
	return counts, err
}
