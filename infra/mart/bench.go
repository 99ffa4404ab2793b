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
	JSON     bool          `name:"json" help:"Print the figures as one JSON object."`
	For      time.Duration `default:"5s" help:"How long each measurement takes (${default})."`
	Buyers   int           `default:"32" help:"How many buy at once (${default})."`
	Kafka    []string      `placeholder:"HOST:PORT" help:"Brokers of a real Kafka. Default: one inside this process." env:"MART_KAFKA"`
	Postgres string        `placeholder:"URL" help:"A Postgres role that may make databases and roles. Default: one that is started for this." env:"MART_POSTGRES"`
	Profile  string        `placeholder:"FILE" type:"path" help:"Write a CPU profile of this process, for go tool pprof."`
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
func (b benchmark) Run(ctx context.Context) (err error) {
	stop, err := profile(b.Profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	result, err := bench.Run(ctx, bench.Options{Kafka: b.Kafka, Postgres: b.Postgres, For: b.For, Buyers: b.Buyers, Progress: os.Stderr})
	if err != nil {
		return err
	}
	if b.JSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	table(os.Stdout, result)
	return nil
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
