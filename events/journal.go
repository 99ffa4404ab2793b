package events

import (
	"encoding/json"
	"time"
)

// JournalFilter asks for a page of the journal, the newest first. An empty field lets all pass.
type JournalFilter struct {
	Paging
	Subject     string    `json:"subject,omitempty"` // the command's, or one of which its results speak
	Correlation string    `json:"correlation,omitempty"`
	Type        string    `json:"type,omitempty"` // of the command
	By          string    `json:"by,omitempty"`   // the id of whoever asked
	After       time.Time `json:"after,omitzero"` // received then or later
}

// JournalEntry is a command that was decided, with what became of it. No personal value is in it.
type JournalEntry struct {
	Number      int64           `json:"number" minimum:"1"` // in the order in which commands were received
	ID          string          `json:"id"`                 // of the command
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	By          Principal       `json:"by"`
	Correlation string          `json:"correlation"`
	Causation   string          `json:"causation,omitempty"` // the event that led to it
	AskedAt     time.Time       `json:"askedAt"`
	ReceivedAt  time.Time       `json:"receivedAt"`
	DecidedAt   time.Time       `json:"decidedAt"`
	Outcome     string          `json:"outcome" enum:"succeeded,rejected,failed,due"`
	Results     []JournalResult `json:"results" nullable:"false"`
}

// JournalResult is an event by which an outcome was told.
type JournalResult struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Subject string          `json:"subject"`
	Data    json.RawMessage `json:"data"` // "[personal]" in the place of each personal value
}

// The messages about the journal.
var (
	ListJournal = Query[JournalFilter, Page[JournalEntry]]{Noun: "journal", Verb: "list", Producers: by(User), Needs: JournalRead}
)

var journalMessages = []Declared{ListJournal}
