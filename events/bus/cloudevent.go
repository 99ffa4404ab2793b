package bus

import (
	"fmt"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/onlinemart/mart/events"
)

// The extensions every message carries, by their CloudEvents names.
const (
	extPartitionKey = "partitionkey"
	extCorrelation  = "correlationid"
	extCausation    = "causationid"
	extTraceparent  = "traceparent"
	extAuthType     = "authtype"
	extAuthID       = "authid"
	extAuthSession  = "authsession"
	extFingerprint  = "fingerprint"
	extSeal         = "seal"
)

// CloudEvent is the envelope as the SDK's event.
func CloudEvent(e events.Envelope) cloudevents.Event {
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
		extAuthType: string(e.By.Type), extAuthID: e.By.ID, extAuthSession: e.Session, extFingerprint: e.Fingerprint, extSeal: e.Seal,
	} {
		if value != "" {
			c.SetExtension(name, value)
		}
	}
	return c
}

// FromCloudEvent reads the SDK's event. Error: it is not a valid CloudEvent.
func FromCloudEvent(c *event.Event) (events.Envelope, error) {
	if err := c.Validate(); err != nil {
		return events.Envelope{}, fmt.Errorf("not a valid CloudEvent: %w", err)
	}
	extensions := c.Extensions() // a copy, each time
	extension := func(name string) string {
		s, _ := extensions[name].(string)
		return s
	}
	return events.Envelope{
		ID: c.ID(), Source: c.Source(), Type: c.Type(), Subject: c.Subject(), Time: c.Time().UTC(),
		Correlation: extension(extCorrelation), Causation: extension(extCausation),
		Traceparent: extension(extTraceparent),
		By:          events.Principal{Type: events.AuthType(extension(extAuthType)), ID: extension(extAuthID)},
		Session:     extension(extAuthSession),
		Fingerprint: extension(extFingerprint), Seal: extension(extSeal),
		Data: c.Data(),
	}, nil
}
