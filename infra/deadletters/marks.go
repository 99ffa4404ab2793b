package deadletters

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const clientID = "mart-dead-letters"

// A mark is a record beside the letters, in the letter's own partition, so that all who read it see the marks of a letter in one order.
// A replay first claims a letter, reads which claim came first, sends if that was its own, and then says that it has sent. The topic keeps
// a mark as long as a letter, and a mark is the younger.
const (
	claimed   = "com.onlinemart.dead-letter.claimed.v1"
	replayed  = "com.onlinemart.dead-letter.replayed.v1"
	discarded = "com.onlinemart.dead-letter.discarded.v1"
)

// lease is how long a claim keeps others away. When it is over and nothing was said, whoever claimed has died, and whether it had sent the
// letter is looked up in the function's topic. Whoever claims sends within half of it, so clocks may differ by the other half.
const lease = 10 * time.Minute

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
	kind := headerOf(r, "ce_type")
	return kind == claimed || kind == replayed || kind == discarded
}

func markOf(r *kgo.Record) (m mark, ok bool) {
	return mark{headerOf(r, "ce_type"), headerOf(r, "ce_subject"), headerOf(r, "ce_id"), headerOf(r, markedBy), r.Timestamp}, IsMark(r)
}

// markedBy is the header that says who has marked a letter. Source: the CloudEvents Auth Context extension.
const markedBy = "ce_authid"

// record is the mark as a CloudEvent beside l.
func (m mark) record(l Letter) *kgo.Record {
	r := &kgo.Record{
		Topic: l.record.Topic, Partition: l.record.Partition, Timestamp: m.at,
		Headers: []kgo.RecordHeader{
			stringHeader("ce_specversion", "1.0"), stringHeader("ce_id", m.run), stringHeader("ce_source", "/mart/dead-letters"),
			stringHeader("ce_type", m.kind), stringHeader("ce_subject", m.letter), stringHeader("ce_time", m.at.UTC().Format(time.RFC3339Nano)),
		},
	}
	if m.by != "" {
		r.Headers = append(r.Headers, stringHeader("ce_authtype", "user"), stringHeader(markedBy, m.by))
	}
	return r
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
