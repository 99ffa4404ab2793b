package bench

import (
	"context"
	"errors"
)

// memory loads db with creates and purchases and reads how much memory it has taken at most. Only Linux tells.
func (r *run) memory(ctx context.Context, db *function) error {
	r.say("memory of db under load")
	r.Purchases = 0 // it is a matter of how many at once, not of how many
	if err := errors.Join(r.many(256, new(float64))(ctx), r.keep(r.manyPurchases)(ctx)); err != nil {
		return err
	}
	var err error
	if r.result.DBPeakMiB, err = peakMiB(db.PID()); errors.Is(err, errNoProc) {
		return nil
	}
	return err
}

// keep runs a measurement whose figure is not wanted.
func (r *run) keep(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		before := r.result
		err := do(ctx)
		before.Failures = r.result.Failures
		r.result = before
		return err
	}
}
