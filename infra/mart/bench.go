package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/onlinemart/mart/infra/bench"
)

type benchmark struct {
	Load      load      `cmd:"" default:"withargs" help:"Requests and purchases, db's memory; the default."`
	Day       day       `cmd:"" help:"A whole day of a shop: customers and guests who look, fill carts, order, pay and send back, and the staff; beside plain purchases."`
	Cold      cold      `cmd:"" help:"From the start of each function's process until it is ready."`
	Replicas  replicas  `cmd:"" help:"The same with more and more replicas of db on one database and one set of topics."`
	Catalogue catalogue `cmd:"" help:"Browsing and searching a shop of ever more products, with the plans of Postgres."`
	Counts    counts    `cmd:"" help:"What one purchase takes: requests, records, statements. Figures without a clock."`
	Equal     equal     `cmd:"" help:"How long an answer takes where there is an account and where there is none."`
	Paired    paired    `cmd:"" help:"This program and one that was built from another commit, in turn, with the ratio of each figure."`
}

// servers is what every measurement may stand on, and how it is printed.
type servers struct {
	JSON     bool     `name:"json" help:"Print the figures as one JSON object."`
	Kafka    []string `placeholder:"HOST:PORT" help:"Brokers of a real Kafka. Default: one inside this process." env:"MART_KAFKA"`
	Postgres string   `placeholder:"URL" help:"A Postgres role that may make databases and roles. Default: one that is started for this." env:"MART_POSTGRES"`
}

func (s servers) options() bench.Options {
	return bench.Options{Kafka: s.Kafka, Postgres: s.Postgres, Progress: os.Stderr}
}

// print is the result as JSON if asked for, else as a table.
func (s servers) print(result any, table func(io.Writer)) error {
	if !s.JSON {
		table(os.Stdout)
		return nil
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

// effort is how long and by how many it is measured.
type effort struct {
	For       time.Duration `default:"5s" help:"How long each measurement takes (${default})."`
	Buyers    int           `default:"32" help:"How many buy at once (${default})."`
	Purchases int           `placeholder:"N" help:"How many they buy together; memory is told from more than 1,000 on. Default: as many as they get done in twice the time."`
}

func (e effort) of(o bench.Options) bench.Options {
	o.For, o.Buyers, o.Purchases = e.For, e.Buyers, e.Purchases
	return o
}

type load struct {
	servers
	effort
	Profile string `placeholder:"FILE" type:"path" help:"Write a CPU profile of the purchases, for go tool pprof: of clients, functions and broker, in one process for it."`
}

// Run measures and prints.
func (b load) Run(ctx context.Context) error {
	o := b.of(b.options())
	o.Profile = b.Profile
	result, err := bench.Run(ctx, o)
	if err != nil {
		return err
	}
	return b.print(result, func(w io.Writer) { table(w, result) })
}

func table(w io.Writer, r bench.Result) {
	for _, f := range bench.Figures {
		_, _ = fmt.Fprintf(w, "%-32s %12s   %s\n", f.What, shown(f, f.Of(r)), f.Aim)
	}
	_, _ = fmt.Fprintf(w, "%-32s %12d   0\n", "requests that failed", r.Failures)
	_, _ = fmt.Fprintf(w, "\nBaselines: %s. On %d processors, shared by clients, functions, broker (%s) and %s; %s.\n",
		r.BaselineTool, r.Processors, r.Broker, r.Database, r.Quiet)
}

// shown is a figure; one that is not known is a dash.
func shown(f bench.Figure, value float64) string {
	if value == 0 {
		return "-"
	}
	return fmt.Sprintf(f.Format, value)
}

type counts struct {
	servers
}

// Run counts and prints.
func (c counts) Run(ctx context.Context) error {
	result, err := bench.Count(ctx, c.options())
	if err != nil {
		return err
	}
	return c.print(result, func(w io.Writer) {
		for _, f := range bench.Figures {
			if value := f.Of(bench.Result{Counts: result}); value != 0 {
				_, _ = fmt.Fprintf(w, "%-32s %12s\n", f.What, shown(f, value))
			}
		}
	})
}

type day struct {
	servers
	For    time.Duration `default:"5s" help:"How long the plain purchases before and after take, twice (${default})."`
	Buyers int           `default:"32" help:"How many come at once (${default})."`
	Orders int           `default:"10000" help:"How many orders the day has (${default})."`
	Seed   uint64        `default:"1" help:"The same seed is the same day (${default})."`
}

// Run measures and prints. Error: also when something does not hold.
func (d day) Run(ctx context.Context) error {
	if d.Orders < 1 || d.Buyers < 1 {
		return errors.New("--orders and --buyers must be 1 or more")
	}
	o := d.options()
	o.For, o.Buyers = d.For, d.Buyers
	result, err := bench.WholeDay(ctx, o, d.Seed, d.Orders)
	if err != nil {
		return err
	}
	if err := d.print(result, func(w io.Writer) { dayTable(w, result) }); err != nil {
		return err
	}
	var broken []error
	if result.Failures > 0 {
		broken = append(broken, fmt.Errorf("%d visits did not come to their end; the last: %s", result.Failures, result.Failure))
	}
	for _, v := range result.Violations {
		broken = append(broken, errors.New(v))
	}
	return errors.Join(broken...)
}

func dayTable(w io.Writer, d bench.Day) {
	for _, s := range d.Steps {
		_, _ = fmt.Fprintf(w, "%-18s %8d   p50 %7.1f ms   p99 %7.1f ms\n", s.What, s.Count, s.P50Ms, s.P99Ms)
	}
	_, _ = fmt.Fprintf(w, "\n%d orders of the day of seed %d in %.0f s: %.0f orders/s, %.0f steps/s, until all was delivered and done.\n",
		d.Orders, d.Seed, d.Seconds, d.OrdersPerSecond, float64(d.Requests)/d.Seconds)
	_, _ = fmt.Fprintf(w, "Plain purchases before: %.0f/s, after: %.0f/s. Visits that failed: %d. Broken rules in the database: %d.\n",
		d.PurchasesBefore, d.PurchasesAfter, d.Failures, len(d.Violations))
	_, _ = fmt.Fprintf(w, "On %d processors, shared by clients, functions, broker (%s) and %s; %s.\n", d.Processors, d.Broker, d.Database, d.Quiet)
}

type equal struct {
	servers
	Tries int `default:"200" help:"How many times each (${default})."`
}

// Run measures and prints.
func (e equal) Run(ctx context.Context) error {
	if e.Tries < 1 {
		return errors.New("--tries must be 1 or more")
	}
	result, err := bench.EqualTimes(ctx, e.options(), e.Tries)
	if err != nil {
		return err
	}
	return e.print(result, func(w io.Writer) { equalTable(w, result) })
}

func equalTable(w io.Writer, e bench.Equal) {
	_, _ = fmt.Fprintf(w, "%-20s %22s %22s\n", fmt.Sprintf("%d times each", e.Tries), "account: p50, p90", "no account: p50, p90")
	for _, a := range e.Asked {
		_, _ = fmt.Fprintf(w, "%-20s %8.1f ms %8.1f ms %8.1f ms %8.1f ms\n", a.What, a.KnownP50Ms, a.KnownP90Ms, a.UnknownP50Ms, a.UnknownP90Ms)
	}
	_, _ = fmt.Fprintf(w, "\nOn %d processors; %s.\n", e.Processors, e.Quiet)
}

type cold struct {
	servers
	Program string `placeholder:"FILE" type:"existingfile" help:"What the image holds. Default: built here as the image builds it."`
}

// Run measures and prints.
func (c cold) Run(ctx context.Context) error {
	result, err := bench.ColdStarts(ctx, c.options(), c.Program)
	if err != nil {
		return err
	}
	return c.print(result, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%-14s %9s %9s   from the start of the process until it is ready\n", "function", "p50", "longest")
		for _, s := range result.Starts {
			_, _ = fmt.Fprintf(w, "%-14s %6.0f ms %6.0f ms\n", s.Function, s.P50Ms, s.MaxMs)
		}
		_, _ = fmt.Fprintf(w, "\nThe program has %.1f MB. On %d processors; broker: %s.\n", float64(result.ProgramBytes)/1e6, result.Processors, result.Broker)
	})
}

type replicas struct {
	servers
	effort
	Counts  []int         `default:"1,2,4,10" help:"How many replicas (${default})."`
	Delay   time.Duration `default:"0s" help:"Added to each way between db and Postgres, as a network would (${default})."`
	Program string        `placeholder:"FILE" type:"existingfile" help:"What the image holds. Default: built here as the image builds it."`
}

// Run measures and prints. Error: also when something does not hold.
func (r replicas) Run(ctx context.Context) error {
	o := r.of(r.options())
	result, err := bench.Replicas(ctx, o, r.Program, r.Delay, r.Counts)
	if err != nil {
		return err
	}
	if err := r.print(result, func(w io.Writer) { curve(w, result) }); err != nil {
		return err
	}
	var broken []error
	for _, p := range result.Points {
		for _, v := range p.Violations {
			broken = append(broken, fmt.Errorf("with %d replicas: %s", p.Replicas, v))
		}
	}
	return errors.Join(broken...)
}

func curve(w io.Writer, s bench.Scaling) {
	_, _ = fmt.Fprintf(w, "%-8s  %16s  %20s  %15s  %9s  %9s  %8s  %s\n",
		"replicas", "create, 1 client", "creates, 256 clients", "whole purchases", "paid, p50", "paid, p99", "failures", "violations")
	for _, p := range s.Points {
		_, _ = fmt.Fprintf(w, "%8d  %13.1f ms  %18.0f/s  %13.0f/s  %6.0f ms  %6.0f ms  %8d  %d\n",
			p.Replicas, p.CreateP50Ms, p.Creates256PerSecond, p.PurchasesPerSecond, p.LoadedPurchaseP50Ms, p.LoadedPurchaseP99Ms, p.Failures, len(p.Violations))
	}
	_, _ = fmt.Fprintf(w, "\nThe same SQL, nothing else, no delay: %.0f/s (%s). Delay of the database: %.1f ms each way. On %d processors, shared by all; broker: %s.\n",
		s.BaselinePerSecond, s.BaselineTool, s.DatabaseDelayMs, s.Processors, s.Broker)
}
