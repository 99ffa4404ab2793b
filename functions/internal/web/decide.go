package web

import (
	"context"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// decideWithin is how long db is waited for by a request that cannot go on without it.
const decideWithin = 10 * time.Second

// Decide has db decide a command that a request needs before it can go on. Errors: what db has against it; bus.ErrUnavailable when there is no
// answer in time.
func Decide[T any](ctx context.Context, a *API, done events.Message[T], command events.Outgoing) (none T, err error) {
	ctx, cancel := context.WithTimeout(ctx, decideWithin)
	defer cancel()
	state, err := a.Caller().Call(ctx, command, decideWithin)
	switch {
	case err != nil:
		return none, err
	case state.Problem != nil:
		return none, state.Problem
	case state.Status == events.OperationPending:
		return none, bus.ErrUnavailable
	}
	return done.Decode(a.runtime.Keys, state.Data)
}
