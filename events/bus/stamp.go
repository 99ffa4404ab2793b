package bus

import (
	"fmt"
	"time"

	"github.com/onlinemart/mart/events"
)

// Stamp makes envelopes of what self says because of c, as Publisher.Stamp does, for a function that stores its messages before
// it publishes them. Error: self may not emit one of them, or a payload cannot be written.
func Stamp(k *events.Keys, self events.Function, c events.Cause, now time.Time, messages ...events.Outgoing) ([]events.Envelope, error) {
	stamped := make([]events.Envelope, len(messages))
	for i, m := range messages {
		if d := m.Of().Declaration(); !d.Emits(self) {
			return nil, fmt.Errorf("%s may not emit %s: add it to Producers where the message is declared", self, d)
		}
		e, err := stamp(k, self, m, c, now)
		if err != nil {
			return nil, err
		}
		stamped[i] = e
	}
	return stamped, nil
}

// stamp makes the envelope of one message, with its trace and its signature.
func stamp(k *events.Keys, self events.Function, o events.Outgoing, c events.Cause, now time.Time) (events.Envelope, error) {
	e, err := o.Envelope(k, self, c, now)
	if err != nil {
		return events.Envelope{}, err
	}
	if e.Traceparent = c.Traceparent; !c.Traced {
		e.Traceparent = ContinueTrace(c.Traceparent)
	}
	Sign(k, &e)
	return e, nil
}

// Publishable tells whether e may be published: declared, small enough, and true to its schema. Error: why it may not.
func Publishable(e events.Envelope) error {
	declared, ok := events.ByType(e.Type)
	if !ok {
		return fmt.Errorf("no message %s is declared", e.Type)
	}
	if len(e.Data) > MaxBytes {
		return fmt.Errorf("%s: %d bytes of data, at most %d are allowed", e.Type, len(e.Data), MaxBytes)
	}
	if err := checkSchema(declared, e.Data); err != nil {
		return fmt.Errorf("%s: %w", e.Type, err)
	}
	return nil
}
