package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"time"

	"github.com/onlinemart/mart/infra/bench"
)

type benchmark struct {
	Load     load     `cmd:"" default:"withargs" help:"Requests and purchases, db's memory; the default."`
	Cold     cold     `cmd:"" help:"From the start of each function's process until it is ready."`
	Replicas replicas `cmd:"" help:"The same with more and more replicas of db on one database and one set of topics."`
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

type load struct {
	servers
	For     time.Duration `default:"5s" help:"How long each measurement takes (${default})."`
	Buyers  int           `default:"32" help:"How many buy at once (${default})."`
	Profile string        `placeholder:"FILE" type:"path" help:"Write a CPU profile of this process, for go tool pprof."`
}

// profile begins a CPU profile; the function it gives ends it.
func profile(file string) (stop func() error, err error) {
	if file == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("--profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// Run measures and prints.
func (b load) Run(ctx context.Context) (err error) {
	stop, err := profile(b.Profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	o := b.options()
	o.For, o.Buyers = b.For, b.Buyers
	result, err := bench.Run(ctx, o)
	if err != nil {
		return err
	}
	return b.print(result, func(w io.Writer) { table(w, result) })
}

func table(w io.Writer, r bench.Result) {
	for _, row := range []struct {
		what   string
		figure string
		aim    string
	}{
		{"create, 1 client, p50", fmt.Sprintf("%.1f ms", r.CreateP50Ms), "3 ms or less"},
		{"create, 1 client, p99", fmt.Sprintf("%.1f ms", r.CreateP99Ms), ""},
		{"creates, 64 clients", fmt.Sprintf("%.0f/s", r.Creates64PerSecond), ""},
		{"creates, 256 clients", fmt.Sprintf("%.0f/s", r.Creates256PerSecond), ""},
		{"the same SQL, nothing else", fmt.Sprintf("%.0f/s", r.BaselinePerSecond), r.BaselineTool},
		{"ratio, 64 clients", fmt.Sprintf("%.2f", r.Ratio64), "0.25 or more"},
		{"ratio, 256 clients", fmt.Sprintf("%.2f", r.Ratio256), ""},
		{"one whole purchase, p50", fmt.Sprintf("%.1f ms", r.PurchaseP50Ms), "40 ms or less"},
		{"whole purchases", fmt.Sprintf("%.0f/s", r.PurchasesPerSecond), "150/s or more"},
		{"db's memory at its most", fmt.Sprintf("%.0f MiB", r.DBPeakMiB), "150 MiB or less"},
		{"ready after", fmt.Sprintf("%.1f s", r.ReadySeconds), "5 s or less"},
		{"requests that failed", fmt.Sprintf("%d", r.Failures), "0"},
	} {
		_, _ = fmt.Fprintf(w, "%-28s %12s   %s\n", row.what, row.figure, row.aim)
	}
	_, _ = fmt.Fprintf(w, "\nOn %d processors, shared by clients, functions, broker (%s) and %s.\n", r.Processors, r.Broker, r.Database)
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
	Counts  []int         `default:"1,2,4,10" help:"How many replicas (${default})."`
	Delay   time.Duration `default:"0s" help:"Added to each way between db and Postgres, as a network would (${default})."`
	For     time.Duration `default:"5s" help:"How long each measurement takes (${default})."`
	Buyers  int           `default:"32" help:"How many buy at once (${default})."`
	Program string        `placeholder:"FILE" type:"existingfile" help:"What the image holds. Default: built here as the image builds it."`
}

// Run measures and prints. Error: also when something does not hold.
func (r replicas) Run(ctx context.Context) error {
	o := r.options()
	o.For, o.Buyers = r.For, r.Buyers
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
	_, _ = fmt.Fprintf(w, "%-8s  %16s  %20s  %15s  %8s  %s\n", "replicas", "create, 1 client", "creates, 256 clients", "whole purchases", "failures", "violations")
	for _, p := range s.Points {
		_, _ = fmt.Fprintf(w, "%8d  %13.1f ms  %18.0f/s  %13.0f/s  %8d  %d\n", p.Replicas, p.CreateP50Ms, p.Creates256PerSecond, p.PurchasesPerSecond, p.Failures, len(p.Violations))
	}
	_, _ = fmt.Fprintf(w, "\nThe same SQL, nothing else, no delay: %.0f/s (%s). Delay of the database: %.1f ms each way. On %d processors, shared by all; broker: %s.\n",
		s.BaselinePerSecond, s.BaselineTool, s.DatabaseDelayMs, s.Processors, s.Broker)
}
