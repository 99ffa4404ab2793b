package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
)

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// memory loads db with creates and purchases and reads how much memory it has taken at most. Only Linux tells.
func (r *run) memory(ctx context.Context, db *process) error {
	r.say("memory of db under load")
	if err := errors.Join(r.many(256, new(float64))(ctx), r.keep(r.purchases)(ctx)); err != nil {
		return err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", db.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the memory of db: %w", err)
	}
	if found := peak.FindSubmatch(status); found != nil {
		kib, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			return fmt.Errorf("read the memory of db: %w", err)
		}
		r.result.DBPeakMiB = kib / 1024
	}
	return nil
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
