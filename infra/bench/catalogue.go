package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/db"
	"github.com/onlinemart/mart/infra/client"
)

// Catalogue is how fast a shop of some sizes is browsed and searched.
type Catalogue struct {
	Sizes      []CatalogueSize `json:"sizes"`
	Plans      []CataloguePlan `json:"plans"` // with as many products as the last size has
	Clients    int             `json:"clients"`
	Database   string          `json:"database"`
	Processors int             `json:"processors"`
	Quiet      Quiet           `json:"quiet"`
}

// CatalogueSize is a shop with so many products.
type CatalogueSize struct {
	Products  int             `json:"products"`
	Megabytes float64         `json:"megabytes"` // of products, with indexes
	Reads     []CatalogueRead `json:"reads"`
	All       CatalogueRead   `json:"all"`
}

// CatalogueRead is what reads of one kind take, in milliseconds.
type CatalogueRead struct {
	What      string  `json:"what"`
	P50Ms     float64 `json:"p50Ms"`
	P95Ms     float64 `json:"p95Ms"`
	PerSecond float64 `json:"perSecond"`
	Found     float64 `json:"found"` // how many were on a page, on average
}

// CataloguePlan is how Postgres carries out what one question asks of it.
type CataloguePlan struct {
	What  string    `json:"what"`
	Query string    `json:"query"`
	Plans []db.Plan `json:"plans"`
}

// MeasureCatalogue fills a mart with ever more products and lets so many clients browse it, each waiting for its answer.
func MeasureCatalogue(ctx context.Context, o Options, sizes []int, clients int) (Catalogue, error) {
	r := newRun(o)
	own, err := os.Executable()
	if err != nil {
		return Catalogue{}, fmt.Errorf("find this program: %w", err)
	}
	c := Catalogue{Clients: clients, Processors: r.result.Processors}
	err = r.apart(ctx, own, func(ctx context.Context) (err error) {
		shop, err := pgx.Connect(ctx, r.at.database.Owner)
		if err != nil {
			return fmt.Errorf("connect to the database: %w", err)
		}
		defer func() { err = errors.Join(err, shop.Close(context.WithoutCancel(ctx))) }()
		g := newGoods()
		if err := g.begin(ctx, shop); err != nil {
			return err
		}
		watched, filled := observe(), 0
		for _, n := range slices.Sorted(slices.Values(sizes)) {
			r.say(fmt.Sprintf("%d products", n))
			if err := g.more(ctx, shop, filled, n); err != nil {
				return err
			}
			filled = n
			size, err := r.browse(ctx, shop, g, n, clients)
			if err != nil {
				return err
			}
			c.Sizes = append(c.Sizes, size)
		}
		c.Quiet = observe().since(watched)
		c.Plans, err = r.plans(ctx, g, filled)
		return err
	})
	c.Database = r.result.Database
	return c, err
}

// browse measures each kind of question by itself.
func (r *run) browse(ctx context.Context, shop *pgx.Conn, g *goods, n, clients int) (CatalogueSize, error) {
	size := CatalogueSize{Products: n}
	var bytes int64
	if err := shop.QueryRow(ctx, `select pg_total_relation_size('product')`).Scan(&bytes); err != nil {
		return size, fmt.Errorf("ask how big the products are: %w", err)
	}
	size.Megabytes = float64(bytes) / 1e6
	var all []time.Duration
	began, items := time.Now(), 0.0
	for _, q := range questions {
		read, took, err := r.ask(ctx, q, g, n, clients)
		if err != nil {
			return size, fmt.Errorf("%s: %w", q.what, err)
		}
		size.Reads, all, items = append(size.Reads, read), append(all, took...), items+read.Found*float64(len(took))
	}
	slices.Sort(all)
	size.All = CatalogueRead{
		What: "all of these", P50Ms: percentile(all, 0.5), P95Ms: percentile(all, 0.95),
		PerSecond: float64(len(all)) / time.Since(began).Seconds(), Found: items / float64(max(len(all), 1)),
	}
	return size, nil
}

func (r *run) ask(ctx context.Context, q question, g *goods, n, clients int) (CatalogueRead, []time.Duration, error) {
	anyone, began := r.owner.As(""), time.Now()
	until := began.Add(r.For)
	each, failed := make([]answers, clients), make([]error, clients)
	var all sync.WaitGroup
	for c := range clients {
		mine := *g
		mine.Rand = rand.New(rand.NewPCG(uint64(n), uint64(c))) //nolint:gosec // figures are compared: it must be the same each time
		all.Go(func() {
			for time.Now().Before(until) && failed[c] == nil {
				failed[c] = each[c].pages(ctx, anyone, q.of(&mine, n), q.deep)
			}
		})
	}
	all.Wait()
	var sum answers
	for _, a := range each {
		sum.took, sum.items = append(sum.took, a.took...), sum.items+a.items
	}
	slices.Sort(sum.took)
	return CatalogueRead{
		What: q.what, P50Ms: percentile(sum.took, 0.5), P95Ms: percentile(sum.took, 0.95),
		PerSecond: float64(len(sum.took)) / time.Since(began).Seconds(), Found: float64(sum.items) / float64(max(len(sum.took), 1)),
	}, sum.took, errors.Join(failed...)
}

// answers are those that one client had.
type answers struct {
	took  []time.Duration
	items int
}

// pages asks for a page, and for those behind it.
func (a *answers) pages(ctx context.Context, by client.Client, f events.ProductFilter, deep int) error {
	for range deep {
		begin := time.Now()
		page, err := client.Get[client.Page[client.Product]](ctx, by, "/products?"+queryOf(f).Encode())
		if err != nil {
			return err
		}
		a.took, a.items = append(a.took, time.Since(begin)), a.items+len(page.Items)
		if f.Cursor = page.NextCursor; f.Cursor == "" {
			break
		}
	}
	return nil
}

// plans asks one of each kind once more, and how Postgres carries that out.
func (r *run) plans(ctx context.Context, g *goods, n int) (all []CataloguePlan, err error) {
	mine := *g
	mine.Rand = rand.New(rand.NewPCG(uint64(n), math.MaxUint64)) //nolint:gosec // figures are compared: it must be the same each time
	for _, q := range questions {
		f := q.of(&mine, n)
		plans, err := db.Plans(ctx, r.at.database.App, f)
		if err != nil {
			return nil, fmt.Errorf("the plans of %s: %w", q.what, err)
		}
		all = append(all, CataloguePlan{What: q.what, Query: queryOf(f).Encode(), Plans: plans})
	}
	return all, nil
}
