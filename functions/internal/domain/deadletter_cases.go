package domain

import (
	"cmp"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// DeadLetter is a letter as it is kept.
type DeadLetter struct {
	ID string
	events.NewDeadLetter
	Hopeless  string    // why nothing comes of it, whatever its age
	ExpiresAt time.Time // when its age is why; zero: never
	At        time.Time // when it was taken in
	MarksFrom time.Time // marks of before are another letter's, which lay at this place before the topic was made anew; zero: there was none
}

// DeadLetterMark is a mark as it is kept. It never changes.
type DeadLetterMark struct {
	ID       string
	LetterID string
	events.LetterMark
}

// The letters, and what was done about them.
var (
	DeadLetters     = Table[DeadLetter]{"dead_letter"}
	DeadLetterMarks = Table[DeadLetterMark]{"dead_letter_mark"}
)

// What is said of a letter or a mark that somebody else has taken in at the same moment.
var (
	LetterExists = events.Refuse("already_exists", "The letter is taken in already.")
	MarkExists   = events.Refuse("already_exists", "The mark is taken in already.")
)

// LetterMarkID is the id of a mark.
func LetterMarkID(place string, m events.LetterMark) string {
	return events.DeriveID("mark of a dead letter", place, string(m.Kind), m.Run)
}

// RecordDeadLetter takes a letter in. One that is there already is left as it is.
func RecordDeadLetter(c Case, m events.Received[events.NewDeadLetter]) ([]events.Outgoing, error) {
	id := events.DeadLetterID(m.Data.Place)
	before, found := DeadLetters.Get(c.Rows, id)
	if found && before.is(m.Data.LetterFacts) {
		return nil, nil
	}
	l := DeadLetter{ID: id, NewDeadLetter: m.Data, Hopeless: m.Data.Hopeless(), ExpiresAt: m.Data.ExpiresAt(), At: c.Now}
	if found {
		l.MarksFrom = c.Now
	}
	DeadLetters.Put(c.Rows, id, l)
	return events.Send(events.DeadLetterRecorded.New(id, l.outcome(c.Now, nil, events.LetterMark{}))), nil
}

// is tells whether it is about the same event.
func (l DeadLetter) is(o events.LetterFacts) bool {
	return l.Source == o.Source && l.EventID == o.EventID && l.Type == o.Type && l.Function == o.Function
}

// MarkDeadLetter takes in what somebody has done about a letter by the command line. It may come before its letter.
func MarkDeadLetter(c Case, m events.Received[events.PlacedMark]) ([]events.Outgoing, error) {
	id := LetterMarkID(m.Data.Place, m.Data.LetterMark)
	if _, found := DeadLetterMarks.Get(c.Rows, id); found {
		return nil, nil
	}
	letter := events.DeadLetterID(m.Data.Place)
	DeadLetterMarks.Put(c.Rows, id, DeadLetterMark{ID: id, LetterID: letter, LetterMark: m.Data.LetterMark})
	return events.Send(events.DeadLetterMarked.New(letter, m.Data)), nil
}

// ReplayDeadLetter has a letter sent again: what it holds goes to the function that failed when the outcome is published. Errors: Problems
// not_found and those of MayReplay.
func ReplayDeadLetter(c Case, m events.Received[events.LetterReplay]) ([]events.Outgoing, error) {
	l, marks, err := c.letter(m.Subject)
	if err != nil {
		return nil, err
	}
	if problem := MayReplay(l.State(marks, c.Now), m.Data); problem != nil {
		return nil, problem
	}
	return c.mark(l, marks, events.DeadLetterReplayed, events.LetterMark{Kind: events.ReplayedMark, Run: m.ID, At: c.Now, By: m.By}), nil
}

// DiscardDeadLetter leaves a letter out from now on. Errors: Problems not_found, letter_replayed, letter_discarded, letter_claimed.
func DiscardDeadLetter(c Case, m events.Received[events.LetterDiscard]) ([]events.Outgoing, error) {
	l, marks, err := c.letter(m.Subject)
	if err != nil {
		return nil, err
	}
	if problem := untouched(l.State(marks, c.Now)); problem != nil {
		return nil, problem
	}
	mark := events.LetterMark{Kind: events.DiscardedMark, Run: m.ID, At: c.Now, By: m.By, Reason: m.Data.Reason}
	return c.mark(l, marks, events.DeadLetterDiscarded, mark), nil
}

func (c Case) letter(subject string) (l DeadLetter, marks []events.LetterMark, err error) {
	id := ID(subject)
	l, found := DeadLetters.Get(c.Rows, id)
	if !found {
		return l, nil, events.NotFound("deadLetter", subject)
	}
	for m := range DeadLetterMarks.All(c.Rows) {
		if m.LetterID == id {
			marks = append(marks, m.LetterMark)
		}
	}
	return l, marks, nil
}

func (c Case) mark(l DeadLetter, marks []events.LetterMark, as events.Message[events.DeadLetterOutcome], m events.LetterMark) []events.Outgoing {
	id := LetterMarkID(l.Place, m)
	DeadLetterMarks.Put(c.Rows, id, DeadLetterMark{ID: id, LetterID: l.ID, LetterMark: m})
	return events.Send(as.New(l.ID, l.outcome(c.Now, append(marks, m), m)))
}

func (l DeadLetter) outcome(now time.Time, marks []events.LetterMark, m events.LetterMark) events.DeadLetterOutcome {
	return Outcome(l.State(marks, now), m)
}

// Outcome is what was done about a letter, or would be.
func Outcome(s events.DeadLetterState, m events.LetterMark) events.DeadLetterOutcome {
	return events.DeadLetterOutcome{ID: s.ID, Place: s.Place, EventID: s.EventID, Type: s.Type, Function: s.Function, Status: s.Status, Mark: m}
}

// State is how things stand with a letter.
func (l DeadLetter) State(marks []events.LetterMark, now time.Time) events.DeadLetterState {
	s := events.DeadLetterState{ID: l.ID, LetterFacts: l.LetterFacts, At: l.At, Bytes: l.Bytes, Kept: l.Data != "", Status: events.LetterOpen, Hopeless: l.HopelessAt(now)}
	slices.SortStableFunc(marks, func(a, b events.LetterMark) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Run, b.Run)) })
	var claimed time.Time
	for _, m := range marks {
		switch {
		case m.At.Before(l.MarksFrom):
		case m.Kind == events.ReplayedMark:
			s.Replayed = &m
		case m.Kind == events.DiscardedMark:
			s.Discarded = &m
		default:
			claimed = m.At
		}
	}
	switch {
	case s.Replayed != nil:
		s.Status = events.LetterReplayed
	case s.Discarded != nil:
		s.Status = events.LetterDiscarded
	case s.Hopeless != "":
		s.Status = events.LetterHopeless
	}
	if until := claimed.Add(events.LetterClaim); !claimed.IsZero() && s.Replayed == nil && until.After(now) {
		s.ClaimedUntil = until
	}
	return s
}

// MayReplay says why a letter is not sent again; nil when it is.
func MayReplay(s events.DeadLetterState, r events.LetterReplay) *events.Problem {
	switch {
	case s.Topic == "":
		return events.Refuse("letter_unaddressed", "The letter holds no event of the mart and has nowhere to go.")
	case s.Function == "":
		return events.Refuse("letter_unaddressed", "The letter does not tell which function failed. Send it with mart dead-letters replay --place %s --function NAME.", s.Place)
	case !s.Kept:
		return events.Refuse("letter_not_kept", "What the event says is %d bytes, too much to be kept here. Send it with mart dead-letters replay --place %s.", s.Bytes, s.Place)
	}
	if problem := untouched(s); problem != nil && (!r.Again || !s.ClaimedUntil.IsZero()) {
		return problem
	}
	if s.Hopeless != "" && !r.Hopeless {
		return events.Refuse("letter_hopeless", "It would fail again: %s. When that has been mended, say hopeless.", s.Hopeless)
	}
	return nil
}

// untouched says what somebody has done about a letter, or is doing; nil when nobody has.
func untouched(s events.DeadLetterState) *events.Problem {
	at := func(t time.Time) string { return t.UTC().Format(time.DateTime) }
	switch {
	case !s.ClaimedUntil.IsZero():
		return events.Refuse("letter_claimed", "Somebody is sending it again from the command line. Look again after %s.", at(s.ClaimedUntil))
	case s.Replayed != nil:
		return events.Refuse("letter_replayed", "It was sent again at %s. If the function has failed since, that is another letter; to send this one once more all the same, say again.", at(s.Replayed.At))
	case s.Discarded != nil:
		return events.Refuse("letter_discarded", "It was discarded at %s. To send it all the same, say again.", at(s.Discarded.At))
	}
	return nil
}

// Discarding is why a letter is discarded, as it is stored. Error: 422.
func Discarding(d events.LetterDiscard) (events.LetterDiscard, error) {
	var err error
	d.Reason, err = Words[events.LetterDiscard]("reason", d.Reason.Plaintext())
	return d, err
}
