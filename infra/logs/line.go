package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/functions/flow"
)

// line is one of a log's.
type line struct {
	raw    []byte
	traces []string // that it is of, as traceKey has them
}

func lineOf(raw []byte) line {
	var says struct{ TraceID, Correlation string }
	l := line{raw: raw}
	if json.Unmarshal(raw, &says) != nil {
		return l // it broke off in the middle
	}
	for _, id := range []string{says.TraceID, says.Correlation} {
		if key := traceKey(id); key != "" {
			l.traces = append(l.traces, key)
		}
	}
	return l
}

// traceKey is a trace as a problem names it, or as a correlation: the same in two spellings. What is neither is taken as it is.
func traceKey(id string) string { return strings.ToLower(strings.ReplaceAll(id, "-", "")) }

// Search finds the lines of one thing: those that name it, and those of every request that led to one of them.
type Search struct {
	spellings [][]byte
	traces    map[string]bool
}

// For searches for an id of whatever kind: of a thing, a message, an operation, a correlation or a trace. Error: it is none.
func For(id string) (*Search, error) {
	plain := strings.ToLower(strings.TrimSpace(id))
	if function, of, operation := strings.Cut(plain, "-"); operation && uuid.Validate(of) == nil && strings.TrimFunc(function, unicode.IsLetter) == "" {
		plain = of // as an operation's address has it
	}
	if known, ok := flow.ID(plain); ok {
		plain = known // of a traceparent its trace
	}
	if len(plain) < shortest {
		return nil, errShort
	}
	s := &Search{spellings: [][]byte{[]byte(plain)}, traces: map[string]bool{}}
	if u, err := uuid.Parse(plain); err == nil {
		s.spellings = [][]byte{[]byte(u.String()), []byte(strings.ReplaceAll(u.String(), "-", ""))}
	}
	return s, nil
}

// errShort is For's of what is too short to be looked for in lines.
var errShort = errors.New("it is no id that is in the logs")

// shortest is how long an id is at least: what is shorter is in lines that have nothing to do with it.
const shortest = 12

// names tells whether a line names what is searched for, and remembers the traces of one that does.
func (s *Search) names(l line) bool {
	low := bytes.ToLower(l.raw)
	for _, id := range s.spellings {
		if bytes.Contains(low, id) {
			for _, t := range l.traces {
				s.traces[t] = true
			}
			return true
		}
	}
	return false
}

// finds tells whether a line belongs to what is searched for, as far as the lines before tell.
func (s *Search) finds(l line) bool {
	if s.names(l) {
		return true
	}
	for _, t := range l.traces {
		if s.traces[t] {
			return true
		}
	}
	return false
}

// shown writes a line for people: when, who, what, and then all else that it says, in its order.
func shown(w io.Writer, raw []byte) error {
	members, err := membersOf(raw)
	if err != nil {
		_, err = fmt.Fprintf(w, "%s\n", plain(string(raw)))
		return err
	}
	var when, level, who, what, trace string
	var rest strings.Builder
	for _, m := range members {
		switch m.name {
		case "time":
			when = clock(m.value)
		case "level":
			if m.value != "INFO" {
				level = m.value + " "
			}
		case "function":
			who = m.value
		case "msg":
			what = m.value
		case "traceId":
			trace = m.value
		case "correlation": // of a request its trace, in another spelling
			if !bytes.Contains(raw, []byte(`"traceId":"`+traceKey(m.value)+`"`)) {
				rest.WriteString("  correlation=" + quoted(m.value))
			}
		default:
			rest.WriteString("  " + m.name + "=" + quoted(m.value))
		}
	}
	if trace != "" {
		rest.WriteString("  traceId=" + quoted(trace))
	}
	_, err = fmt.Fprintf(w, "%s  %-12s  %s%s%s\n", when, plain(who), level, plain(what), rest.String())
	return err
}

// clock is a moment as people read it, here and to the millisecond.
func clock(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return plain(text)
	}
	return at.Local().Format("2006-01-02 15:04:05.000")
}

type member struct{ name, value string }

// membersOf is what a line says, in its order; what is more than a value stays JSON.
func membersOf(raw []byte) (all []member, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("no line of a log: %w", err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		text := string(value)
		if value[0] == '"' {
			if err := json.Unmarshal(value, &text); err != nil {
				return nil, err
			}
		}
		all = append(all, member{fmt.Sprint(name), text})
	}
	return all, nil
}

// quoted is a value that may be copied into a shell, or that is more than one word.
func quoted(value string) string {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '"' }) {
		return strconv.Quote(value)
	}
	return value
}

// plain is without what would make a terminal do something.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
