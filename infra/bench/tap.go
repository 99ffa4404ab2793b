package bench

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// tap listens to what is said between a program and Postgres, and counts. Source: PostgreSQL's documentation, "Frontend/Backend Protocol".
type tap struct {
	mu     sync.Mutex
	always map[string]bool // statements of transactions that are not counted: what db does all the time
	learn  bool            // every transaction now is one of these
	spoken spoken
}

// spoken is what was counted of transactions that may write; those of a single select are only counted, for db asks so, too, what its other
// replicas have decided, as often as time allows. A round trip is what is sent before an answer is awaited; those that only prepare a statement,
// once for each connection, are not in it.
type spoken struct{ transactions, statements, trips, reads int64 }

func newTap() *tap { return &tap{always: map[string]bool{}} }

// count gives what was said outside the transactions that always are.
func (t *tap) count() spoken {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.spoken
}

// learning says whether what is heard from now on is what goes on all the time.
func (t *tap) learning(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.learn = on
}

// learned is how many statements are known to go on all the time.
func (t *tap) learned() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.always)
}

// connection is who listens to a new connection: to its client and to its server.
func (t *tap) connection() (asked, answered func([]byte)) {
	if t == nil {
		return func([]byte) {}, func([]byte) {}
	}
	c := &talk{tap: t, named: map[string]string{}, portals: map[string]string{}}
	client, server := &messages{headless: true}, &messages{}
	return func(b []byte) { client.feed(b, c.asked) }, func(b []byte) { server.feed(b, c.answered) }
}

// talk is one connection's conversation.
type talk struct {
	tap            *tap
	named, portals map[string]string // statements by name, and what is bound to them
	executes       bool              // since the last answer was complete
	open           int               // questions whose answer is not complete
	now            []string          // statements of the transaction under way
	trips          int64
}

// frontend is what matters of what a client says.
var frontend = map[byte]func(*talk, []byte){
	'P': func(c *talk, body []byte) {
		var m pgproto3.Parse
		if m.Decode(body) == nil {
			c.named[m.Name] = m.Query
		}
	},
	'B': func(c *talk, body []byte) {
		var m pgproto3.Bind
		if m.Decode(body) == nil {
			c.portals[m.DestinationPortal] = c.named[m.PreparedStatement]
		}
	},
	'E': func(c *talk, body []byte) {
		var m pgproto3.Execute
		if m.Decode(body) == nil {
			c.said(c.portals[m.Portal])
		}
	},
	'Q': func(c *talk, body []byte) {
		var m pgproto3.Query
		if m.Decode(body) == nil {
			c.said(m.String)
			c.waits()
		}
	},
	'S': func(c *talk, _ []byte) { c.waits() },
}

func (c *talk) asked(kind byte, body []byte) {
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	if hear, ok := frontend[kind]; ok {
		hear(c, body)
	}
}

func (c *talk) said(statement string) {
	c.now = append(c.now, statement)
	c.executes = true
}

// waits is the end of what is sent at once, unless earlier answers are awaited, too.
func (c *talk) waits() {
	if c.executes && c.open == 0 {
		c.trips++
	}
	c.open++
}

// answered hears when an answer is complete, and whether a transaction is open then.
func (c *talk) answered(kind byte, body []byte) {
	const readyForQuery, idle = 'Z', 'I'
	if kind != readyForQuery || len(body) != 1 {
		return
	}
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	if c.open > 0 { // the first one belongs to the login
		c.open--
	}
	c.executes = false
	if body[0] == idle && len(c.now) > 0 {
		c.tap.ended(c.now, c.trips)
		c.now, c.trips = nil, 0
	}
}

// ended counts a transaction.
func (t *tap) ended(statements []string, trips int64) {
	work := slices.DeleteFunc(slices.Clone(statements), frames)
	if t.learn {
		for _, s := range work {
			t.always[s] = true
		}
		return
	}
	if !slices.ContainsFunc(work, func(s string) bool { return !t.always[s] }) {
		return
	}
	if len(statements) == 1 && begins(statements[0], "select") {
		t.spoken.reads++
		return
	}
	t.spoken.transactions++
	t.spoken.statements += int64(len(statements))
	t.spoken.trips += trips
}

// frames tells whether a statement only begins or ends a transaction.
func frames(statement string) bool { return begins(statement, "begin", "commit", "rollback", "") }

// begins tells whether a statement's first word is one of these.
func begins(statement string, words ...string) bool {
	first, _, _ := strings.Cut(strings.Join(strings.Fields(statement), " "), " ")
	return slices.Contains(words, strings.TrimSuffix(strings.ToLower(first), ";"))
}

// messages cuts a stream of bytes into messages: one byte for the kind, four for the length, which counts itself. A client's first has no kind.
type messages struct {
	headless bool
	rest     []byte
}

func (m *messages) feed(b []byte, hear func(kind byte, body []byte)) {
	m.rest = append(m.rest, b...)
	for {
		head := 5
		if m.headless {
			head = 4
		}
		if len(m.rest) < head {
			return
		}
		end := head - 4 + int(binary.BigEndian.Uint32(m.rest[head-4:]))
		if len(m.rest) < end {
			return
		}
		if !m.headless {
			hear(m.rest[0], m.rest[head:end])
		}
		m.headless = false
		m.rest = m.rest[end:]
	}
}
