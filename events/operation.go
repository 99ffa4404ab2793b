package events

import (
	"encoding/json"
	"time"
)

// OperationStatus is where a command is.
type OperationStatus string

// The states of a command as its asker sees them.
const (
	OperationPending   OperationStatus = "pending" // accepted; db has not decided yet
	OperationSucceeded OperationStatus = "succeeded"
	OperationFailed    OperationStatus = "failed"
)

// OperationQuestion asks what became of a command.
type OperationQuestion struct {
	Source      string    `json:"source"` // of the command
	ID          string    `json:"id"`     // of the command
	Fingerprint string    `json:"fingerprint,omitempty"`
	WaitMillis  int       `json:"waitMillis" minimum:"0" maximum:"10000"`
	Settle      bool      `json:"settle,omitempty"` // wait for what its result sets going, too
	Since       time.Time `json:"since,omitzero"`   // when the command was accepted, by whoever asks how it went; absent where the request itself comes again
}

// OperationState is what became of a command.
type OperationState struct {
	ID          string          `json:"id"`
	Status      OperationStatus `json:"status"`
	Type        string          `json:"type,omitempty"` // of the first result
	Noun        string          `json:"noun,omitempty"` // of the command
	Subject     string          `json:"subject,omitempty"`
	Data        json.RawMessage `json:"data,omitempty"`    // of the first result, or what has become of it; personal values are encrypted
	Settled     bool            `json:"settled,omitempty"` // as was asked: what the result set going has come to its end
	Problem     *Problem        `json:"problem,omitempty"`
	Other       bool            `json:"other,omitempty"` // the id was used before, for another request
	By          Principal       `json:"by"`
	CreatedAt   time.Time       `json:"createdAt,omitzero"`
	CompletedAt time.Time       `json:"completedAt,omitzero"`
}

// Decided tells that it has come to an end, whichever.
func (s OperationState) Decided() bool {
	return s.Status == OperationSucceeded || s.Status == OperationFailed
}

// The messages about operations. Everybody who sends commands may ask what became of them.
var (
	AwaitOperation = Query[OperationQuestion, OperationState]{Noun: "operation", Verb: "await", Producers: by(anybody)}
)

var operationMessages = []Declared{AwaitOperation}
