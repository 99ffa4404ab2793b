// Package bench measures a mart that it starts itself: creates that wait for their result, whole purchases, and, in the same run,
// what the same Postgres does with the same SQL when nothing else is in the way.
//
// Everything runs on one machine and shares its processors: clients, functions, broker, database. Result says what ran where.
package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// Options say how long and on what.
type Options struct {
	Kafka    []string      // none: the embedded one
	Postgres string        // "": one that is started for this
	For      time.Duration // of each measurement
	Buyers   int           // that buy at once
	Progress io.Writer     // told what is measured; nil: nobody
}

// Result is everything measured. Times are in milliseconds.
type Result struct {
	Creates64PerSecond  float64 `json:"creates64PerSecond"`
	Creates256PerSecond float64 `json:"creates256PerSecond"`
	CreateP50Ms         float64 `json:"createP50Ms"`
	CreateP99Ms         float64 `json:"createP99Ms"`
	PurchasesPerSecond  float64 `json:"purchasesPerSecond"`
	PurchaseP50Ms       float64 `json:"purchaseP50Ms"`
	PurchaseP99Ms       float64 `json:"purchaseP99Ms"`
	BaselinePerSecond   float64 `json:"baselinePerSecond"`
	Ratio64             float64 `json:"ratio64"`
	Ratio256            float64 `json:"ratio256"`
	DBPeakMiB           float64 `json:"dbPeakMiB"` // resident memory of db as a process of its own, at its most
	ReadySeconds        float64 `json:"readySeconds"`

	Failures     int64  `json:"failures"` // requests that did not succeed
	BaselineTool string `json:"baselineTool"`
	Broker       string `json:"broker"`
	Database     string `json:"database"`
	Processors   int    `json:"processors"`
}

// run is a bench under way.
type run struct {
	Options
	mart   *laptop.Mart
	owner  client.Client
	result Result
}

// Run measures. It needs about ten times Options.For.
func Run(ctx context.Context, o Options) (Result, error) {
	r := newRun(o)
	if err := r.inMart(ctx, laptop.InProcess, r.throughput); err != nil {
		return r.result, err
	}
	own, err := os.Executable()
	if err != nil {
		return r.result, fmt.Errorf("find this program: %w", err)
	}
	db := &replicas{command: []string{own, "function"}, count: 1}
	if err := r.inMart(ctx, db.serve, func(ctx context.Context) error { return r.memory(ctx, db.running[0]) }); err != nil {
		return r.result, err
	}
	r.result.Ratio64 = r.result.Creates64PerSecond / r.result.BaselinePerSecond
	r.result.Ratio256 = r.result.Creates256PerSecond / r.result.BaselinePerSecond
	return r.result, nil
}

func newRun(o Options) *run {
	r := &run{Options: o, result: Result{Processors: runtime.NumCPU(), Broker: "embedded (kfake)", Database: "PostgreSQL on this machine"}}
	if o.Progress == nil {
		r.Progress = io.Discard
	}
	if len(o.Kafka) > 0 {
		r.result.Broker = fmt.Sprintf("Kafka at %v", o.Kafka)
	}
	return r
}

func (r *run) say(what string) { _, _ = fmt.Fprintln(r.Progress, what) }

// inMart starts a mart for a part of the bench and ends it.
func (r *run) inMart(ctx context.Context, serve laptop.Serve, do func(context.Context) error) (err error) {
	begin := time.Now()
	r.mart, err = laptop.Start(ctx, laptop.Config{
		Empty: true, Kafka: r.Kafka, Postgres: r.Postgres, Database: "mart_bench_" + uuid.NewString()[:8], LogLevel: "error", Serve: serve,
		Postgre: map[string]string{"max_connections": "300"}, // replicas of db have 17 each, the baseline 64
		Log:     slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	if r.result.ReadySeconds == 0 {
		r.result.ReadySeconds = time.Since(begin).Seconds()
	}
	if r.mart.Postgres != nil {
		r.result.Database = fmt.Sprintf("PostgreSQL %d on this machine", r.mart.Postgres.Version())
	}
	if r.owner, err = r.mart.OwnerClient(ctx); err == nil {
		err = do(ctx)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if stopped := r.mart.Stop(stopping); err == nil {
		err = stopped
	}
	return err
}

// throughput takes turns between the baseline and the mart, so that a machine that gets slower does so for both.
func (r *run) throughput(ctx context.Context) error {
	var baselines []float64
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"warming up", func(ctx context.Context) error { _, err := r.creates(ctx, 16); return err }},
		{"creates, 1 client", r.alone},
		{"baseline", r.baseline(&baselines)},
		{"creates, 64 clients", r.many(64, &r.result.Creates64PerSecond)},
		{"baseline", r.baseline(&baselines)},
		{"creates, 256 clients", r.many(256, &r.result.Creates256PerSecond)},
		{"baseline", r.baseline(&baselines)},
		{"one purchase at a time", r.onePurchase},
		{"purchases, many buyers", r.purchases},
	} {
		r.say(step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	slices.Sort(baselines)
	r.result.BaselinePerSecond = baselines[len(baselines)/2]
	return nil
}

// percentile of sorted times, in milliseconds.
func percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(len(sorted)-1, int(p*float64(len(sorted))))].Microseconds()) / 1000
}
