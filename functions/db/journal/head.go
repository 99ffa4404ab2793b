package journal

import (
	"strconv"
	"time"

	"github.com/onlinemart/mart/events"
)

// rawIDs are an entry's ids as they are written, where one of them is no UUID.
type rawIDs struct{ ID, Subject, Correlation, Causation string }

// head is an envelope without its data. What is absent is as in the entry: an id that is derived from the command's, its subject and
// correlation, who asked.
type head struct {
	ID          string            `json:"i,omitempty"`
	Source      string            `json:"o,omitempty"`
	Type        string            `json:"t"`
	Subject     *string           `json:"s,omitempty"`
	Time        time.Time         `json:"d"`
	Correlation *string           `json:"r,omitempty"`
	Causation   *string           `json:"c,omitempty"`
	Traceparent string            `json:"p,omitempty"`
	By          *events.Principal `json:"b,omitempty"`
	Fingerprint string            `json:"f,omitempty"`
	Seal        string            `json:"e,omitempty"`
	Size        int               `json:"n"`
}

func rawIDsOf(e Entry) *rawIDs {
	for _, id := range []string{e.ID, e.Subject, e.Correlation} {
		if !canonical(id) {
			return &rawIDs{e.ID, e.Subject, e.Correlation, e.Causation}
		}
	}
	if e.Causation != "" && !canonical(e.Causation) {
		return &rawIDs{e.ID, e.Subject, e.Correlation, e.Causation}
	}
	return nil
}

func headOf(e Entry, i int, r events.Envelope, size int) head {
	h := head{Type: r.Type, Time: r.Time, Traceparent: r.Traceparent, Fingerprint: r.Fingerprint, Seal: r.Seal, Size: size}
	if r.ID != events.DeriveID(e.Source, e.ID, strconv.Itoa(i)) {
		h.ID = r.ID
	}
	if r.Source != events.DB.Source() {
		h.Source = r.Source
	}
	if r.Subject != e.Subject {
		h.Subject = &r.Subject
	}
	if r.Correlation != e.Correlation {
		h.Correlation = &r.Correlation
	}
	if r.Causation != e.ID {
		h.Causation = &r.Causation
	}
	if r.By != e.By {
		h.By = &r.By
	}
	return h
}

// envelope is what headOf was made of, without its data.
func (h head) envelope(e Entry, i int) events.Envelope {
	r := events.Envelope{
		ID: h.ID, Source: h.Source, Type: h.Type, Subject: e.Subject, Time: h.Time, Correlation: e.Correlation, Causation: e.ID,
		Traceparent: h.Traceparent, By: e.By, Fingerprint: h.Fingerprint, Seal: h.Seal,
	}
	if r.ID == "" {
		r.ID = events.DeriveID(e.Source, e.ID, strconv.Itoa(i))
	}
	if r.Source == "" {
		r.Source = events.DB.Source()
	}
	for _, own := range []struct{ said, into *string }{{h.Subject, &r.Subject}, {h.Correlation, &r.Correlation}, {h.Causation, &r.Causation}} {
		if own.said != nil {
			*own.into = *own.said
		}
	}
	if h.By != nil {
		r.By = *h.By
	}
	return r
}
