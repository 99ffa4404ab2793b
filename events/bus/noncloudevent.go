package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/onlinemart/mart/events"
)

// pingType is what Knative's PingSource sends. It cannot be sealed; it carries nothing, and all it does is make db look for what
// is due, which db does by itself anyway and never more often than once a second.
const pingType = "dev.knative.sources.ping"

func (r *Receiver) tick(ctx context.Context, w http.ResponseWriter) {
	if r.Tick != nil {
		r.Tick(ctx)
	}
	w.WriteHeader(http.StatusAccepted)
}

// wrappedType is what a KafkaSource makes of a record that is no CloudEvent. Its body is the record's, its content type too,
// whatever that claims, so that no dead letter sink takes it either: whoever receives it must keep it there.
const wrappedType = "dev.knative.kafka.event"

// nonCloudEventsPerSecond bounds how fast others can fill the dead letters. What comes faster is delivered again later.
const nonCloudEventsPerSecond = 50

// deadLetterNonCloudEvent keeps a record that is no CloudEvent among the dead letters.
func (r *Receiver) deadLetterNonCloudEvent(ctx context.Context, w http.ResponseWriter, req *http.Request) {
	e := events.Envelope{ID: req.Header.Get("Ce-Id"), Source: req.Header.Get("Ce-Source"), Type: wrappedType, Subject: req.Header.Get("Ce-Subject"), Time: time.Now().UTC()}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 2*MaxBytes))
	switch {
	case err != nil || e.ID == "" || e.Source == "":
		r.refuse(w, e, http.StatusBadRequest, fmt.Errorf("a record that is no CloudEvent, and cannot be kept: %w", errors.Join(err, events.ErrPoison)))
	case !r.nonCloudEvents.Allow():
		r.retry(w, e, errors.New("records that are no CloudEvents come faster than they can be kept"))
	default:
		e.Data = body
		r.finish(ctx, w, e, events.Poison(errors.New("the record is no CloudEvent")))
	}
}
