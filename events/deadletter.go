package events

import (
	"encoding/json"
	"strings"
	"time"
)

// LetterRetention is how long a dead letter is kept by db: as long as its topic keeps it unless somebody has set that otherwise.
const LetterRetention = 30 * 24 * time.Hour

// LetterClaim is how long whoever sends letters again from the command line keeps others away from them.
const LetterClaim = 10 * time.Minute

// ForgottenAfter is how old a command is that db refuses as expired, unless INBOX_HORIZON says otherwise there.
const ForgottenAfter = 14 * 24 * time.Hour

// LetterFacts is what a dead letter says of the event in it and of how that failed.
type LetterFacts struct {
	Place       string    `json:"place" maxLength:"40" pattern:"^[0-9]+:[0-9]+$" patternDescription:"a partition and an offset, such as 0:17" doc:"Where it lies in mart.dead-letters: its partition and its offset." example:"0:17"`
	EventID     string    `json:"eventId" maxLength:"500" doc:"The id of the event in it." example:"38a15bdb-9bd0-5755-87ae-946384ab5324"`
	Source      string    `json:"source" maxLength:"500" doc:"Who sent the event." example:"/mart/db"`
	Type        string    `json:"type" maxLength:"500" doc:"The event's type." example:"com.onlinemart.order.paid.v1"`
	Subject     string    `json:"subject" maxLength:"500" doc:"What the event is about." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
	SentAt      time.Time `json:"sentAt,omitzero" doc:"When the event was sent; absent where it does not say."`
	Correlation string    `json:"correlation,omitempty" maxLength:"500" doc:"What the event came of: /flow/ and this tells it." example:"1b7743d3-67b4-59a2-8bd9-932a303bae4c"`
	Traceparent string    `json:"traceparent,omitempty" maxLength:"200" doc:"The trace that the event is of." example:"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"`
	Function    Function  `json:"function,omitempty" doc:"Who could not take it, and who alone gets it again; absent where the letter does not tell." example:"payment"`
	Failed      string    `json:"failed,omitempty" maxLength:"500" doc:"The address that did not take it." example:"http://payment.mart.svc.cluster.local"`
	Code        string    `json:"code,omitempty" maxLength:"20" doc:"The HTTP status of the last answer; absent where there was none in time." example:"503"`
	Reason      string    `json:"reason,omitempty" maxLength:"4000" doc:"That answer, or what the function said of it." example:"try again"`
	Topic       string    `json:"topic,omitempty" maxLength:"250" doc:"Where the event came from; absent where it is no event of the mart and cannot be sent again." example:"mart.order.paid"`
}

// Hopeless says why nothing comes of a letter that is sent again as things are; "" when something may. It may all the same once somebody has
// mended something: a function that could not read an event, a key that was taken out of a ring too early.
func (l LetterFacts) Hopeless() string {
	switch {
	case l.Topic == "":
		return "it holds no event of the mart"
	case l.Code == "422" && strings.HasPrefix(l.Failed, "/mart/"):
		return "the function itself says that it cannot be processed"
	case l.Code == "400":
		return "it is not readable"
	case l.Code == "401":
		return "no key of the mart has sealed it"
	}
	return ""
}

// Expired is why nothing comes of one that db would refuse for its age.
const Expired = "it is older than what db still decides (INBOX_HORIZON)"

// ExpiresAt is from when on that is so; zero: never, because it holds no command.
func (l LetterFacts) ExpiresAt() time.Time {
	declared, ours := ByType(l.Type)
	if !ours || declared.Declaration().Kind != Command || l.SentAt.IsZero() {
		return time.Time{}
	}
	return l.SentAt.Add(ForgottenAfter)
}

// HopelessAt is Hopeless, and Expired from then on.
func (l LetterFacts) HopelessAt(now time.Time) string {
	reason, end := l.Hopeless(), l.ExpiresAt()
	if reason == "" && !end.IsZero() && !now.Before(end) {
		return Expired
	}
	return reason
}

// NewDeadLetter is a letter as it is taken in. Without data it was too large, or is no event of the mart.
type NewDeadLetter struct {
	LetterFacts
	Causation   string    `json:"causation,omitempty" maxLength:"500" doc:"The message that led to the event." example:"38a15bdb-9bd0-5755-87ae-946384ab5324"`
	By          Principal `json:"by" doc:"Who asked for what the event came of."`
	Fingerprint string    `json:"fingerprint,omitempty" maxLength:"1000"`
	Seal        string    `json:"seal,omitempty" maxLength:"500" doc:"The event's own." example:"2026-03.n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"`
	Bytes       int       `json:"bytes" minimum:"0" doc:"How much the event says." example:"412"`
	Data        string    `json:"data,omitempty" maxLength:"524288" doc:"What the event says, as it came, to the byte: its seal covers that. Absent where it is too much, or no event of the mart." example:"{\"id\":\"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd\"}"`
}

// MarkKind is what was done about a letter.
type MarkKind string

// The kinds of mark. A letter that somebody has claimed is being sent again.
const (
	ClaimedMark   MarkKind = "claimed"
	ReplayedMark  MarkKind = "replayed"
	DiscardedMark MarkKind = "discarded"
)

// LetterMark says what somebody has done about a letter.
type LetterMark struct {
	Kind   MarkKind  `json:"kind" enum:"claimed,replayed,discarded" doc:"What was done about it." example:"replayed"`
	Run    string    `json:"run" maxLength:"200" doc:"Tells marks apart: of the one request or call that has made it." example:"b4f7a6f0-6a53-5f6f-8a29-1f8f2f6e2f00"`
	At     time.Time `json:"at" doc:"When."`
	By     Principal `json:"by" doc:"Who has done it. Of the command line it is a program, with the name that was given there: no proof."`
	Reason Words     `json:"reason,omitzero" maxLength:"500" doc:"Why, in the words of whoever has discarded it."`
}

// PlacedMark is a mark that was read beside a letter.
type PlacedMark struct {
	Place string `json:"place" maxLength:"40" pattern:"^[0-9]+:[0-9]+$" patternDescription:"a partition and an offset, such as 0:17" doc:"The letter's." example:"0:17"`
	LetterMark
}

// LetterStatus is how things stand with a letter.
type LetterStatus string

// The states of letters. What is hopeless was neither sent again nor discarded.
const (
	LetterOpen      LetterStatus = "open"
	LetterReplayed  LetterStatus = "replayed"
	LetterDiscarded LetterStatus = "discarded"
	LetterHopeless  LetterStatus = "hopeless"
)

// DeadLetterOutcome is what was done about a letter, or would be.
type DeadLetterOutcome struct {
	ID       string       `json:"id" format:"uuid" doc:"The letter's."`
	Place    string       `json:"place" doc:"Where it lies in mart.dead-letters: its partition and its offset." example:"0:17"`
	EventID  string       `json:"eventId" doc:"The id of the event in it." example:"38a15bdb-9bd0-5755-87ae-946384ab5324"`
	Type     string       `json:"type" doc:"The event's type." example:"com.onlinemart.order.paid.v1"`
	Function Function     `json:"function,omitempty" doc:"Who could not take it." example:"payment"`
	Status   LetterStatus `json:"status" enum:"open,replayed,discarded,hopeless" doc:"How things stand with it now." example:"replayed"`
	Mark     LetterMark   `json:"mark,omitzero" doc:"What was done; absent where nothing was."`
}

// DeadLetterState is a letter as it is kept, with what was done about it.
type DeadLetterState struct {
	ID string `json:"id" format:"uuid"`
	LetterFacts
	At           time.Time       `json:"at" doc:"When db took it in."`
	Bytes        int             `json:"bytes" minimum:"0" doc:"How much the event says." example:"412"`
	Kept         bool            `json:"kept" doc:"What the event says is kept, too: it can be sent again from here." example:"true"`
	Status       LetterStatus    `json:"status" enum:"open,replayed,discarded,hopeless" doc:"How things stand with it." example:"open"`
	Hopeless     string          `json:"hopeless,omitempty" doc:"Why nothing would come of sending it again." example:"the function itself says that it cannot be processed"`
	ClaimedUntil time.Time       `json:"claimedUntil,omitzero" doc:"Until when somebody at the command line keeps others away from it."`
	Replayed     *LetterMark     `json:"replayed,omitempty" doc:"That it was sent again; absent where it was not."`
	Discarded    *LetterMark     `json:"discarded,omitempty" doc:"That it was discarded; absent where it was not."`
	Data         json.RawMessage `json:"data,omitempty" doc:"What the event says, with [personal] in the place of each personal value; only of one that was asked for." example:"{\"number\":\"M-000123\"}"`
}

// DeadLetterGroup is all letters about one event: it may have failed at several functions, and at each more than once.
type DeadLetterGroup struct {
	ID      string            `json:"id" format:"uuid"`
	At      time.Time         `json:"at" doc:"When the last of its letters was taken in that passes the filter."`
	Letters []DeadLetterState `json:"letters" nullable:"false" doc:"The newest first, 50 at most."`
}

// DeadLetterFilter asks for a page of events that could not be delivered: those of which a letter passes all that is asked, in the order of the last
// such letters.
type DeadLetterFilter struct {
	Paging
	Function Function     `json:"function,omitempty" doc:"Only what it could not take." example:"payment"`
	Type     string       `json:"type,omitempty" doc:"Only events of this type, or whose type begins with it." example:"com.onlinemart.order"`
	Status   LetterStatus `json:"status,omitempty" doc:"Only what stands so." example:"open"`
	Events   []string     `json:"events,omitempty" maxItems:"100" doc:"Only of these, by LetterEventID; a db of a release before gives all the others, too." example:"[\"1b7743d3-67b4-59a2-8bd9-932a303bae4c\"]"`
}

// LetterReplay says how far a letter is to be sent again.
type LetterReplay struct {
	Hopeless bool `json:"hopeless,omitempty" doc:"Also where it would have failed again as things were." example:"false"`
	Again    bool `json:"again,omitempty" doc:"Also where it was sent again already, or discarded." example:"false"`
}

// LetterDiscard says why a letter need not be sent again.
type LetterDiscard struct {
	Reason Words `json:"reason,omitzero" maxLength:"500" doc:"Why it need not be sent again."`
}

// Whose says that it is nobody's: what staff say of a letter is about no customer.
func (LetterDiscard) Whose(string) PersonQuestion { return PersonQuestion{} }

// Whose says that it is nobody's.
func (PlacedMark) Whose(string) PersonQuestion { return PersonQuestion{} }

// DeadLetterID is the id of the letter at a place.
func DeadLetterID(place string) string { return DeriveID("dead letter", place) }

// LetterEventID is what all letters about one event have in common.
func LetterEventID(l LetterFacts) string {
	return DeriveID("event of dead letters", l.Source, l.EventID)
}

// The messages about dead letters. What is recorded was read in their topic; no letter is taken in about a command that takes one in.
var (
	RecordDeadLetter  = Message[NewDeadLetter]{Kind: Command, Noun: "deadLetter", Verb: "record", Producers: by(User), Consumers: to(DB)}
	MarkDeadLetter    = Message[PlacedMark]{Kind: Command, Noun: "deadLetter", Verb: "mark", Producers: by(User), Consumers: to(DB)}
	ReplayDeadLetter  = Message[LetterReplay]{Kind: Command, Noun: "deadLetter", Verb: "replay", Producers: by(User), Consumers: to(DB), Needs: DeadLettersWrite}
	DiscardDeadLetter = Message[LetterDiscard]{Kind: Command, Noun: "deadLetter", Verb: "discard", Producers: by(User), Consumers: to(DB), Needs: DeadLettersWrite}

	DeadLetterRecorded  = Message[DeadLetterOutcome]{Kind: Event, Noun: "deadLetter", Verb: "recorded", Producers: by(DB)}
	DeadLetterMarked    = Message[PlacedMark]{Kind: Event, Noun: "deadLetter", Verb: "marked", Producers: by(DB)}
	DeadLetterReplayed  = Message[DeadLetterOutcome]{Kind: Event, Noun: "deadLetter", Verb: "replayed", Producers: by(DB)}
	DeadLetterDiscarded = Message[DeadLetterOutcome]{Kind: Event, Noun: "deadLetter", Verb: "discarded", Producers: by(DB)}

	GetDeadLetter   = Query[Lookup, DeadLetterState]{Noun: "deadLetter", Verb: "get", Producers: by(User), Needs: DeadLettersRead}
	ListDeadLetters = Query[DeadLetterFilter, Page[DeadLetterGroup]]{Noun: "deadLetter", Verb: "list", Producers: by(User), Needs: DeadLettersRead}
)

var deadLetterMessages = []Declared{
	RecordDeadLetter, MarkDeadLetter, ReplayDeadLetter, DiscardDeadLetter,
	DeadLetterRecorded, DeadLetterMarked, DeadLetterReplayed, DeadLetterDiscarded,
	GetDeadLetter, ListDeadLetters,
}

// TakesInLetters tells the commands by which letters and marks are taken in. A letter about one of them is never taken in itself: as long as db
// does not decide them, each would become another.
func TakesInLetters(messageType string) bool {
	return messageType == RecordDeadLetter.Type() || messageType == MarkDeadLetter.Type()
}
