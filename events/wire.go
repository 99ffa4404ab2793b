package events

import (
	"encoding/json"
	"fmt"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/event"
)

// The extensions every message carries, by their CloudEvents names.
const (
	extPartitionKey = "partitionkey"
	extCorrelation  = "correlationid"
	extCausation    = "causationid"
	extTraceparent  = "traceparent"
	extAuthType     = "authtype"
	extAuthID       = "authid"
	extFingerprint  = "fingerprint"
	extSeal         = "seal"
)

// CloudEvent is the envelope as the SDK's event.
func (e Envelope) CloudEvent() cloudevents.Event {
	c := cloudevents.NewEvent()
	c.SetID(e.ID)
	c.SetSource(e.Source)
	c.SetType(e.Type)
	c.SetSubject(e.Subject)
	c.SetTime(e.Time)
	c.SetDataSchema("https://onlinemart.github.io/mart/schemas/" + e.Type + ".json")
	c.SetDataContentType(cloudevents.ApplicationJSON)
	c.DataEncoded = e.Data
	for name, value := range map[string]string{
		extPartitionKey: e.Subject, extCorrelation: e.Correlation, extCausation: e.Causation, extTraceparent: e.Traceparent,
		extAuthType: string(e.By.Type), extAuthID: e.By.ID, extFingerprint: e.Fingerprint, extSeal: e.Seal,
	} {
		if value != "" {
			c.SetExtension(name, value)
		}
	}
	return c
}

// FromCloudEvent reads the SDK's event. Error: it is not a valid CloudEvent.
func FromCloudEvent(c *event.Event) (Envelope, error) {
	if err := c.Validate(); err != nil {
		return Envelope{}, fmt.Errorf("not a valid CloudEvent: %w", err)
	}
	extensions := c.Extensions() // a copy, each time
	extension := func(name string) string {
		s, _ := extensions[name].(string)
		return s
	}
	return Envelope{
		ID: c.ID(), Source: c.Source(), Type: c.Type(), Subject: c.Subject(), Time: c.Time().UTC(),
		Correlation: extension(extCorrelation), Causation: extension(extCausation),
		Traceparent: extension(extTraceparent),
		By:          Principal{Type: AuthType(extension(extAuthType)), ID: extension(extAuthID)},
		Fingerprint: extension(extFingerprint), Seal: extension(extSeal),
		Data: c.Data(),
	}, nil
}

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

// stamp makes the envelope of an outgoing message: identity, cause, payload, seal.
func (k *Keys) stamp(self Function, o Outgoing, c Cause, now time.Time) (Envelope, error) {
	data, err := k.Encode(o.data)
	if err != nil {
		return Envelope{}, fmt.Errorf("write %s: %w", o.of.Type(), err)
	}
	e := Envelope{
		ID: o.id, Source: self.Source(), Type: o.of.Type(), Subject: o.Subject, Time: now.UTC().Truncate(time.Millisecond),
		Correlation: c.Correlation, Causation: c.Causation, Traceparent: c.next(),
		By: c.By, Fingerprint: o.fingerprint, Data: data,
	}
	if o.by != nil {
		e.By = *o.by
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
	k.SealEnvelope(&e)
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
