package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"sync/atomic"
)

// warmPurchases is the purchase at which memory is read first: by then every cache and pool of the mart has what it takes.
const warmPurchases = 1000

// measuredPurchases is manyPurchases with what a purchase takes and leaves behind. Accounts and products are there before it begins.
func (r *run) measuredPurchases(ctx context.Context) error {
	shelf, people, err := r.shop(ctx, shelfOfBench, r.Buyers)
	if err != nil {
		return err
	}
	disk, err := r.disk(ctx, compact)
	if err != nil {
		return err
	}
	before, err := r.footprint(ctx)
	if err != nil {
		return err
	}
	stop, err := r.profile()
	if err != nil {
		return err
	}
	var warm atomic.Pointer[float64]
	t, err := r.purchases(ctx, shelf, people, func(n int64) {
		if n%warmPurchases != 0 {
			return
		}
		r.say(fmt.Sprintf("  %d purchases", n))
		if mib, err := residentMiB(r.at.pid); n == warmPurchases && r.at.pid != 0 && err == nil {
			warm.Store(&mib)
		}
	})
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	r.recordTrade(t)
	if err := r.leftBehind(ctx, before, disk); err != nil || warm.Load() == nil {
		return err
	}
	r.result.MemoryFirstMiB = *warm.Load()
	r.result.MemoryLastMiB, err = residentMiB(r.at.pid)
	return err
}

// leftBehind divides what there is more of now by the purchases.
func (r *run) leftBehind(ctx context.Context, before footprint, disk int64) error {
	bought := float64(max(r.result.Purchases, 1))
	after, err := r.footprint(ctx)
	if err != nil {
		return err
	}
	r.result.WALBytes = float64(after.wal-before.wal) / bought
	r.result.ProcessorMs = float64((after.processor - before.processor).Microseconds()) / 1000 / bought
	now, err := r.disk(ctx, tidy)
	r.result.DiskBytes = float64(now-disk) / bought
	return err
}

// profile begins the CPU profile that was asked for; the function it gives ends it.
func (r *run) profile() (stop func() error, err error) {
	if r.Profile == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(r.Profile)
	if err != nil {
		return nil, fmt.Errorf("write the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("begin the profile: %w", err), f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
