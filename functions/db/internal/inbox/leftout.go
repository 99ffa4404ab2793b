package inbox

import (
	"errors"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
)

// A command that was asked for by a log-in which had ended is left out: it is done with, and nothing is decided or written of it, as of a request whose
// token had expired. So the same request, under the same Idempotency-Key, goes on once its asker has logged in again.

// errSessionOver undoes a transaction that such commands are in: it begins again without them.
var errSessionOver = errors.New("a command was asked for by a log-in that had ended")

// leaveOut parts those commands from the rest, and tells whoever waits for them with that log-in.
func (s *Store) leaveOut(batch []*job) (rest []*job) {
	var out []leftOut
	for _, j := range batch {
		if !j.over {
			rest = append(rest, j)
			continue
		}
		s.Log.Info("a command is left out: the log-in that it was asked by had ended", "type", j.Type, "id", j.ID, "traceId", bus.TraceID(j.Traceparent))
		one := leftOut{j.identity(), j.Session}
		s.waiters.leftOut(one, s.Accounts.ErrOver)
		out = append(out, one)
		j.finish(errLeftOut)
	}
	s.replicas.notifyLeftOut(out)
	return rest
}

// leftOut is such a command, and the log-in.
type leftOut struct {
	identity
	session string
}

// leftOut wakes those who wait for a command that was left out, with the log-in that had ended. Who waits for the same with another one waits on.
func (w *waiters) leftOut(c leftOut, refusal *events.Problem) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := w.waiting[c.identity][:0:0]
	for _, one := range w.waiting[c.identity] {
		if one.session == c.session {
			one.woken <- decision{identity: c.identity, refused: refusal}
			continue
		}
		kept = append(kept, one)
	}
	if w.waiting[c.identity] = kept; len(kept) == 0 {
		delete(w.waiting, c.identity)
	}
}
