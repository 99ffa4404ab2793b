package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/infra/client"
)

// Day is a whole day in the shop, as fast as it goes: customers and guests look around, fill carts, ask what it costs, order, pay, think better of it and send
// back; staff sends, takes back, changes prices and searches.
type Day struct {
	Seed            uint64  `json:"seed"`
	Orders          int     `json:"orders"`
	Seconds         float64 `json:"seconds"` // until all that it led to was done
	OrdersPerSecond float64 `json:"ordersPerSecond"`
	Requests        int     `json:"requests"`
	Steps           []Step  `json:"steps"`

	PurchasesBefore float64 `json:"purchasesBeforePerSecond"` // plain ones, in the same mart
	PurchasesAfter  float64 `json:"purchasesAfterPerSecond"`

	Failures   int      `json:"failures"` // visits that did not come to their end
	Failure    string   `json:"failure,omitzero"`
	Violations []string `json:"violations"` // of what must hold in the database at the end
	Broker     string   `json:"broker"`
	Database   string   `json:"database"`
	Processors int      `json:"processors"`
	Quiet      Quiet    `json:"quiet"`
}

// Step is one kind of thing that is done in a day, and how long it took from asking until it was done.
type Step struct {
	What  string  `json:"what"`
	Count int     `json:"count"`
	P50Ms float64 `json:"p50Ms"`
	P99Ms float64 `json:"p99Ms"`
}

// The size of the shop: each customer comes about ordersOfCustomer times.
const (
	shelfOfDay       = 200
	ordersOfCustomer = 20
)

// WholeDay makes the day of a seed with so many orders, by Options.Buyers customers and members of staff at once, between plain purchases in the same
// mart, which is a process of its own.
func WholeDay(ctx context.Context, o Options, seed uint64, orders int) (Day, error) {
	r := newRun(o)
	own, err := os.Executable()
	if err != nil {
		return Day{}, fmt.Errorf("find this program: %w", err)
	}
	d := &day{run: r, result: Day{Seed: seed, Orders: orders, Broker: r.result.Broker, Processors: r.result.Processors}, took: map[string][]time.Duration{}}
	err = r.apart(ctx, own, d.whole)
	d.result.Database = r.result.Database
	return d.result, err
}

// day is one under way.
type day struct {
	*run
	result Day
	shelf  []client.Product

	mu   sync.Mutex
	took map[string][]time.Duration
}

func (d *day) whole(ctx context.Context) error {
	watched := observe()
	d.say("plain purchases")
	if err := d.manyPurchases(ctx); err != nil {
		return err
	}
	d.result.PurchasesBefore = d.run.result.PurchasesPerSecond
	if err := d.stockShelf(ctx); err != nil {
		return err
	}
	if err := d.makeVisits(ctx); err != nil {
		return err
	}
	d.say("plain purchases again")
	if err := d.enter(ctx); err != nil { // the owner's token has had its time
		return err
	}
	before, err := d.readPassage(ctx)
	if err == nil {
		err = d.manyPurchases(ctx)
	}
	if err == nil {
		err = d.awaitQuiet(ctx, before, true) // a mail is there before it is noted that it was sent
	}
	if err != nil {
		return err
	}
	d.result.PurchasesAfter = d.run.result.PurchasesPerSecond
	d.result.Quiet = observe().since(watched)
	return d.asOwner(ctx, func(conn *pgx.Conn) error {
		d.result.Violations = append(dbtest.Invariants(ctx, conn), dbtest.AtRest(ctx, conn)...)
		return nil
	})
}

// stockShelf makes the products and their stock.
func (d *day) stockShelf(ctx context.Context) error {
	d.say(fmt.Sprintf("a shop with %d products", shelfOfDay))
	for i := range shelfOfDay {
		p, err := d.owner.Stocked(ctx, fmt.Sprintf("DAY-%d", i), productName(i), client.Money{Amount: 1500 + int64(i)*7%1000, Currency: "EUR"}, stockOfBench)
		if err != nil {
			return err
		}
		d.shelf = append(d.shelf, p)
	}
	return nil
}

// makeVisits makes the visits. Each worker has customers and a member of staff of its own.
func (d *day) makeVisits(ctx context.Context) error {
	d.say(fmt.Sprintf("customers and staff for %d orders", d.result.Orders))
	crews := make([]crew, min(d.Buyers, d.result.Orders))
	for i := range crews { // one after another: passwords are slow to hash on purpose
		var err error
		if crews[i], err = d.hireCrew(ctx, max(1, d.result.Orders/len(crews)/ordersOfCustomer)); err != nil {
			return err
		}
	}
	before, err := d.readPassage(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	d.visitAll(ctx, crews)
	if err := d.awaitQuiet(ctx, before, true); err != nil {
		return err
	}
	d.result.Seconds = time.Since(begin).Seconds()
	d.result.OrdersPerSecond = float64(d.result.Orders) / d.result.Seconds
	d.summarize()
	return ctx.Err()
}

// crew is who makes visits one after another: customers by turns, and one member of staff.
type crew struct {
	customers []*buyer
	staff     *buyer
}

func (d *day) hireCrew(ctx context.Context, customers int) (c crew, err error) {
	if c.staff, err = enter(ctx, d.at.url, client.Backoffice, d.at.email, d.at.password); err != nil {
		return c, err
	}
	for range customers {
		b, err := register(ctx, d.at.url)
		if err != nil {
			return c, err
		}
		c.customers = append(c.customers, b)
	}
	return c, nil
}

func (d *day) visitAll(ctx context.Context, crews []crew) {
	const told = 1000
	var next, done atomic.Int64
	var all sync.WaitGroup
	for _, c := range crews {
		all.Go(func() {
			for turn := 0; ctx.Err() == nil; turn++ {
				n := int(next.Add(1)) - 1
				if n >= d.result.Orders {
					return
				}
				if err := d.makeVisit(ctx, c, turn, n); err != nil {
					d.failed(fmt.Errorf("visit %d: %w", n, err))
				}
				if now := done.Add(1); now%told == 0 {
					d.say(fmt.Sprintf("  %d orders", now))
				}
			}
		})
	}
	all.Wait()
}

func (d *day) makeVisit(ctx context.Context, c crew, turn, n int) error {
	customer := c.customers[turn%len(c.customers)]
	if err := errors.Join(customer.renewed(ctx), c.staff.renewed(ctx)); err != nil {
		return err
	}
	e := &errand{visit: plan(d.result.Seed, n, len(d.shelf)), n: n, day: d, customer: customer.Client, staff: c.staff.Client}
	return e.run(ctx)
}

func (d *day) failed(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.result.Failures++
	d.result.Failure = err.Error()
}

// timed notes how long something took, if it went well.
func (d *day) timed(what string, do func() error) error {
	begin := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	took := time.Since(begin)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.took[what] = append(d.took[what], took)
	return nil
}

// summarize makes the table, with what happened most at the top.
func (d *day) summarize() {
	for _, what := range slices.Sorted(maps.Keys(d.took)) {
		took := d.took[what]
		slices.Sort(took)
		d.result.Steps = append(d.result.Steps, Step{What: what, Count: len(took), P50Ms: percentile(took, 0.5), P99Ms: percentile(took, 0.99)})
		d.result.Requests += len(took)
	}
	slices.SortStableFunc(d.result.Steps, func(a, b Step) int { return b.Count - a.Count })
}
