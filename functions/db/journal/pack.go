package journal

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/flate" // compress/flate's format at half its time

	"github.com/onlinemart/mart/events"
)

// Packed is an entry's results as they are stored.
type Packed struct {
	Results  []byte
	Personal []string // the ciphertexts that are not in Results, each once
	About    []string // the keys of what else than the subject was spoken of, each once
}

// Set is the key of the personal values; "" when there are none.
func (p Packed) Set() string {
	if len(p.Personal) == 0 {
		return ""
	}
	return events.DeriveID(p.Personal...)
}

// contents is what is packed, before the results' data: whatever of an envelope does not follow from the entry.
type contents struct {
	Odd  *odd   `json:"odd,omitempty"`
	Said []head `json:"said,omitempty"`
}

// odd are an entry's ids as they are written, where one of them is no UUID.
type odd struct{ ID, Subject, Correlation, Causation string }

// head is an envelope without its data. What is absent is as in the entry: an id that is derived from the command's, its subject and
// correlation, who asked.
type head struct {
	ID          string            `json:"i,omitempty"`
	Source      string            `json:"o,omitempty"`
	Type        string            `json:"t"`
	Subject     *string           `json:"s,omitempty"`
	Time        time.Time         `json:"d"`
	Correlation *string           `json:"r,omitempty"`
	Causation   *string           `json:"c,omitempty"`
	Traceparent string            `json:"p,omitempty"`
	By          *events.Principal `json:"b,omitempty"`
	Fingerprint string            `json:"f,omitempty"`
	Seal        string            `json:"e,omitempty"`
	Size        int               `json:"n"`
}

// format is how results are packed, their first byte: deflated with the dictionary, after marks were put in the place of what the entry
// holds anyway, and of personal values.
const format = 1

// personalMark is followed by a value's number and personalEnd. JSON has no such characters.
const (
	personalMark = '\x1a'
	personalEnd  = '\x1b'
	mostMarks    = 8
)

// shortestSealed is the length of a nonce of 12 bytes, a tag of 16 and one byte in base64url.
const shortestSealed = 39

var quote = []byte{'"'}

// Hidden stands for a personal value that is forgotten, or is not to be shown.
const Hidden = "[personal]"

// Pack packs an entry's results, so that Unpack gives each byte back. Error: one of them cannot be written.
func Pack(e Entry) (Packed, error) {
	var p Packed
	for _, r := range e.Results {
		p.spokeOf(e, r.Subject)
		if order := orderIn(r.Data); order != "" {
			p.spokeOf(e, order)
		}
	}
	c := contents{Odd: oddOf(e)}
	if c.Odd == nil && len(e.Results) == 0 {
		return p, nil
	}
	var all []byte
	for i, r := range e.Results {
		if bytes.ContainsFunc(r.Data, func(c rune) bool { return c < ' ' }) {
			return p, fmt.Errorf("pack the results: the data of %s has control characters", r.Type)
		}
		data := p.takeOut(r.Data)
		c.Said = append(c.Said, headOf(e, i, r, len(data)))
		all = append(all, data...)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return p, fmt.Errorf("pack the results: %w", err)
	}
	p.Results, err = deflate(shorten(append(text, all...), e, p.About))
	return p, err
}

func (p *Packed) spokeOf(e Entry, id string) {
	if key := Key(id); id != e.Subject && !slices.Contains(p.About, key) {
		p.About = append(p.About, key)
	}
}

// orderIn is the order that a payment, a refund or a mail is for: whoever asks about the order wants to read of them. "" for none.
func orderIn(data []byte) string {
	var named struct {
		OrderID string
		Payment struct{ OrderID string }
	}
	if !bytes.Contains(data, []byte(`"orderId":`)) || json.Unmarshal(data, &named) != nil {
		return ""
	}
	return cmp.Or(named.OrderID, named.Payment.OrderID)
}

// takeOut puts marks in the place of personal values, and keeps those.
func (p *Packed) takeOut(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for {
		before, rest, found := bytes.Cut(data, quote)
		out = append(out, before...)
		if !found {
			return out
		}
		value, after, closed := bytes.Cut(rest, quote)
		if closed && isCiphertext(value) {
			out, data = fmt.Appendf(out, "%c%d%c", personalMark, p.keep(string(value)), personalEnd), after
		} else {
			out, data = append(out, quote...), rest
		}
	}
}

// keep gives the number of a personal value.
func (p *Packed) keep(value string) int {
	if i := slices.Index(p.Personal, value); i >= 0 {
		return i
	}
	p.Personal = append(p.Personal, value)
	return len(p.Personal) - 1
}

// isCiphertext tells whether a string of JSON is what a key has encrypted: the key's id, a dot, and in base64url at least a nonce, a tag
// and a byte.
func isCiphertext(value []byte) bool {
	key, sealed, found := bytes.Cut(value, []byte{'.'})
	return found && len(key) > 0 && bytes.IndexByte(key, ' ') < 0 && len(sealed) >= shortestSealed && !bytes.ContainsFunc(sealed, notBase64)
}

func notBase64(c rune) bool {
	return (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
}

// Unpack gives an entry its results again. The other fields must be as they are stored; about and personal are what is stored beside.
// Without the personal values, once they are forgotten, Hidden stands where each was.
func (e *Entry) Unpack(stored []byte, about, personal []string) error {
	e.Results, e.Forgotten = nil, false
	if len(stored) == 0 {
		return nil
	}
	text, err := inflate(stored)
	if err != nil {
		return fmt.Errorf("read the results of %s: %w", e.ID, err)
	}
	text = lengthen(text, *e, about)
	var c contents
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&c); err != nil {
		return fmt.Errorf("read the results of %s: %w", e.ID, err)
	}
	if c.Odd != nil {
		e.ID, e.Subject, e.Correlation, e.Causation = c.Odd.ID, c.Odd.Subject, c.Odd.Correlation, c.Odd.Causation
	}
	rest := text[decoder.InputOffset():]
	for i, h := range c.Said {
		if h.Size > len(rest) {
			return fmt.Errorf("read the results of %s: they are cut off", e.ID)
		}
		r := h.envelope(*e, i)
		var whole bool
		r.Data, whole = putBack(rest[:h.Size], personal)
		e.Forgotten = e.Forgotten || !whole
		e.Results, rest = append(e.Results, r), rest[h.Size:]
	}
	return nil
}

// putBack puts personal values where their marks are. whole tells whether each of them is there.
func putBack(data []byte, personal []string) (text []byte, whole bool) {
	text, whole = make([]byte, 0, len(data)), true
	for {
		before, after, found := bytes.Cut(data, []byte{personalMark})
		text = append(text, before...)
		if !found {
			return text, whole
		}
		number, rest, _ := bytes.Cut(after, []byte{personalEnd})
		value := Hidden
		if i, err := strconv.Atoi(string(number)); err == nil && i < len(personal) {
			value = personal[i]
		} else {
			whole = false
		}
		text, data = append(append(append(text, '"'), value...), '"'), rest
	}
}

// marks are what an entry holds anyway: a control character stands for each, from 1 on. An id that is no UUID has none.
func marks(e Entry, about []string) []string {
	all := []string{Key(e.Subject), Key(e.ID), Key(e.Correlation), e.By.ID}
	if !canonical(e.By.ID) {
		all[3] = Key(e.By.ID)
	}
	return append(all, about[:min(len(about), mostMarks)]...)
}

func shorten(text []byte, e Entry, about []string) []byte {
	var pairs []string
	for i, value := range marks(e, about) {
		pairs = append(pairs, value, string(rune(i+1)))
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(text)))
}

func lengthen(text []byte, e Entry, about []string) []byte {
	var pairs []string
	for i, value := range marks(e, about) {
		pairs = append(pairs, string(rune(i+1)), value)
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(text)))
}

func oddOf(e Entry) *odd {
	for _, id := range []string{e.ID, e.Subject, e.Correlation} {
		if !canonical(id) {
			return &odd{e.ID, e.Subject, e.Correlation, e.Causation}
		}
	}
	if e.Causation != "" && !canonical(e.Causation) {
		return &odd{e.ID, e.Subject, e.Correlation, e.Causation}
	}
	return nil
}

func headOf(e Entry, i int, r events.Envelope, size int) head {
	h := head{Type: r.Type, Time: r.Time, Traceparent: r.Traceparent, Fingerprint: r.Fingerprint, Seal: r.Seal, Size: size}
	if r.ID != events.DeriveID(e.Source, e.ID, strconv.Itoa(i)) {
		h.ID = r.ID
	}
	if r.Source != events.DB.Source() {
		h.Source = r.Source
	}
	if r.Subject != e.Subject {
		h.Subject = &r.Subject
	}
	if r.Correlation != e.Correlation {
		h.Correlation = &r.Correlation
	}
	if r.Causation != e.ID {
		h.Causation = &r.Causation
	}
	if r.By != e.By {
		h.By = &r.By
	}
	return h
}

// envelope is what headOf was made of, without its data.
func (h head) envelope(e Entry, i int) events.Envelope {
	r := events.Envelope{
		ID: h.ID, Source: h.Source, Type: h.Type, Subject: e.Subject, Time: h.Time, Correlation: e.Correlation, Causation: e.ID,
		Traceparent: h.Traceparent, By: e.By, Fingerprint: h.Fingerprint, Seal: h.Seal,
	}
	if r.ID == "" {
		r.ID = events.DeriveID(e.Source, e.ID, strconv.Itoa(i))
	}
	if r.Source == "" {
		r.Source = events.DB.Source()
	}
	for _, own := range []struct{ said, into *string }{{h.Subject, &r.Subject}, {h.Correlation, &r.Correlation}, {h.Causation, &r.Causation}} {
		if own.said != nil {
			*own.into = *own.said
		}
	}
	if h.By != nil {
		r.By = *h.By
	}
	return r
}

// dictionary is what results are full of: the names of their members, most of all. It must stay as it is for as long as there are entries
// that were packed with it; a better one is another format.
//
//go:embed dictionary.bin
var dictionary []byte

var (
	writers = sync.Pool{New: func() any {
		w, _ := flate.NewWriterDict(io.Discard, flate.DefaultCompression, dictionary) // the level is one that there is
		return w
	}}
	readers = sync.Pool{New: func() any { return flate.NewReaderDict(bytes.NewReader(nil), dictionary) }}
)

func deflate(text []byte) ([]byte, error) {
	w, _ := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	packed := bytes.NewBuffer([]byte{format})
	w.Reset(packed)
	_, err := w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("pack the results: %w", err)
	}
	return packed.Bytes(), nil
}

func inflate(packed []byte) ([]byte, error) {
	if packed[0] != format {
		return nil, fmt.Errorf("a later release has packed them, by its format %d", packed[0])
	}
	r, _ := readers.Get().(io.Reader)
	defer readers.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(packed[1:]), dictionary); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
