package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/onlinemart/mart/infra/bench"
)

type paired struct {
	JSON    bool     `name:"json" help:"Print the figures as one JSON object."`
	Kafka   []string `placeholder:"HOST:PORT" help:"Brokers of a real Kafka, for both. Default: one inside each." env:"MART_KAFKA"`
	Against string   `required:"" placeholder:"PROGRAM" type:"existingfile" help:"The mart program of another commit."`
	Rounds  int      `default:"3" help:"How often each is measured (${default})."`
	effort
}

// Run measures and prints.
func (p paired) Run(ctx context.Context) error {
	common := servers{JSON: p.JSON, Kafka: p.Kafka}
	pair, err := bench.Paired(ctx, p.of(bench.Options{Kafka: p.Kafka, Progress: os.Stderr}), p.Against, p.Rounds)
	if err != nil {
		return err
	}
	return common.print(pair, func(w io.Writer) { compared(w, pair) })
}

func compared(w io.Writer, p bench.Pair) {
	_, _ = fmt.Fprintf(w, "%-32s %12s %12s %9s\n", fmt.Sprintf("median of %d rounds", p.Rounds), "old", "new", "new/old")
	for _, f := range bench.Figures {
		old, now := p.Old.Median[f.Name], p.New.Median[f.Name]
		if old == 0 && now == 0 {
			continue
		}
		ratio := "-"
		if r, ok := p.Ratios[f.Name]; ok {
			ratio = fmt.Sprintf("%.2f", r)
		}
		_, _ = fmt.Fprintf(w, "%-32s %12s %12s %9s\n", f.What, shown(f, old), shown(f, now), ratio)
	}
	_, _ = fmt.Fprintf(w, "%-32s %12d %12d %9s\n", "requests that failed", p.Old.Failures(), p.New.Failures(), "-")
	_, _ = fmt.Fprintf(w, "\nold: %s\nnew: %s\n%d buyers, on %d processors, shared by all; broker: %s; %s.\n%s.\n",
		p.Old.Program, p.New.Program, p.Buyers, p.Cores, p.Broker, p.On, p.Quiet)
}
