package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
	IDs  *rawIDs `json:"odd,omitempty"`
	Said []head  `json:"said,omitempty"`
}

// format is how results are packed, their first byte: deflated with the dictionary, after marks were put in the place of what the entry
// holds anyway, and of personal values.
const format = 1

// Pack packs an entry's results, so that Unpack gives each byte back. Error: one of them cannot be written.
func Pack(e Entry) (Packed, error) {
	var p Packed
	for _, r := range e.Results {
		p.spokeOf(e, r.Subject)
		if order := orderIn(r.Data); order != "" {
			p.spokeOf(e, order)
		}
	}
	c := contents{IDs: rawIDsOf(e)}
	if c.IDs == nil && len(e.Results) == 0 {
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
	if ids := c.IDs; ids != nil {
		e.ID, e.Subject, e.Correlation, e.Causation = ids.ID, ids.Subject, ids.Correlation, ids.Causation
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

// mostMarks is how many ids of About have a mark.
const mostMarks = 8

// marks are what an entry holds anyway: a control character stands for each, from 1 on. An id that is no UUID has none.
func marks(e Entry, about []string) []string {
	all := []string{Key(e.Subject), Key(e.ID), Key(e.Correlation), e.By.ID}
	if !canonical(e.By.ID) {
		all[3] = Key(e.By.ID)
	}
	return append(all, about[:min(len(about), mostMarks)]...)
}

// shorten puts marks in the place of what they stand for, lengthen the other way round.
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
