package bus

import (
	"context"
	"net/http"

	"github.com/onlinemart/mart/events"
)

// finish turns what happened into one of the three outcomes.
func (r *Receiver) finish(ctx context.Context, w http.ResponseWriter, e events.Envelope, err error) {
	switch {
	case err == nil:
		r.count(e, "done")
		w.WriteHeader(http.StatusAccepted)
	case permanent(err) && !Reads(r.Self): // no source brings it anything but letters, and one about what went astray would go the same way
		r.refuse(w, e, http.StatusBadRequest, err)
	case permanent(err):
		r.Log.Error("an event can never be processed; it goes to the dead letters", "type", e.Type, "id", e.ID, "subject", e.Subject, "traceId", TraceID(e.Traceparent), "reason", err)
		if notKept := r.DeadLetter(ctx, e, err); notKept != nil {
			r.retry(w, e, notKept)
			return
		}
		r.count(e, "poison")
		w.WriteHeader(http.StatusAccepted)
	default:
		r.retry(w, e, err)
	}
}

func (r *Receiver) retry(w http.ResponseWriter, e events.Envelope, err error) {
	r.count(e, "retry")
	r.Log.Warn("an event must be delivered again", "type", e.Type, "id", e.ID, "traceId", TraceID(e.Traceparent), "reason", err)
	http.Error(w, "try again", http.StatusServiceUnavailable)
}

func (r *Receiver) refuse(w http.ResponseWriter, e events.Envelope, status int, err error) {
	outcome := "malformed"
	if status == http.StatusUnauthorized {
		outcome = "unsealed"
		w.Header().Set("WWW-Authenticate", `Seal realm="mart"`)
	}
	r.received.WithLabelValues("", outcome).Inc() // the type is the sender's word: never a label
	r.Log.Warn("a message was refused", "outcome", outcome, "type", e.Type, "id", e.ID, "source", e.Source, "reason", err)
	http.Error(w, err.Error(), status)
}

func (r *Receiver) count(e events.Envelope, outcome string) {
	r.received.WithLabelValues(labelOf(e.Type), outcome).Inc()
}
