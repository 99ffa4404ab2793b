package events

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Envelope is a message on the wire: CloudEvents attributes, our extensions, and the JSON data.
type Envelope struct {
	ID          string
	Source      string
	Type        string
	Subject     string
	Time        time.Time
	Correlation string // the request all of this began with
	Causation   string // the id of the message that led to this one
	Traceparent string // W3C trace context
	By          Principal
	Session     string `json:",omitempty"` // the log-in by which By asks: of people alone, and of what they ask themselves
	Fingerprint string // of what was asked: same id, other fingerprint → refused
	Seal        string // keyed MAC over all of the above but the trace and the session, and the data
	Data        json.RawMessage
}

// Received is an envelope whose payload has been read.
type Received[T any] struct {
	Envelope
	Data T
}

// From is the function that emitted it, by its source.
func (e Envelope) From() Function { return Function(strings.TrimPrefix(e.Source, "/mart/")) }

// Pack writes envelopes as db stores them: one JSON array, whose bytes never change again.
func Pack(envelopes []Envelope) ([]byte, error) { return json.Marshal(envelopes) }

// Unpack reads what Pack wrote.
func Unpack(stored []byte) ([]Envelope, error) {
	var envelopes []Envelope
	if err := json.Unmarshal(stored, &envelopes); err != nil {
		return nil, fmt.Errorf("read stored results: %w", err)
	}
	return envelopes, nil
}

// Envelope is the message as self says it because of c: identity, cause, payload. It has no signature and no trace yet, which are the wire's.
// Error: the payload cannot be written.
func (o Outgoing) Envelope(k *Keys, self Function, c Cause, now time.Time) (Envelope, error) {
	data, err := k.Encode(o.data)
	if err != nil {
		return Envelope{}, fmt.Errorf("write %s: %w", o.of.Type(), err)
	}
	e := Envelope{
		ID: o.id, Source: self.Source(), Type: o.of.Type(), Subject: o.Subject, Time: now.UTC().Truncate(time.Millisecond),
		Correlation: c.Correlation, Causation: c.Causation, By: o.Asker(c), Session: o.session(c), Fingerprint: o.fingerprint, Data: data,
	}
	if e.ID == "" {
		e.ID = e.derivedID(o.step)
	}
	if e.Fingerprint == "" && o.of.Declaration().Kind == Command {
		e.Fingerprint = k.Fingerprint(e.Type, e.Subject, contentOf(o, data))
	}
	if e.Correlation == "" {
		e.Correlation = e.ID
	}
	return e, nil
}

// contentOf is what a command's fingerprint covers: its data, but not where encryption makes that differ each time.
func contentOf(o Outgoing, data []byte) string {
	if holdsPersonal(o.of.Declaration().Payload) {
		return o.step
	}
	return string(data)
}

// derivedID makes what follows from one event once: the same event, type, subject and step give the same id.
func (e *Envelope) derivedID(step string) string {
	if e.Causation == "" {
		return NewID()
	}
	return DeriveID(e.Causation, e.Source, e.Type, e.Subject, step)
}
