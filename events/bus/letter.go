package bus

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
)

// LetterPath is where a function is given what lies among the dead letters: letters and marks. The gateway hands nobody's request on to there,
// because it is below the path of no noun.
const LetterPath = "/letter"

// What a source adds to what it delivers: where the record lies.
const (
	PartitionExtension = "knativekafkapartition"
	OffsetExtension    = "knativekafkaoffset"
)

// Attribute is an attribute or an extension of a CloudEvent by its name, in whatever it travels; "" where it has none.
type Attribute func(name string) string

// LetterOf reads what a dead letter says of itself. KafkaSource and the functions write them alike.
func LetterOf(place string, of Attribute) events.LetterFacts {
	l := events.LetterFacts{
		Place: place, EventID: of("id"), Source: of("source"), Type: of("type"), Subject: of("subject"), Correlation: of(extCorrelation), Traceparent: of(extTraceparent),
		Failed: of("knativeerrordest"), Code: of("knativeerrorcode"), Reason: of("knativeerrordata"),
	}
	if at, err := time.Parse(time.RFC3339Nano, of("time")); err == nil {
		l.SentAt = at
	}
	if text, err := base64.StdEncoding.DecodeString(l.Reason); err == nil {
		l.Reason = string(text)
	}
	if declared, ours := events.ByType(l.Type); ours {
		l.Topic = declared.Topic()
		l.Function = failedAt(of(ReceiverExtension), l.Failed, declared.Declaration().Consumers)
	}
	return l
}

// NewLetterOf is LetterOf with all that it takes to send the event again, but for its data.
func NewLetterOf(place string, of Attribute) events.NewDeadLetter {
	return events.NewDeadLetter{
		LetterFacts: LetterOf(place, of), Causation: of(extCausation), Fingerprint: of(extFingerprint), Seal: of(extSeal),
		By: events.Principal{Type: events.AuthType(of(extAuthType)), ID: of(extAuthID)},
	}
}

// LetterEnvelope is the event in a letter as it was before it failed.
func LetterEnvelope(l events.NewDeadLetter) events.Envelope {
	return events.Envelope{
		ID: l.EventID, Source: l.Source, Type: l.Type, Subject: l.Subject, Time: l.SentAt, Correlation: l.Correlation, Causation: l.Causation,
		Traceparent: l.Traceparent, By: l.By, Fingerprint: l.Fingerprint, Seal: l.Seal, Data: []byte(l.Data),
	}
}

// failedAt is the function that a letter is from. Its source says so, and the function itself when it has buried the event. What an
// older release has left says it by the address that failed, where that has the function's name, or by its type, when that is for one.
func failedAt(receiver, address string, readers []events.Function) events.Function {
	names := []string{receiver, strings.TrimPrefix(address, "/mart/")}
	if u, err := url.Parse(address); err == nil {
		host, _, _ := strings.Cut(u.Hostname(), ".")
		names = append(names, host)
	}
	for _, name := range names {
		if f := events.Function(name); Reads(f) {
			return f
		}
	}
	if len(readers) == 1 {
		return readers[0]
	}
	return ""
}

// Reads tells whether anything arrives for f, so that something can be sent to it again.
func Reads(f events.Function) bool { return len(events.TopicsFor(f)) > 0 }

// A mark is a record beside the letters, in the letter's own partition, so that all who read it see the marks of a letter in one order. The
// command line first claims a letter, reads which claim came first, sends if that was its own, and then says that it has sent. db says only
// that something was done. The topic keeps a mark as long as a letter, and a mark is the younger.
const (
	markPrefix = "com.onlinemart.dead-letter."
	markSuffix = ".v1"
	markedHere = "/mart/dead-letters" // the command line, whose names are no proof
)

// MarkType is the CloudEvents type of a mark.
func MarkType(kind events.MarkKind) string { return markPrefix + string(kind) + markSuffix }

// MarkOf reads a mark. It reports false for a letter.
func MarkOf(of Attribute) (m events.PlacedMark, ok bool) {
	m = events.PlacedMark{Place: of("subject"), LetterMark: events.LetterMark{Run: of("id"), By: events.Principal{Type: events.AuthType(of(extAuthType)), ID: of(extAuthID)}}}
	for _, kind := range []events.MarkKind{events.ClaimedMark, events.ReplayedMark, events.DiscardedMark} {
		if of("type") == MarkType(kind) {
			m.Kind = kind
		}
	}
	if of("source") == markedHere {
		m.By.Type = events.Client
	}
	if at, err := time.Parse(time.RFC3339Nano, of("time")); err == nil {
		m.At = at
	}
	return m, m.Kind != ""
}

// MarkAttributes is a mark as a CloudEvent. source is who writes it; "" for the command line.
func MarkAttributes(m events.PlacedMark, source string) map[string]string {
	all := map[string]string{
		"specversion": "1.0", "id": m.Run, "source": markedHere, "type": MarkType(m.Kind), "subject": m.Place, "time": m.At.UTC().Format(time.RFC3339Nano),
	}
	if source != "" {
		all["source"] = source
	}
	if m.By.ID != "" {
		all[extAuthType], all[extAuthID] = string(m.By.Type), m.By.ID
	}
	return all
}
