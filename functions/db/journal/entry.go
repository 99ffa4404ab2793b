// Package journal is db's memory: every command that was ever decided, with what became of it.
//
// It says how an entry is packed (pack.go) and how entries are read (read.go). db writes them, in the transaction that decides.
package journal

import (
	"time"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/events"
)

// Outcome is what became of a command.
type Outcome string

// The outcomes.
const (
	Succeeded Outcome = "succeeded"
	Rejected  Outcome = "rejected" // for a reason that its asker is told
	Failed    Outcome = "failed"   // through a fault of the mart
	Due       Outcome = "due"      // no command: a deadline that has passed
)

// Entry is a command that was decided.
type Entry struct {
	Number      int64
	ID          string // of the command
	Source      string
	Type        string
	Subject     string
	By          events.Principal
	Correlation string
	Causation   string
	AskedAt     time.Time
	ReceivedAt  time.Time
	DecidedAt   time.Time
	Outcome     Outcome
	Results     []events.Envelope
	Forgotten   bool   // of its results personal values are gone: Hidden stands for each
	Fingerprint string // where an entry is read by its command, while that is known; "" in others
}

// OutcomeOf tells by its results what became of a command about a noun.
func OutcomeOf(noun string, results []events.Envelope) Outcome {
	if len(results) == 0 {
		return Succeeded
	}
	switch results[0].Type {
	case events.Rejected(noun).Type():
		return Rejected
	case events.Failed(noun).Type():
		return Failed
	}
	return Succeeded
}

// Key is how an id is stored: as it is when it is a UUID, which takes half the room, else a digest.
func Key(id string) string {
	if canonical(id) {
		return id
	}
	return events.DeriveID("journal", id)
}

// canonical tells whether id is a UUID as Postgres writes one.
func canonical(id string) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && parsed.String() == id
}
