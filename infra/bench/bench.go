// Package bench measures a mart that it starts itself: creates that wait for their result, whole purchases, and, in the same run,
// what the same Postgres does with the same SQL when nothing else is in the way.
//
// Everything runs on one machine and shares its processors: clients, functions, broker, database. Result says what ran where.
package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

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

	Purchases int    // how many are bought by all buyers together; 0: as many as they get done in twice For
	Profile   string // file for a CPU profile of the measured purchases; "": none
}

// run is a bench under way.
type run struct {
	Options
	at      target
	foreign bool // the mart may be of another commit: what does not fit its tables is left out
	owner   client.Client
	entered time.Time // when the owner was
	result  Result
}

// Run measures: requests and purchases against this program as a process of its own, db's memory, and what one purchase takes. It needs about
// twelve times Options.For, and longer when Options.Purchases says so.
func Run(ctx context.Context, o Options) (Result, error) {
	r := newRun(o)
	own, err := os.Executable()
	if err != nil {
		return r.result, fmt.Errorf("find this program: %w", err)
	}
	if err := r.everything(ctx, own); err != nil {
		return r.result, err
	}
	db := &replicas{command: []string{own, "function"}, count: 1}
	if err := r.inMart(ctx, db.serve, func(ctx context.Context) error { return r.memory(ctx, db.running[0]) }); err != nil {
		return r.result, err
	}
	counted, err := Count(ctx, o)
	r.result.Counts = counted
	return r.result, err
}

// everything measures throughput where the mart's own time and memory can be told from its clients': in a process of its own. A profile is of this
// process, so then all is in it, and a Postgres elsewhere is not this program's to fill.
func (r *run) everything(ctx context.Context, own string) error {
	if stop, err := r.profile(); err != nil { // whether it can be written is known before minutes have passed
		return err
	} else if err := stop(); err != nil {
		return err
	}
	return r.apart(ctx, own, r.throughput)
}

// apart measures in a process of its own where it can: see everything.
func (r *run) apart(ctx context.Context, own string, do func(context.Context) error) error {
	if r.Profile != "" || r.Postgres != "" {
		return r.inMart(ctx, laptop.InProcess, do)
	}
	return r.inProgram(ctx, own, nil, do)
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

// throughput takes turns between the baseline and the mart, so that a machine that gets slower does so for both.
func (r *run) throughput(ctx context.Context) error {
	var baselines []float64
	watched := observe()
	before, err := r.readPassage(ctx)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"warming up", func(ctx context.Context) error { _, err := r.creates(ctx, 16); return err }},
		{"creates, 1 client", r.alone},
		{"baseline of creates", r.baseline(&baselines)},
		{"creates, 64 clients", r.many(64, &r.result.Creates64PerSecond)},
		{"baseline of creates", r.baseline(&baselines)},
		{"creates, 256 clients", r.many(256, &r.result.Creates256PerSecond)},
		{"baseline of creates", r.baseline(&baselines)},
		{"one purchase at a time", r.onePurchase},
		{"purchases, many buyers", r.measuredPurchases},
		{"what they leave behind is delivered", func(ctx context.Context) error { return r.awaitQuiet(ctx, before, true) }},
		{"baseline of purchases", r.purchaseBaseline},
	} {
		r.say(step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	r.result.BaselinePerSecond = median(baselines)
	r.result.ratios()
	r.result.Quiet = observe().since(watched)
	return nil
}

// median of figures; of none it is 0.
func median(figures []float64) float64 {
	if len(figures) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(figures))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// percentile of sorted times, in milliseconds.
func percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(len(sorted)-1, int(p*float64(len(sorted))))].Microseconds()) / 1000
}
