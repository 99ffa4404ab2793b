package deadletters

import (
	"maps"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/twmb/franz-go/pkg/kgo"
)

const clientID = "mart-dead-letters"

// The kinds of mark. A replay first claims a letter, reads which claim came first, sends if that was its own, and then says that it has sent.
var (
	claimed   = bus.MarkType(events.ClaimedMark)
	replayed  = bus.MarkType(events.ReplayedMark)
	discarded = bus.MarkType(events.DiscardedMark)
)

// lease is how long a claim keeps others away. When it is over and nothing was said, whoever claimed has died, and whether it had sent the
// letter is looked up in the function's topic. Whoever claims sends within half of it, so clocks may differ by the other half.
const lease = events.LetterClaim

// mark is one of those records.
type mark struct {
	kind   string
	letter string // its place
	run    string // whose
	by     string // who has started that; "" of a release before
	at     time.Time
}

// IsMark tells what is written about letters from the letters.
func IsMark(r *kgo.Record) bool {
	_, marks := bus.MarkOf(attributesOf(r))
	return marks
}

func markOf(r *kgo.Record) (m mark, ok bool) {
	said, ok := bus.MarkOf(attributesOf(r))
	return mark{bus.MarkType(said.Kind), said.Place, said.Run, said.By.ID, r.Timestamp}, ok
}

// record is the mark as a CloudEvent beside l.
func (m mark) record(l Letter) *kgo.Record {
	said := events.PlacedMark{Place: m.letter, LetterMark: events.LetterMark{
		Kind: kindOf(m.kind), Run: m.run, At: m.at, By: events.Principal{Type: events.Staff, ID: m.by},
	}}
	r := &kgo.Record{Topic: l.record.Topic, Partition: l.record.Partition, Timestamp: m.at}
	attributes := bus.MarkAttributes(said, "")
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		r.Headers = append(r.Headers, stringHeader("ce_"+name, attributes[name]))
	}
	return r
}

func kindOf(markType string) events.MarkKind {
	switch markType {
	case claimed:
		return events.ClaimedMark
	case replayed:
		return events.ReplayedMark
	}
	return events.DiscardedMark
}

// fate is what the marks say of a letter. The zero fate is that of a letter which nobody has touched.
type fate struct {
	run   string    // who holds it
	since time.Time // when that was claimed
	first time.Time // when it was claimed for the first time
	sent  time.Time // when it was sent again; zero: not, as far as is known

	discarded time.Time // zero: it was not

	sentBy, discardedBy string // who did
}

// after is the fate once m is read, too. A claim counts when nobody else's does at that time.
func (f fate) after(m mark) fate {
	switch {
	case m.kind == replayed:
		f.sent, f.sentBy = m.at, m.by
	case m.kind == discarded:
		f.discarded, f.discardedBy = m.at, m.by
	case f.run == "" || f.lapsed(m.at):
		if f.run == "" {
			f.first = m.at
		}
		f.run, f.since = m.run, m.at
	}
	return f
}

// lapsed tells whether a claim is too old to keep others away.
func (f fate) lapsed(now time.Time) bool { return now.Sub(f.since) >= lease }
