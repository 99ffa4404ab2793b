package boot

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Await connects to what the function cannot start without, again and again while it is away: pods start in any order. Errors: that of
// connect if away does not know it; ctx ended.
func Await[T any](ctx context.Context, log *slog.Logger, what string, away func(error) bool, connect func() (T, error)) (T, error) {
	policy := retrypolicy.NewBuilder[T]().WithMaxRetries(-1).WithBackoff(firstPause, lastPause).
		HandleIf(func(_ T, err error) bool { return err != nil && away(err) }).
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[T]) {
			log.WarnContext(ctx, what+" does not answer yet; trying again", "reason", e.LastError(), "wait", e.Delay)
		}).Build()
	connected, err := failsafe.With(policy).WithContext(ctx).Get(connect)
	if err != nil && ctx.Err() != nil {
		return connected, fmt.Errorf("stopped while waiting for %s: %w", what, err)
	}
	return connected, err
}
