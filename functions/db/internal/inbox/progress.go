package inbox

import (
	"context"
	"encoding/json"
	"time"

	"github.com/onlinemart/mart/events"
)

// Progress reads how something stands that a result has set going, as its asker would read it, and whether it has come to its end.
type Progress func(ctx context.Context, s *Store, subject string) (now json.RawMessage, ended bool, err error)

// follow waits, until then, for what a decided command has set going, and answers with how that stands. Where it cannot be read, the
// answer is what was last known: the command is decided all the same.
func (s *Store) follow(ctx context.Context, state events.OperationState, until time.Time) events.OperationState {
	waiting, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	read, waits := s.progress[state.Type]
	for waits && !state.Settled {
		changed, forget := s.changes.of(state.Subject)
		now, ended, err := s.bounded(ctx, read, state.Subject)
		switch {
		case err == nil:
			state.Data, state.Settled = now, ended
		case ctx.Err() == nil:
			s.Log.Warn("how an outcome stands could not be read; it is answered as it was", "type", state.Type, "subject", state.Subject, "reason", err)
		}
		waits = err == nil && !ended && pause(waiting, changed) == nil
		forget()
	}
	return state
}

func (s *Store) bounded(ctx context.Context, read Progress, subject string) (json.RawMessage, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.ReadWithin)
	defer cancel()
	return read(ctx, s, subject)
}
