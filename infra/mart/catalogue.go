package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/onlinemart/mart/infra/bench"
)

type catalogue struct {
	servers
	Sizes   []int         `default:"1000,100000" help:"How many products (${default}). A million take some minutes and 3 GB."`
	Clients int           `default:"16" help:"How many ask at once, each waiting for its answer (${default})."`
	For     time.Duration `default:"3s" help:"How long each kind of question is asked (${default})."`
	Plans   bool          `help:"Print how Postgres carries out one question of each kind, with the most products."`
}

// Run measures and prints.
func (c catalogue) Run(ctx context.Context) error {
	o := c.options()
	o.For = c.For
	result, err := bench.MeasureCatalogue(ctx, o, c.Sizes, c.Clients)
	if err != nil {
		return err
	}
	return c.print(result, func(w io.Writer) {
		browsed(w, result)
		if c.Plans {
			explained(w, result)
		}
	})
}

func browsed(w io.Writer, c bench.Catalogue) {
	for _, size := range c.Sizes {
		_, _ = fmt.Fprintf(w, "%d products, %.0f MB\n", size.Products, size.Megabytes)
		for _, r := range append(size.Reads, size.All) {
			_, _ = fmt.Fprintf(w, "  %-36s p50 %6.1f ms   p95 %6.1f ms   %6.0f/s   %4.1f on a page\n", r.What, r.P50Ms, r.P95Ms, r.PerSecond, r.Found)
		}
	}
	if last := len(c.Sizes) - 1; last > 0 {
		_, _ = fmt.Fprintf(w, "p95 of %d products to that of %d: %.2f (2 or less)\n",
			c.Sizes[last].Products, c.Sizes[0].Products, c.Sizes[last].All.P95Ms/c.Sizes[0].All.P95Ms)
	}
	_, _ = fmt.Fprintf(w, "\n%d clients. On %d processors, shared by clients, functions, broker and %s; %s.\n", c.Clients, c.Processors, c.Database, c.Quiet)
}

func explained(w io.Writer, c bench.Catalogue) {
	for _, q := range c.Plans {
		_, _ = fmt.Fprintf(w, "\n%s: %s\n", q.What, q.Query)
		for _, p := range q.Plans {
			_, _ = fmt.Fprintf(w, "%s\n%s\n", p.SQL, p.Steps)
		}
	}
}
