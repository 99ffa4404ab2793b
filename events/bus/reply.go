package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/onlinemart/mart/events"
)

// reply answers a query: 200 with JSON, a problem with its own status, or 503; one that cannot be read is poison. The error is what was
// answered, for the trace.
func (r *Receiver) reply(ctx context.Context, w http.ResponseWriter, e events.Envelope) error {
	answer, err := r.ask(events.WithCause(ctx, e.Cause(r.Self)), e)
	if err == nil {
		var raw json.RawMessage
		if raw, err = r.write(ctx, answer); err == nil {
			r.count(e, "done")
			writeJSON(w, http.StatusOK, "application/json", raw)
			return nil
		}
	}
	if problem, ok := errors.AsType[*events.Problem](err); ok {
		r.count(e, "done")
		raw, _ := json.Marshal(problem) // strings and numbers only
		writeJSON(w, problem.Status, "application/problem+json", raw)
		return err
	}
	if errors.Is(err, events.ErrPoison) {
		r.finish(ctx, w, e, err)
	} else {
		r.retry(w, e, err)
	}
	return err
}

// write writes an answer. Whoever has asked keeps nothing of it, and needs no key but the ring.
func (r *Receiver) write(ctx context.Context, answer any) (json.RawMessage, error) {
	raw, err := r.Keys.Encode(answer)
	if err != nil || r.Reseal == nil {
		return raw, err
	}
	return r.Reseal(ctx, raw)
}

func (r *Receiver) ask(ctx context.Context, e events.Envelope) (answer any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.table[e.Type].Reply(ctx, r.Keys, e)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, raw []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a reader who has gone away asks again
}
